#include "worker/http_connection.h"

#include <algorithm>

#include "common/record.h"

namespace invocator {
namespace {

using State = SocketStream::State;

// Read or written for one exchange in one turn: a large body must not keep the
// engine from what is due meanwhile.
constexpr size_t kTurnBytes = size_t{256} * 1024;

}  // namespace

bool HttpConnection::Begin(absl::string_view front, absl::string_view rest,
                           bool to_head, const ColdStartSource* source,
                           absl::Span<char> buffer) {
  answer_.Begin(to_head, source);
  front_ = front;
  rest_ = rest;
  bytes_sent_ = 0;
  first_byte_ns_ = Record::kNever;
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
                   : Progress::kBroken;
      case State::kFailed:
        ending_ = true;
        return Progress::kBroken;
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

bool HttpConnection::IsStillGood(absl::Span<char> buffer) {
  const State state = stream_.Read(buffer).state;
  if (state == State::kEnd || state == State::kFailed) ending_ = true;
  return state == State::kAgain;
}

}  // namespace invocator
