// A connection to an origin, and the one exchange at a time on it: a request is
// written, its answer read, as the socket allows.
//
// Units: nanoseconds since the run's start. Thread-compatible: belongs to the
// engine whose invoker made it. Owns its socket.
#ifndef INVOCATOR_WORKER_TRANSPORT_HTTP_CONNECTION_H_
#define INVOCATOR_WORKER_TRANSPORT_HTTP_CONNECTION_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "worker/engine/run_clock.h"
#include "worker/exchange/answer_parser.h"
#include "worker/net/socket_stream.h"
#include "worker/net/transport_failure.h"

namespace invocator {

class HttpConnection {
 public:
  enum class Progress {
    kWaiting,   // for the socket to become ready
    kMore,      // there is more to do at once, after others had their turn
    kAnswered,  // a whole answer has come
    kBroken,    // no answer will come: a broken one came, or an early end
  };

  // Takes over a connected socket that does not block.
  explicit HttpConnection(int fd) : stream_(fd) {}

  SocketStream& stream() { return stream_; }

  // Begins an exchange: writes `front`, which is copied where it has to be,
  // then `rest`, which must stay until the end. `buffer` is scratch for this
  // call. `source` tells cold starts, see worker/exchange/answer_parser.h; it
  // may be null. False if the connection was gone and not a byte was written:
  // nothing has begun. REQUIRES: no exchange under way
  bool Begin(absl::string_view front, absl::string_view rest, bool to_head,
             const ColdStartSource* source, absl::Span<char> buffer);

  // After Begin: Continue is to be called though no event may come.
  bool has_more() const { return !written() && !write_blocked_; }

  // The peer has closed its side, or the socket is broken: from now on reading
  // goes on to the end, and nothing is sent after this exchange.
  void SetEnding() { ending_ = true; }
  bool ending() const { return ending_; }

  // Goes on with the exchange.
  Progress Continue(absl::Span<char> buffer, const RunClock& clock);

  // After kBroken, or a Begin that returned false: the reason.
  TransportFailure WhyBroken() const;
  // The step that a timed-out exchange is waiting for.
  TransportFailure WhyLate() const;

  // After kAnswered: the next request may go this way.
  bool reusable() const { return reusable_; }
  // Outside of an exchange: looks at what has come; true if that is nothing
  // for us, so that the connection can still be used.
  bool IsStillGood(absl::Span<char> buffer);

  // Of the exchange under way, or the last.
  const AnswerParser& answer() const { return answer_; }
  uint64_t bytes_sent() const { return bytes_sent_; }
  int64_t first_byte_ns() const { return first_byte_ns_; }
  // When the last of what has come was read.
  int64_t read_ns() const { return read_ns_; }

 private:
  bool written() const { return front_.empty() && rest_.empty(); }
  std::string SentWords() const;
  // "3 of 10 bytes of the body"; of a body without a length, "3 bytes ...".
  std::string BodyWords() const;
  // Writes until all is written, the socket is full or `budget` is used up.
  // Returns what was the matter.
  SocketStream::State WriteMore(size_t budget, absl::Span<char> buffer);

  SocketStream stream_;
  AnswerParser answer_;
  absl::string_view front_;  // still to be written
  absl::string_view rest_;
  std::string front_copy_;
  uint64_t bytes_sent_ = 0;
  int64_t first_byte_ns_ = 0;
  int64_t read_ns_ = 0;
  bool write_blocked_ = false;
  bool write_failed_ = false;
  bool ending_ = false;
  bool reusable_ = false;
  uint32_t exchanges_ = 0;  // begun
};

}  // namespace invocator

#endif  // INVOCATOR_WORKER_TRANSPORT_HTTP_CONNECTION_H_
