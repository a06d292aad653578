// HTTP/2 connection to an origin, with many exchanges at a time: an nghttp2
// session over a byte stream. Requests submitted in one turn of the engine
// are written together.
//
// The first exchange goes out with the connection preface; further ones wait
// for the peer's SETTINGS, its first frame, which say how many it takes at
// once. So none is refused for lack of knowledge.
//
// Bounds what a peer may do: an answer's header fields, with those of interim
// answers, take 256 KiB at most, and none are kept. nghttp2 bounds queued
// acknowledgements of SETTINGS and PING, and CONTINUATION frames. Pushed
// streams break the connection.
//
// Units: nanoseconds since the run's start. Thread-compatible: belongs to the
// engine whose invoker made it. Borrows the stream, which must outlive it; owns
// the exchanges.
#ifndef INVOCATOR_WORKER_PROTOCOL_HTTP2_SESSION_H_
#define INVOCATOR_WORKER_PROTOCOL_HTTP2_SESSION_H_

#include <nghttp2/nghttp2.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/types/span.h"
#include "worker/engine/run_clock.h"
#include "worker/exchange/http2_request.h"
#include "worker/net/socket_stream.h"
#include "worker/net/transport_failure.h"
#include "worker/protocol/http2_memory.h"
#include "worker/protocol/http2_output.h"
#include "worker/protocol/http2_stream.h"
#include "worker/protocol/http2_streams.h"

namespace invocator {

class Http2Session {
 public:
  enum class Progress {
    kWaiting,  // for the socket to become ready
    kMore,     // more work at once, after others had their turn
    kBroken,   // the connection has ended or is to be closed
  };

  // Null when out of memory. The preface is queued.
  static std::unique_ptr<Http2Session> Create(SocketStream& stream);
  ~Http2Session();
  Http2Session(const Http2Session&) = delete;
  Http2Session& operator=(const Http2Session&) = delete;

  // Begins an exchange: queues the request. `owner`, not null, is handed back
  // with its end. Null when out of memory or of stream ids: the session takes
  // no more.
  // REQUIRES: has_room()
  Http2Stream* Submit(Http2Request& request, int64_t unix_s,
                      const AnswerRules& rules, void* owner);
  // Gives up an exchange under way: resets it, and forgets the owner.
  void Cancel(Http2Stream& stream);
  // Reuses an ended exchange. REQUIRES: end != kNone
  void Release(Http2Stream& stream) { streams_.Release(stream); }

  // True while it takes further exchanges, now or when others have ended: the
  // peer has not announced its end.
  bool lasts() const { return lasts_ && !retired_ && !streams_.going_away(); }
  // It takes no further exchanges, as we have decided; or does so again.
  void Retire() {
    retired_ = true;
    retired_read_ns_ = read_ns_;
  }
  void Revive() { retired_ = false; }
  bool retired() const { return retired_; }
  // Something has come since it was retired.
  bool spoke_again() const { return retired_ && read_ns_ > retired_read_ns_; }
  bool has_room() const {
    return lasts() && streams_.open() < streams_.limit();
  }
  // The peer has announced its end.
  bool going_away() const { return streams_.going_away(); }
  // The peer's SETTINGS have come.
  bool settled() const { return streams_.settled(); }
  // No exchange is open; without `lasts`, the connection can be closed.
  bool idle() const { return streams_.open() == 0; }

  // Writes what is queued, as the socket allows. `scratch`: at least
  // Http2Output::kScratchBytes.
  Progress Write(absl::Span<char> scratch);
  // Reads what has come, then writes nghttp2's replies. `buffer`:
  // as for Write.
  Progress Read(absl::Span<char> buffer, const RunClock& clock);
  // True if something is queued.
  bool wants_write() const { return nghttp2_session_want_write(session_) != 0; }
  bool write_blocked() const { return output_.blocked(); }
  bool write_failed() const { return output_.failed(); }
  // As HttpConnection::SetEnding.
  void SetEnding() { ending_ = true; }
  bool ending() const { return ending_; }

  // Exchanges ended by a Read or a Write. The caller takes them out and
  // releases them.
  std::vector<Http2Stream*>& ended() { return streams_.ended(); }
  // Instant of the last read.
  int64_t read_ns() const { return read_ns_; }

  // True if the peer may have got a part of the request.
  bool HasLeft(const Http2Stream& stream) const {
    return stream.head_sent && output_.HasLeft(stream.head_join);
  }
  // The exchanges under way, in the order they were begun.
  std::vector<Http2Stream*> UnderWay() const { return streams_.UnderWay(); }
  // After kBroken: the reason why an exchange has no answer; null: why none
  // could begin.
  TransportFailure WhyBroken(const Http2Stream* stream) const;

 private:
  class Callbacks;

  explicit Http2Session(SocketStream& stream)
      : stream_(stream), output_(stream) {}

  bool Begin();
  // The exchange of an open nghttp2 stream; null if it is not ours.
  Http2Stream* StreamOf(int32_t id) const {
    return static_cast<Http2Stream*>(
        nghttp2_session_get_stream_user_data(session_, id));
  }
  Progress Fail(int error);

  SocketStream& stream_;
  Http2Output output_;
  Http2Streams streams_;
  Http2Memory memory_;  // outlives the nghttp2 session
  nghttp2_session* session_ = nullptr;
  Http2Stream* sending_ = nullptr;  // whose header block is written
  bool output_full_ = false;
  bool lasts_ = true;
  bool retired_ = false;
  bool ending_ = false;
  bool terminated_ = false;  // by us: the peer broke the protocol
  bool failed_ = false;      // nghttp2 cannot go on
  bool came_ = false;        // any byte
  int64_t read_ns_ = 0;
  int64_t retired_read_ns_ = 0;
  std::string fault_;       // the latest broken rule
  bool has_words_ = false;  // nghttp2 told it in the current read
};

}  // namespace invocator

#endif  // INVOCATOR_WORKER_PROTOCOL_HTTP2_SESSION_H_
