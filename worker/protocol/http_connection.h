// HTTP/1.1 connection to an origin, with one exchange at a time: writes a
// request and reads its answer, as the socket allows.
//
// Units: nanoseconds since the run's start. Thread-compatible: belongs to the
// engine whose invoker made it. Borrows the stream, which must outlive it.
#ifndef INVOCATOR_WORKER_PROTOCOL_HTTP_CONNECTION_H_
#define INVOCATOR_WORKER_PROTOCOL_HTTP_CONNECTION_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "worker/engine/run_clock.h"
#include "worker/exchange/answer_parser.h"
#include "worker/net/socket_stream.h"
#include "worker/net/transport_failure.h"
#include "worker/protocol/exchange_facts.h"

namespace invocator {

class HttpConnection {
 public:
  enum class Progress {
    kWaiting,   // for the socket to become ready
    kMore,      // more work at once, after others had their turn
    kAnswered,  // a whole answer has come
    kBroken,    // no valid answer will come: it was broken or ended early
    kGone,      // as kBroken, before a byte was sent on this used connection
  };

  explicit HttpConnection(SocketStream& stream) : stream_(stream) {}

  // Begins an exchange: writes `front`, copied if necessary, then `rest`, which
  // must stay valid until the end. `buffer`: scratch space for this call.
  // `rules`: see worker/exchange/answer_parser.h. False if the connection was
  // gone before a byte was written; no exchange has begun then.
  // REQUIRES: no exchange under way
  bool Begin(absl::string_view front, absl::string_view rest, bool to_head,
             const AnswerRules& rules, absl::Span<char> buffer);

  // After Begin: true if Continue must be called even without an event.
  bool has_more() const { return !written() && !write_blocked_; }

  // The peer has closed its side, or the socket is broken: reads to the end
  // from now on, and sends nothing after this exchange.
  void SetEnding() { ending_ = true; }
  bool ending() const { return ending_; }

  // Continues the exchange.
  Progress Continue(absl::Span<char> buffer, const RunClock& clock);

  // After kBroken, or a Begin that returned false: the reason.
  TransportFailure WhyBroken() const;
  // The step that a timed-out exchange is waiting for.
  TransportFailure WhyLate() const;

  // After kAnswered: true if the connection can take another request.
  bool reusable() const { return reusable_; }
  // Outside an exchange: reads pending bytes. True if none were for us and the
  // connection can still be used.
  bool IsStillGood(absl::Span<char> buffer);

  // Of the exchange under way, or the last.
  const AnswerParser& answer() const { return answer_; }
  ExchangeFacts facts() const {
    return {answer_.facts(), answer_.body(), first_byte_ns_, bytes_sent_,
            answer_.bytes()};
  }
  // Instant of the last read of the answer.
  int64_t read_ns() const { return read_ns_; }

 private:
  bool written() const { return front_.empty() && rest_.empty(); }
  Progress BrokenOrGone();
  std::string SentWords() const;
  // "3 of 10 bytes of the body"; of a body without a length, "3 bytes ...".
  std::string BodyWords() const;
  // Writes until all is written, the socket is full or `budget` is used up.
  // Returns the state that ended the writing.
  SocketStream::State WriteMore(size_t budget, absl::Span<char> buffer);

  SocketStream& stream_;
  AnswerParser answer_;
  absl::string_view front_;  // still to be written
  absl::string_view rest_;
  std::string front_copy_;
  uint64_t bytes_sent_ = 0;
  uint64_t sent_before_ = 0;  // by the stream, in earlier exchanges
  int64_t first_byte_ns_ = 0;
  int64_t read_ns_ = 0;
  bool write_blocked_ = false;
  bool write_failed_ = false;
  bool ending_ = false;
  bool reusable_ = false;
  uint32_t exchanges_ = 0;  // begun
};

}  // namespace invocator

#endif  // INVOCATOR_WORKER_PROTOCOL_HTTP_CONNECTION_H_
