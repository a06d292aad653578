#include "worker/protocol/http_connection.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/result/record.h"
#include "common/words/listing.h"

namespace invocator {
namespace {

using State = SocketStream::State;

// Limit on bytes read or written for one exchange in one turn: a large body
// must not delay calls that are due.
constexpr size_t kTurnBytes = size_t{256} * 1024;

}  // namespace

bool HttpConnection::Begin(absl::string_view front, absl::string_view rest,
                           bool to_head, const AnswerRules& rules,
                           absl::Span<char> buffer) {
  answer_.Begin(to_head, rules);
  front_ = front;
  rest_ = rest;
  bytes_sent_ = 0;
  sent_before_ = stream_.sent_bytes();
  first_byte_ns_ = Record::kNever;
  ++exchanges_;
  write_failed_ = false;
  reusable_ = false;
  const SocketStream::State state = WriteMore(kTurnBytes, buffer);
  if (state == State::kFailed && bytes_sent_ == 0) return false;
  if (!front_.empty()) {
    // Its owner will write another second's signature over it.
    front_copy_.assign(front_.data(), front_.size());
    front_ = front_copy_;
  }
  return true;
}

SocketStream::State HttpConnection::WriteMore(size_t budget,
                                              absl::Span<char> buffer) {
  write_blocked_ = false;
  while (!written()) {
    if (budget == 0) return State::kOk;
    const SocketStream::Result result =
        stream_.Write(front_, rest_.substr(0, budget), buffer);
    if (result.state != State::kOk) {
      // An answer may have come all the same: a server need not read a request
      // to its end to refuse it.
      write_blocked_ = result.state == State::kAgain;
      write_failed_ = !write_blocked_;
      return result.state;
    }
    const size_t of_front = std::min(result.bytes, front_.size());
    front_.remove_prefix(of_front);
    rest_.remove_prefix(result.bytes - of_front);
    bytes_sent_ += result.bytes;
    budget -= std::min(budget, result.bytes);
  }
  return State::kOk;
}

HttpConnection::Progress HttpConnection::Continue(absl::Span<char> buffer,
                                                  const RunClock& clock) {
  bool more = false;
  if (!written() && !write_failed_) {
    more = WriteMore(kTurnBytes, buffer) == State::kOk && !written();
  }
  for (size_t taken = 0; taken < kTurnBytes;) {
    const SocketStream::Result result = stream_.Read(buffer);
    if (result.state == State::kAgain) {
      return more ? Progress::kMore : Progress::kWaiting;
    }
    read_ns_ = clock.NowNs();
    switch (result.state) {
      case State::kOk:
      case State::kAgain:
        break;
      case State::kEnd:
        ending_ = true;
        return answer_.PutEnd() == AnswerParser::State::kComplete
                   ? Progress::kAnswered
                   : BrokenOrGone();
      case State::kFailed:
        ending_ = true;
        return BrokenOrGone();
    }
    if (first_byte_ns_ == Record::kNever) first_byte_ns_ = read_ns_;
    taken += result.bytes;
    switch (answer_.Put({buffer.data(), result.bytes})) {
      case AnswerParser::State::kIncomplete:
        break;
      case AnswerParser::State::kBroken:
        return Progress::kBroken;
      case AnswerParser::State::kComplete:
        reusable_ = answer_.keep_alive() && written() && !ending_ &&
                    (stream_.drained() || IsStillGood(buffer));
        return Progress::kAnswered;
    }
    if (stream_.drained() && !ending_) {
      return more ? Progress::kMore : Progress::kWaiting;
    }
  }
  return Progress::kMore;
}

// Some sockets say only now that they took nothing.
HttpConnection::Progress HttpConnection::BrokenOrGone() {
  if (answer_.came() > 0 || stream_.sent_bytes() > sent_before_) {
    return Progress::kBroken;
  }
  bytes_sent_ = 0;
  return exchanges_ > 1 ? Progress::kGone : Progress::kBroken;
}

TransportFailure HttpConnection::WhyBroken() const {
  if (stream_.tls_broke()) return stream_.WhyTlsFailed();
  if (const auto& fault = answer_.fault()) {
    return {fault->too_large ? Reason::kHeadTooLarge : Reason::kMalformedAnswer,
            absl::StrCat("byte ", fault->offset, ": ", fault->rule,
                         fault->status_line.empty() ? "" : ", after ",
                         fault->status_line)};
  }
  // A peer that demands a client certificate may reset the connection, and its
  // alert is then lost.
  if (answer_.came() == 0 && exchanges_ <= 1 &&
      stream_.asked_for_certificate()) {
    return stream_.WhyTlsFailed();
  }
  const absl::string_view how =
      stream_.system_error() != 0 ? ErrnoWords(stream_.system_error())
      : stream_.tls() && !stream_.announced_end()
          ? "closed by the peer, without TLS's close_notify"
          : "closed by the peer";
  if (answer_.came() == 0) {
    return {Reason::kClosedBeforeAnswer,
            absl::StrCat(how, ", after ", SentWords())};
  }
  if (answer_.in_head()) {
    return {Reason::kClosedInHead,
            absl::StrCat(how, ", after ", Counted(answer_.came(), "byte"))};
  }
  return {Reason::kClosedInBody, absl::StrCat(how, ", after ", BodyWords())};
}

TransportFailure HttpConnection::WhyLate() const {
  if (answer_.came() == 0) {
    if (written()) return {Reason::kFirstByteTimeout, ""};
    return {Reason::kSendTimeout, absl::StrCat("after ", SentWords())};
  }
  if (answer_.in_head()) {
    return {Reason::kHeadTimeout,
            absl::StrCat("after ", Counted(answer_.came(), "byte"))};
  }
  return {Reason::kBodyTimeout, absl::StrCat("after ", BodyWords())};
}

std::string HttpConnection::SentWords() const {
  return absl::StrCat(
      bytes_sent_, " of ",
      Counted(bytes_sent_ + front_.size() + rest_.size(), "byte"),
      " of the request");
}

std::string HttpConnection::BodyWords() const {
  const uint64_t bytes = answer_.body_bytes();
  const auto left = answer_.body_bytes_left();
  return absl::StrCat(left ? absl::StrCat(bytes, " of ") : "",
                      Counted(bytes + left.value_or(0), "byte"),
                      " of the body");
}

bool HttpConnection::IsStillGood(absl::Span<char> buffer) {
  const State state = stream_.Read(buffer).state;
  if (state == State::kEnd || state == State::kFailed) ending_ = true;
  return state == State::kAgain;
}

}  // namespace invocator
