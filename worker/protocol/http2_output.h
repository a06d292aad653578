// Bytes that an HTTP/2 session writes: frames joined in scratch space, written
// together, and kept where the socket does not take them.
//
// Joined bytes have a number, so that a request can be told from one that may
// have reached the peer: a broken connection may have taken nothing any more.
//
// Thread-compatible. Borrows the stream, and the scratch space for one Begin.
#ifndef INVOCATOR_WORKER_PROTOCOL_HTTP2_OUTPUT_H_
#define INVOCATOR_WORKER_PROTOCOL_HTTP2_OUTPUT_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "worker/net/socket_stream.h"

namespace invocator {

class Http2Output {
 public:
  // Smallest scratch space: for a body's frame and the most that Join gets.
  static constexpr size_t kScratchBytes = size_t{64} * 1024;

  explicit Http2Output(SocketStream& stream) : stream_(stream) {}

  // Writes what was kept; true if all was taken. `scratch`: at least
  // kScratchBytes, for Join and JoinBody until the last Write.
  bool Begin(absl::Span<char> scratch);
  // Adds a frame from nghttp2. `end`: of a header block
  // (worker/exchange/http2_request.h), which is added to the block's last
  // frame; true once that has come.
  bool Join(absl::string_view frame, absl::string_view end);
  // Adds a DATA frame; false, and nothing is added, if there is no room.
  bool JoinBody(absl::string_view head, absl::string_view body);
  // True if there is room for another Join.
  bool has_room() const { return scratch_.size() - joined_ > kMostJoined; }
  size_t joined() const { return joined_; }
  // Writes what was joined; true if all was taken.
  bool Write();

  // The socket is full; its event will come.
  bool blocked() const { return blocked_; }
  // The peer takes no more.
  bool failed() const { return failed_; }
  // Number of the bytes being joined.
  uint64_t number() const { return number_; }
  // True if the peer may have got a part of the bytes with that number.
  bool HasLeft(uint64_t number) const { return number != lost_; }

 private:
  // A frame's head and the largest payload that every peer takes; twice, for
  // the end of a block in a frame of its own; and a byte for padding.
  static constexpr size_t kMostJoined = 2 * (size_t{9} + size_t{16} * 1024) + 1;

  bool WriteOut(absl::string_view bytes);

  SocketStream& stream_;
  absl::Span<char> scratch_;
  size_t joined_ = 0;
  std::string unsent_;
  bool blocked_ = false;
  bool failed_ = false;
  uint64_t number_ = 1;
  uint64_t lost_ = 0;  // no byte of these was taken
};

}  // namespace invocator

#endif  // INVOCATOR_WORKER_PROTOCOL_HTTP2_OUTPUT_H_
