#include "coordinator/web/web_session.h"

#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/status.hpp>
#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <type_traits>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

namespace invocator {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using boost::system::error_code;
using tcp = asio::ip::tcp;
using TlsStream = asio::ssl::stream<tcp::socket>;

// The parser's limit is on the head alone; reads may bring a little more.
constexpr size_t kBufferBytes = 2 * kMaxWebHeadBytes;
// Written at once: the deadline is for each piece.
constexpr size_t kPieceBytes = size_t{64} * 1024;
// Read off from a client that was refused: closing at once would reset the
// connection, and could take the answer with it.
constexpr size_t kMaxLingerBytes = size_t{4} * 1024 * 1024;

constexpr char kComment[] = ":\n\n";

template <typename StringView>
std::string Text(StringView text) {
  return std::string(text.data(), text.size());
}

FeedEvent Own(std::string text) {
  return std::make_shared<const std::string>(std::move(text));
}

// The text outlives every session.
FeedEvent Borrow(const std::string& text) { return {FeedEvent(), &text}; }

absl::string_view ContentType(WebContent content) {
  switch (content) {
    case WebContent::kPage:
      return "text/html; charset=utf-8";
    case WebContent::kEvents:
      return "text/event-stream";
    case WebContent::kMetrics:
      return "text/plain; version=0.0.4; charset=utf-8";
    case WebContent::kNone:
      break;
  }
  return "text/plain; charset=utf-8";
}

// `length`: of the body; nullopt if only its end tells.
std::string FormatHead(const WebAnswer& answer, absl::string_view policy,
                       std::optional<size_t> length) {
  std::string head = absl::StrCat(
      "HTTP/1.1 ", answer.status, " ",
      Text(http::obsolete_reason(
          http::int_to_status(static_cast<unsigned>(answer.status)))),
      "\r\nDate: ",
      absl::FormatTime("%a, %d %b %Y %H:%M:%S GMT", absl::Now(),
                       absl::UTCTimeZone()),
      "\r\nConnection: close\r\nContent-Type: ", ContentType(answer.content));
  // RFC 9110, 8.6: not with 204.
  if (length && answer.status != 204)
    absl::StrAppend(&head, "\r\nContent-Length: ", *length);
  for (const auto& headers :
       {answer.headers, SecurityHeaders(answer.content, policy)}) {
    for (const auto& [name, value] : headers) {
      absl::StrAppend(&head, "\r\n", name, ": ", value);
    }
  }
  return absl::StrCat(head, "\r\n\r\n");
}

WebAnswer Refusal(int status, std::string text) {
  return {status, WebContent::kNone, std::move(text), {}};
}

// The answer to a head that could not be read; nullopt if the client is gone.
std::optional<WebAnswer> AnswerTo(const error_code& error) {
  static const auto& of_http =
      http::make_error_code(http::error::bad_method).category();
  if (error.category() != of_http || error == http::error::end_of_stream ||
      error == http::error::partial_message) {
    return std::nullopt;
  }
  if (error == http::error::header_limit ||
      error == http::error::buffer_overflow) {
    return Refusal(431, "The request's head is too long.\n");
  }
  return Refusal(400, "That is not an HTTP request.\n");
}

template <typename Stream>
class Connection final
    : public WebSession,
      public std::enable_shared_from_this<Connection<Stream>> {
 public:
  Connection(Stream stream, WebContext& context,
             std::function<void(WebSession*, bool)> on_change)
      : stream_(std::move(stream)),
        timer_(stream_.get_executor()),
        context_(context),
        on_change_(std::move(on_change)) {}

  void Start() override {
    Expect(context_.deadlines.head, &Connection::Close);
    if constexpr (kTls) {
      stream_.async_handshake(
          asio::ssl::stream_base::server,
          [self = this->shared_from_this()](error_code error) {
            error ? self->Close() : self->ReadHead();
          });
    } else {
      ReadHead();
    }
  }

  void Close() override {
    if (state_ == State::kClosed) return;
    state_ = State::kClosed;
    Unwatch();
    error_code ignored;
    Socket().close(ignored);
    timer_.cancel();
    on_change_(this, /*closed=*/true);
  }

  void OnPublished() override {
    if (state_ == State::kWatching) SendNext();
    if (state_ == State::kAwaitingMetrics &&
        context_.metrics.version() >= wanted_version_) {
      SendMetrics();
    }
  }

  bool is_asking() const override { return state_ == State::kAsking; }
  bool is_watching() const override { return watcher_.has_value(); }

 private:
  static constexpr bool kTls = std::is_same_v<Stream, TlsStream>;

  enum class State {
    kAsking,
    kAwaitingMetrics,
    kWatching,  // waits for the next event
    kWriting,
    kLingering,  // has been answered
    kClosed,
  };

  tcp::socket& Socket() {
    if constexpr (kTls) {
      return stream_.next_layer();
    } else {
      return stream_;
    }
  }

  // Calls `then` unless something else is expected before.
  void Expect(absl::Duration within, void (Connection::*then)()) {
    timer_.expires_after(absl::ToChronoNanoseconds(within));
    timer_.async_wait([self = this->shared_from_this(), then,
                       expectation = ++expectations_](error_code cancelled) {
      // The timer may have gone off just before it was set anew.
      if (!cancelled && expectation == self->expectations_) {
        (self.get()->*then)();
      }
    });
  }

  void ReadHead() {
    parser_.header_limit(static_cast<uint32_t>(kMaxWebHeadBytes));
    http::async_read_header(
        stream_, buffer_, parser_,
        [self = this->shared_from_this()](error_code error, size_t) {
          if (self->state_ == State::kClosed) return;
          if (!error) return self->OnHead();
          std::optional<WebAnswer> answer = AnswerTo(error);
          answer ? self->Answer(*answer) : self->Close();
        });
  }

  void OnHead() {
    const auto& head = parser_.get();
    const std::string method = Text(head.method_string());
    const std::string target = Text(head.target());
    WebRequest request = {method, target, {}};
    for (const auto& field : head) {
      request.headers.emplace_back(Text(field.name_string()),
                                   Text(field.value()));
    }
    is_head_ = method == "HEAD";
    last_seen_ = 0;
    // Anything but a number is not one of our event ids.
    if (!absl::SimpleAtoi(Text(head["Last-Event-ID"]), &last_seen_)) {
      last_seen_ = 0;
    }
    Answer(invocator::AnswerTo(request, context_.rules));
  }

  void Answer(const WebAnswer& answer) {
    switch (answer.content) {
      case WebContent::kPage:
        return Send(answer, Borrow(context_.page));
      case WebContent::kEvents:
        return Watch(answer);
      case WebContent::kMetrics:
        state_ = State::kAwaitingMetrics;
        wanted_version_ = context_.metrics.Ask();
        Expect(context_.deadlines.metrics, &Connection::SendMetrics);
        return OnPublished();
      case WebContent::kNone:
        return Send(answer, Own(answer.text));
    }
  }

  void SendMetrics() {
    Send({200, WebContent::kMetrics, "", {}}, context_.metrics.latest());
  }

  void Watch(const WebAnswer& answer) {
    if (!is_head_) watcher_ = context_.feed.Join(last_seen_);
    if (is_head_ ? context_.feed.IsFull() : !watcher_) {
      return Answer(Refusal(503, "Too many browsers are watching already.\n"));
    }
    if (watcher_) AwaitEnd();
    out_ = {Own(FormatHead(answer, context_.policy, std::nullopt))};
    Write();
  }

  void Send(const WebAnswer& answer, FeedEvent body) {
    out_ = {Own(FormatHead(answer, context_.policy, body->size()))};
    if (!is_head_ && !body->empty()) out_.push_back(std::move(body));
    Write();
  }

  // Writes out_ piece by piece.
  void Write() {
    state_ = State::kWriting;
    Expect(context_.deadlines.write, &Connection::Close);
    const std::string& front = *out_.front();
    stream_.async_write_some(
        asio::buffer(front.data() + written_,
                     std::min(front.size() - written_, kPieceBytes)),
        [self = this->shared_from_this()](error_code error, size_t size) {
          if (self->state_ == State::kClosed) return;
          error ? self->Close() : self->OnWritten(size);
        });
  }

  void OnWritten(size_t size) {
    written_ += size;
    if (written_ == out_.front()->size()) {
      out_.pop_front();
      written_ = 0;
    }
    if (!out_.empty()) return Write();
    watcher_ ? SendNext() : Linger();
  }

  void SendNext() {
    if (context_.feed.IsDone(*watcher_)) {
      Unwatch();
      Linger();
      on_change_(this, /*closed=*/false);
      return;
    }
    if (FeedEvent event = context_.feed.Next(*watcher_)) {
      out_.push_back(std::move(event));
      return Write();
    }
    state_ = State::kWatching;
    Expect(context_.deadlines.comment, &Connection::SendComment);
  }

  // Keeps proxies from giving up, and detects clients that are gone.
  void SendComment() {
    out_.push_back(Own(kComment));
    Write();
  }

  void Unwatch() {
    if (watcher_) context_.feed.Leave(*watcher_);
    watcher_.reset();
  }

  // A watcher has nothing more to say: whatever it does ends the connection.
  void AwaitEnd() {
    stream_.async_read_some(
        asio::buffer(rest_),
        [self = this->shared_from_this()](error_code, size_t) {
          if (self->watcher_) self->Close();
        });
  }

  void Linger() {
    state_ = State::kLingering;
    Expect(context_.deadlines.linger, &Connection::Close);
    if constexpr (kTls) {
      stream_.async_shutdown(
          [self = this->shared_from_this()](error_code) { self->Drain(); });
    } else {
      Drain();
    }
  }

  void Drain() {
    if (state_ == State::kClosed) return;
    error_code ignored;
    Socket().shutdown(tcp::socket::shutdown_send, ignored);
    ReadOff();
  }

  void ReadOff() {
    Socket().async_read_some(
        asio::buffer(rest_),
        [self = this->shared_from_this()](error_code error, size_t size) {
          if (self->state_ == State::kClosed) return;
          self->lingered_bytes_ += size;
          if (error || self->lingered_bytes_ > kMaxLingerBytes) {
            return self->Close();
          }
          self->ReadOff();
        });
  }

  Stream stream_;
  asio::steady_timer timer_;
  uint64_t expectations_ = 0;
  WebContext& context_;
  std::function<void(WebSession*, bool)> on_change_;
  State state_ = State::kAsking;

  boost::beast::flat_buffer buffer_{kBufferBytes};
  http::request_parser<http::empty_body> parser_;
  bool is_head_ = false;
  uint64_t last_seen_ = 0;
  uint64_t wanted_version_ = 0;
  std::optional<uint64_t> watcher_;

  std::deque<FeedEvent> out_;
  size_t written_ = 0;  // of out_.front()
  std::array<char, 4096> rest_;
  size_t lingered_bytes_ = 0;
};

}  // namespace

std::shared_ptr<WebSession> MakeWebSession(
    tcp::socket socket, asio::ssl::context* tls, WebContext& context,
    std::function<void(WebSession*, bool)> on_change) {
  if (tls != nullptr) {
    return std::make_shared<Connection<TlsStream>>(
        TlsStream(std::move(socket), *tls), context, std::move(on_change));
  }
  return std::make_shared<Connection<tcp::socket>>(std::move(socket), context,
                                                   std::move(on_change));
}

}  // namespace invocator
