#include "worker/protocol/http2_output.h"

#include <nghttp2/nghttp2.h>

#include <cstring>
#include <utility>

namespace invocator {
namespace {

// A frame: its payload's length in 24 bits, type, flags and stream, and the
// payload (RFC 9113, 4.1).
constexpr size_t kTypeAt = 3;
constexpr size_t kFlagsAt = 4;
constexpr size_t kHeadBytes = 9;
// That every peer takes (RFC 9113, 4.2).
constexpr size_t kMaxPayload = size_t{16} * 1024;

void SetLength(char* frame, size_t length) {
  frame[0] = static_cast<char>(length >> 16);
  frame[1] = static_cast<char>(length >> 8);
  frame[2] = static_cast<char>(length);
}

}  // namespace

bool Http2Output::Begin(absl::Span<char> scratch) {
  scratch_ = scratch;
  joined_ = 0;
  blocked_ = false;
  if (unsent_.empty()) return true;
  ++number_;  // a part of the earlier ones may have left
  return WriteOut(std::exchange(unsent_, {}));
}

bool Http2Output::Join(absl::string_view frame, absl::string_view end) {
  char* const to = scratch_.data() + joined_;
  std::memcpy(to, frame.data(), frame.size());
  joined_ += frame.size();
  if ((to[kFlagsAt] & NGHTTP2_FLAG_END_HEADERS) == 0) return false;
  if (end.empty()) return true;
  const size_t length = frame.size() - kHeadBytes + end.size();
  if (length <= kMaxPayload) {
    SetLength(to, length);
  } else {
    to[kFlagsAt] = static_cast<char>(to[kFlagsAt] & ~NGHTTP2_FLAG_END_HEADERS);
    char* const next = scratch_.data() + joined_;
    std::memcpy(next, to, kHeadBytes);  // the same stream
    SetLength(next, end.size());
    next[kTypeAt] = NGHTTP2_CONTINUATION;
    next[kFlagsAt] = NGHTTP2_FLAG_END_HEADERS;
    joined_ += kHeadBytes;
  }
  std::memcpy(scratch_.data() + joined_, end.data(), end.size());
  joined_ += end.size();
  return true;
}

bool Http2Output::JoinBody(absl::string_view head, absl::string_view body) {
  // nghttp2 may go on to another frame at once.
  const size_t size = head.size() + body.size();
  if (scratch_.size() - joined_ < size + kMostJoined) return false;
  char* const to = scratch_.data() + joined_;
  std::memcpy(to, head.data(), head.size());
  std::memcpy(to + head.size(), body.data(), body.size());
  joined_ += size;
  return true;
}

bool Http2Output::Write() {
  const bool all = WriteOut({scratch_.data(), std::exchange(joined_, 0)});
  ++number_;
  return all;
}

bool Http2Output::WriteOut(absl::string_view bytes) {
  const size_t size = bytes.size();
  while (!bytes.empty()) {
    const SocketStream::Result result = stream_.Write(bytes, "", {});
    if (result.state != SocketStream::State::kOk) {
      blocked_ = result.state == SocketStream::State::kAgain;
      failed_ = !blocked_;
      if (failed_ && bytes.size() == size) lost_ = number_;
      unsent_.assign(bytes.data(), bytes.size());
      return false;
    }
    bytes.remove_prefix(result.bytes);
  }
  return true;
}

}  // namespace invocator
