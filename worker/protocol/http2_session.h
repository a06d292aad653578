// HTTP/2 connection to an origin, with many exchanges at a time: an nghttp2
// session over a byte stream. What is submitted in one turn of the engine is
// written together.
//
// The first exchange goes out with the connection preface; further ones wait
// for the peer's SETTINGS, its first frame, which say how many it takes at
// once. So none is refused for lack of knowledge.
//
// Bounds what a peer may do: an answer's header fields, with those of interim
// answers, take 256 KiB at most, of which none are kept. nghttp2 bounds queued
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

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "worker/engine/run_clock.h"
#include "worker/exchange/http2_request.h"
#include "worker/net/socket_stream.h"
#include "worker/net/transport_failure.h"
#include "worker/protocol/http2_stream.h"

namespace invocator {

class Http2Session {
 public:
  // Limit on the header fields of an answer, as for HTTP/1.1.
  static constexpr size_t kMaxHeadBytes = size_t{256} * 1024;
  // Smallest scratch space for Write.
  static constexpr size_t kScratchBytes = size_t{64} * 1024;

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

  // Begins an exchange: queues the request. `owner` is handed back with its
  // end. Null when out of memory or of stream ids: the session takes no more.
  // REQUIRES: has_room()
  Http2Stream* Submit(Http2Request& request, int64_t unix_s,
                      const AnswerRules& rules, void* owner);
  // Gives up an exchange under way: resets it, and forgets the owner.
  void Cancel(Http2Stream& stream);
  // Reuses an ended exchange. REQUIRES: end != kNone
  void Release(Http2Stream& stream);

  // True while it takes further exchanges, now or when others have ended: the
  // peer has not announced its end.
  bool lasts() const { return lasts_; }
  bool has_room() const { return lasts_ && open_ < limit_; }
  // The peer's SETTINGS have come.
  bool settled() const { return settled_; }
  // No exchange is open; without `lasts`, the connection can be closed.
  bool idle() const { return open_ == 0; }

  // Writes what is queued, as the socket allows. `scratch`: at least
  // kScratchBytes.
  Progress Write(absl::Span<char> scratch);
  // Reads what has come. Exchanges that have ended by it are in ended().
  Progress Read(absl::Span<char> buffer, const RunClock& clock);
  // True if nghttp2 has something to write by itself: an acknowledgement, a
  // window.
  bool wants_write() const { return nghttp2_session_want_write(session_) != 0; }
  bool write_blocked() const { return write_blocked_; }
  bool write_failed() const { return write_failed_; }
  // As HttpConnection::SetEnding.
  void SetEnding() { ending_ = true; }
  bool ending() const { return ending_; }

  // Exchanges ended by a Read or a Write, in the order of their ends. The
  // caller takes them out and releases them.
  std::vector<Http2Stream*>& ended() { return ended_; }
  // Instant of the last read.
  int64_t read_ns() const { return read_ns_; }

  // True if the peer may have got a part of the request. A broken connection
  // may have taken nothing any more.
  bool HasLeft(const Http2Stream& stream) const;
  // The exchanges under way, in the order they were begun.
  std::vector<Http2Stream*> Open() const;
  // After kBroken: the reason why an exchange has no answer; null: why none
  // could begin.
  TransportFailure WhyBroken(const Http2Stream* stream) const;

 private:
  class Callbacks;

  explicit Http2Session(SocketStream& stream) : stream_(stream) {}

  bool Begin();
  // The exchange of an open nghttp2 stream; null if it is not ours.
  Http2Stream* StreamOf(int32_t id) const {
    return static_cast<Http2Stream*>(
        nghttp2_session_get_stream_user_data(session_, id));
  }
  Http2Stream* UnsentStreamOf(int32_t id) const;
  void End(Http2Stream& stream, Http2Stream::End end);
  void Fail(Http2Stream& stream, Reason reason, std::string detail);
  // nghttp2 is through with it.
  void Close(Http2Stream& stream);
  // Frames from the peer.
  void LearnLimit();
  void OnHead(const nghttp2_frame& frame);
  void OnReset(const nghttp2_frame& frame);
  void OnGoAway(const nghttp2_frame& frame);
  // The whole answer has come; null: to an exchange that was given up.
  void OnAnswer(Http2Stream* stream);
  // Joins what nghttp2 has to send to what is to be written.
  void Join(absl::string_view frame);
  // Writes bytes; those that the socket does not take are kept. False if there
  // are any.
  bool WriteOut(absl::string_view bytes);

  SocketStream& stream_;
  nghttp2_session* session_ = nullptr;
  std::vector<std::unique_ptr<Http2Stream>> streams_;
  std::vector<Http2Stream*> idle_;
  std::vector<Http2Stream*> ended_;
  Http2Stream* sending_ = nullptr;    // whose header block is written
  Http2Stream* receiving_ = nullptr;  // whose header fields come
  size_t open_ = 0;                   // known to nghttp2
  size_t limit_ = 1;                  // on open_
  bool lasts_ = true;
  bool settled_ = false;
  bool ending_ = false;
  bool write_blocked_ = false;
  bool terminated_ = false;  // by us: the peer broke the protocol
  bool failed_ = false;      // nghttp2 cannot go on
  bool write_failed_ = false;
  bool came_ = false;  // any byte
  int64_t read_ns_ = 0;
  std::string fault_;       // the latest broken rule
  bool has_words_ = false;  // nghttp2 told it in the current read
  std::string goaway_;      // an error that the peer announced
  std::string unsent_;
  // Scratch space of a Write, and the part of it used.
  absl::Span<char> scratch_;
  size_t joined_ = 0;
  bool scratch_full_ = false;
  // Bytes joined for one write have one number.
  uint64_t join_ = 1;
  uint64_t lost_join_ = 0;  // no byte of these was taken
};

}  // namespace invocator

#endif  // INVOCATOR_WORKER_PROTOCOL_HTTP2_SESSION_H_
