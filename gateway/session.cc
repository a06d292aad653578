#include "gateway/session.h"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <chrono>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "common/http/http_syntax.h"
#include "common/plan/plan.h"

namespace invocator {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using boost::system::error_code;
using tcp = asio::ip::tcp;
using TlsStream = asio::ssl::stream<tcp::socket>;

constexpr size_t kHeadReadBytes = size_t{4} * 1024;
constexpr size_t kBodyReadBytes = size_t{64} * 1024;
// The request line and the header fields together; Answer bounds each.
constexpr size_t kMaxHeadBytes = kMaxTargetBytes + kMaxHeaderBytes;
// A request has to be complete, and an answer taken, within this.
constexpr absl::Duration kTransferTimeout = absl::Seconds(30);
// A client that is being refused is still read for a while: closing at once
// would reset the connection, and could take the answer with it.
constexpr absl::Duration kLingerTimeout = absl::Seconds(5);
constexpr size_t kMaxLingerBytes = size_t{64} * 1024 * 1024;

template <typename StringView>
absl::string_view View(StringView text) {
  return {text.data(), text.size()};
}

GatewayAnswer AnswerTo(const error_code& error) {
  if (error == http::error::header_limit) return HeadersTooLarge();
  if (error == http::error::body_limit) return RequestTooLong();
  return BadRequest();
}

// A header line that goes on in the next one, which RFC 9112 (5.2) lets a
// server refuse. `read`: of a head, from the beginning of a line.
bool HasFoldedLine(absl::string_view read) {
  const absl::string_view head = read.substr(0, read.find("\r\n\r\n"));
  return absl::StartsWith(head, " ") || absl::StartsWith(head, "\t") ||
         absl::StrContains(head, "\n ") || absl::StrContains(head, "\n\t");
}

// Whether everybody on the way agrees where the body ends: by one length in
// digits, or one Transfer-Encoding that is chunked and nothing else (RFC 9112,
// 6.1 and 6.3). Beast takes "xchunked" for no encoding at all.
template <typename Request>
bool HasPlainFraming(const Request& request) {
  const size_t lengths = request.count(http::field::content_length);
  const size_t encodings = request.count(http::field::transfer_encoding);
  if (encodings > 0) {
    return encodings == 1 && lengths == 0 && request.version() >= 11 &&
           absl::EqualsIgnoreCase(View(request[http::field::transfer_encoding]),
                                  "chunked");
  }
  if (lengths == 0) return true;
  const absl::string_view length = View(request[http::field::content_length]);
  return lengths == 1 && !length.empty() && absl::c_all_of(length, [](char c) {
           return absl::ascii_isdigit(static_cast<unsigned char>(c));
         });
}

template <typename Stream>
class Connection final
    : public GatewaySession,
      public std::enable_shared_from_this<Connection<Stream>> {
 public:
  Connection(Stream stream, SessionContext& context,
             std::function<void(GatewaySession*)> on_closed)
      : stream_(std::move(stream)),
        timer_(stream_.get_executor()),
        context_(context),
        on_closed_(std::move(on_closed)) {}

  void Start() override {
    SetDeadline(context_.idle_timeout);
    if constexpr (kTls) {
      stream_.async_handshake(
          asio::ssl::stream_base::server,
          [self = this->shared_from_this()](error_code error) {
            error ? self->Close() : self->NextRequest();
          });
    } else {
      NextRequest();
    }
  }

  void Close() override {
    if (closed_) return;
    closed_ = true;
    error_code ignored;
    Socket().close(ignored);
    timer_.cancel();
    on_closed_(this);
  }

  bool closed() const override { return closed_; }

 private:
  static constexpr bool kTls = std::is_same_v<Stream, TlsStream>;

  tcp::socket& Socket() {
    if constexpr (kTls) {
      return stream_.next_layer();
    } else {
      return stream_;
    }
  }

  void SetDeadline(absl::Duration from_now) {
    deadline_ns_ =
        context_.steady_clock.NowNs() + absl::ToInt64Nanoseconds(from_now);
  }

  void NextRequest() {
    if (closed_) return;
    parser_.emplace();
    parser_->header_limit(static_cast<uint32_t>(kMaxHeadBytes));
    parser_->body_limit(kMaxBodyBytes);
    // So that the header can be judged before the body is read.
    parser_->eager(false);
    if (buffer_.size() > 0) {
      SetDeadline(kTransferTimeout);
      Parse();
    } else {
      SetDeadline(context_.idle_timeout);
      Read();
    }
  }

  void Read() {
    size_t bytes = parser_->is_header_done() ? kBodyReadBytes : kHeadReadBytes;
    stream_.async_read_some(
        buffer_.prepare(bytes),
        [self = this->shared_from_this()](error_code error, size_t size) {
          if (error) return self->Close();
          self->OnRead(size);
        });
  }

  void OnRead(size_t size) {
    bool begins = buffer_.size() == 0 && !parser_->got_some();
    if (begins) SetDeadline(kTransferTimeout);
    buffer_.commit(size);
    Parse();
  }

  void Parse() {
    // A read may have ended well before it was closed.
    if (closed_) return;
    while (!parser_->is_done()) {
      if (buffer_.size() == 0) return Read();
      bool had_header = parser_->is_header_done();
      error_code error;
      const asio::const_buffer unread(buffer_.data());
      size_t used = parser_->put(unread, error);
      // Beast unfolds them: only here they can still be seen.
      const bool has_folds =
          !had_header &&
          HasFoldedLine({static_cast<const char*>(unread.data()), used});
      buffer_.consume(used);
      if (has_folds) return Refuse(BadRequest());
      if (error == http::error::need_more) {
        // Only a chunk's head can be that long here: the parser bounds the
        // header by itself.
        if (buffer_.size() > kMaxHeadBytes) return Refuse(BadRequest());
        return Read();
      }
      if (error) return Refuse(AnswerTo(error));
      // No progress without an error would be a loop without an end.
      if (used == 0) return Read();
      if (!had_header && parser_->is_header_done()) {
        if (std::optional<GatewayAnswer> refusal = CheckHeader()) {
          return Refuse(*std::move(refusal));
        }
        parser_->eager(true);
        if (!parser_->is_done() && buffer_.size() == 0 && ExpectsContinue()) {
          return SendContinue();
        }
      }
    }
    Dispatch();
  }

  std::optional<GatewayAnswer> CheckHeader() const {
    const auto& request = parser_->get();
    absl::string_view target = View(request.target());
    if (target.size() > kMaxTargetBytes) return UriTooLong();
    if (!absl::StartsWith(target, "/")) return BadRequest();
    size_t header_bytes = 0;
    for (const auto& field : request) {
      header_bytes += field.name_string().size() + field.value().size() + 4;
    }
    if (header_bytes > kMaxHeaderBytes) return HeadersTooLarge();
    const size_t hosts = request.count(http::field::host);
    const std::string host =
        absl::AsciiStrToLower(View(request[http::field::host]));
    if (hosts > 1 || (hosts == 0 && request.version() >= 11) ||
        (!host.empty() && !IsHttpHost(host)) || !HasPlainFraming(request)) {
      return BadRequest();
    }
    return std::nullopt;
  }

  bool ExpectsContinue() const {
    return absl::EqualsIgnoreCase(View(parser_->get()[http::field::expect]),
                                  "100-continue");
  }

  void SendContinue() {
    out_ = "HTTP/1.1 100 Continue\r\n\r\n";
    asio::async_write(
        stream_, asio::buffer(out_),
        [self = this->shared_from_this()](error_code error, size_t) {
          error ? self->Close() : self->Parse();
        });
  }

  void Dispatch() {
    const auto& request = parser_->get();
    framing_ = {parser_->keep_alive(), request.method() == http::verb::head};
    ReceivedRequest received;
    received.method = View(request.method_string());
    absl::string_view target = View(request.target());
    size_t mark = std::min(target.find('?'), target.size());
    received.path = target.substr(0, mark);
    received.query = target.substr(std::min(mark + 1, target.size()));
    for (const auto& field : request) {
      received.headers.emplace_back(View(field.name_string()),
                                    View(field.value()));
    }
    received.body = View(absl::string_view(request.body()));

    const GatewayRouter::Instant arrival = Now();
    answer_ =
        context_.router.Handle(received, arrival, context_.connections_open());
    if (answer_.delay <= absl::ZeroDuration()) return Answer();
    deadline_ns_ = kNever;  // the timer will come
    // The delay began with the request's arrival, not now that it is verified.
    timer_.expires_after(absl::ToChronoNanoseconds(
        answer_.delay -
        absl::Nanoseconds(context_.steady_clock.NowNs() - arrival.steady_ns)));
    timer_.async_wait([self = this->shared_from_this()](error_code error) {
      if (!error) self->Answer();
    });
  }

  // Answers what could not be read, and gives the connection up: where the next
  // request would begin is unknown.
  void Refuse(GatewayAnswer answer) {
    framing_ = {/*keep_alive=*/false, /*head=*/false};
    answer_ = context_.router.HandleUnreadable(std::move(answer));
    Answer();
  }

  void Answer() {
    if (closed_) return;
    SetDeadline(kTransferTimeout);
    context_.router.stats().CountAnswer(answer_);
    out_.clear();
    context_.writer.Write(answer_, framing_, context_.wall_clock.NowUnixS(),
                          out_);
    asio::async_write(
        stream_, asio::buffer(out_),
        [self = this->shared_from_this()](error_code error, size_t) {
          if (error) return self->Close();
          self->framing_.keep_alive ? self->NextRequest() : self->Linger();
        });
  }

  void Linger() {
    if (closed_) return;
    SetDeadline(kLingerTimeout);
    if constexpr (kTls) {
      stream_.async_shutdown(
          [self = this->shared_from_this()](error_code) { self->Drain(); });
    } else {
      Drain();
    }
  }

  void Drain() {
    if (closed_) return;
    error_code ignored;
    Socket().shutdown(tcp::socket::shutdown_send, ignored);
    ReadOff();
  }

  void ReadOff() {
    buffer_.clear();
    Socket().async_read_some(
        buffer_.prepare(kBodyReadBytes),
        [self = this->shared_from_this()](error_code error, size_t size) {
          self->lingered_bytes_ += size;
          if (error || self->lingered_bytes_ > kMaxLingerBytes) {
            return self->Close();
          }
          self->ReadOff();
        });
  }

  GatewayRouter::Instant Now() const {
    return {context_.steady_clock.NowNs(), context_.wall_clock.NowUnixS()};
  }

  Stream stream_;
  asio::steady_timer timer_;
  SessionContext& context_;
  std::function<void(GatewaySession*)> on_closed_;
  bool closed_ = false;

  boost::beast::flat_buffer buffer_;  // read, not yet parsed
  std::optional<http::request_parser<http::string_body>> parser_;
  GatewayAnswer answer_;
  ResponseWriter::Framing framing_;
  std::string out_;
  size_t lingered_bytes_ = 0;
};

}  // namespace

std::shared_ptr<GatewaySession> MakeGatewaySession(
    tcp::socket socket, asio::ssl::context* tls, SessionContext& context,
    std::function<void(GatewaySession*)> on_closed) {
  if (tls != nullptr) {
    return std::make_shared<Connection<TlsStream>>(
        TlsStream(std::move(socket), *tls), context, std::move(on_closed));
  }
  return std::make_shared<Connection<tcp::socket>>(std::move(socket), context,
                                                   std::move(on_closed));
}

}  // namespace invocator
