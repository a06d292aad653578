// Exchanges of one HTTP/2 connection, and how frames from the peer advance
// them. nghttp2 calls this while it reads: everything that ends an exchange is
// noted, never acted on.
//
// Units: nanoseconds since the run's start. Thread-compatible: belongs to its
// session. Owns the exchanges.
#ifndef INVOCATOR_WORKER_PROTOCOL_HTTP2_STREAMS_H_
#define INVOCATOR_WORKER_PROTOCOL_HTTP2_STREAMS_H_

#include <nghttp2/nghttp2.h>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "worker/protocol/http2_stream.h"

namespace invocator {

class Http2Streams {
 public:
  // Limit on the header fields of an answer, as for HTTP/1.1.
  static constexpr size_t kMaxHeadBytes = size_t{256} * 1024;

  // An exchange with the memory of an ended one, to be begun; Opened counts it.
  Http2Stream& Next();
  void Opened(Http2Stream& stream, int32_t id);
  // Reuses an ended exchange.
  void Release(Http2Stream& stream);
  // nghttp2 has closed the stream.
  void Closed(Http2Stream& stream);

  size_t open() const { return open_; }  // known to nghttp2
  // Limit on open exchanges: 1 until the peer's SETTINGS have come.
  size_t limit() const { return limit_; }
  bool settled() const { return settled_; }
  // The peer has announced its end.
  bool going_away() const { return going_away_; }
  // GOAWAY's code and text; empty if there was no error.
  const std::string& goaway() const { return goaway_; }

  // Those that ended, in the order of their ends, until taken out.
  std::vector<Http2Stream*>& ended() { return ended_; }
  // Those under way, in the order they were begun.
  std::vector<Http2Stream*> UnderWay() const;
  // The one with that id whose head nghttp2 still has; null if there is none.
  Http2Stream* Unsent(int32_t id) const;

  void End(Http2Stream& stream, Http2Stream::End end);
  void Fail(Http2Stream& stream, Reason reason, std::string detail);

  // Frames from the peer, for nghttp2's callbacks. `stream` may be null: its
  // exchange was given up.
  void OnHeadBegins(Http2Stream* stream, int64_t now_ns);
  // False if the head has become too large.
  bool OnField(absl::string_view name, absl::string_view value);
  static void OnBody(Http2Stream& stream, absl::string_view bytes);
  void OnFrame(nghttp2_session* nghttp2, const nghttp2_frame& frame);
  void OnClosed(Http2Stream& stream, uint32_t code);

 private:
  void OnHead(nghttp2_session* nghttp2, const nghttp2_frame& frame);
  void OnReset(Http2Stream* stream, uint32_t code);
  void OnGoAway(const nghttp2_frame& frame);
  // The whole answer has come.
  void OnAnswer(nghttp2_session* nghttp2, Http2Stream* stream);

  std::vector<std::unique_ptr<Http2Stream>> streams_;
  std::vector<Http2Stream*> idle_;
  std::vector<Http2Stream*> ended_;
  Http2Stream* receiving_ = nullptr;  // whose header fields come
  size_t open_ = 0;
  size_t limit_ = 1;
  bool settled_ = false;
  bool going_away_ = false;
  std::string goaway_;
};

}  // namespace invocator

#endif  // INVOCATOR_WORKER_PROTOCOL_HTTP2_STREAMS_H_
