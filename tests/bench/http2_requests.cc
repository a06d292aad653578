#include "tests/bench/http2_requests.h"

namespace invocator {
namespace {

constexpr size_t kFrameHeadBytes = 9;
constexpr size_t kMaxPayloadBytes = 16'384;  // nobody was told of more
constexpr uint32_t kMaxWindowBytes = 0x7fffffff;
constexpr uint32_t kFirstWindowBytes = 65'535;

// Types of frames, RFC 9113, section 6.
constexpr uint8_t kData = 0;
constexpr uint8_t kHeaders = 1;
constexpr uint8_t kSettings = 4;
constexpr uint8_t kPushPromise = 5;
constexpr uint8_t kPing = 6;
constexpr uint8_t kWindowUpdate = 8;
constexpr uint8_t kContinuation = 9;

constexpr uint8_t kEndStream = 0x1;
constexpr uint8_t kAck = 0x1;
constexpr uint8_t kEndHeaders = 0x4;

constexpr uint16_t kMaxConcurrentStreams = 3;
constexpr uint16_t kInitialWindowSize = 4;
constexpr uint32_t kStreams = 128;  // as nginx

// ":status: 200" in the static table of HPACK.
constexpr char kStatus200 = '\x88';

void AppendNumber(std::string& to, uint32_t value, int bytes) {
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8)
    to += static_cast<char>(value >> shift & 0xff);
}

uint32_t Number(std::string_view bytes) {
  uint32_t result = 0;
  for (const char c : bytes) result = result << 8 | static_cast<uint8_t>(c);
  return result;
}

void AppendHead(std::string& to, size_t payload_bytes, uint8_t type,
                uint8_t flags, uint32_t stream) {
  AppendNumber(to, static_cast<uint32_t>(payload_bytes), 3);
  to += static_cast<char>(type);
  to += static_cast<char>(flags);
  AppendNumber(to, stream, 4);
}

void AppendAnswer(std::string& to, uint32_t stream) {
  AppendHead(to, 1, kHeaders, kEndHeaders | kEndStream, stream);
  to += kStatus200;
}

void AppendWindowUpdate(std::string& to, uint32_t bytes) {
  AppendHead(to, 4, kWindowUpdate, 0, 0);
  AppendNumber(to, bytes, 4);
}

}  // namespace

void Http2Requests::Begin(std::string& answers) {
  AppendHead(answers, 12, kSettings, 0, 0);
  AppendNumber(answers, kMaxConcurrentStreams, 2);
  AppendNumber(answers, kStreams, 4);
  AppendNumber(answers, kInitialWindowSize, 2);
  AppendNumber(answers, kMaxWindowBytes, 4);
  AppendWindowUpdate(answers, kMaxWindowBytes - kFirstWindowBytes);
}

int Http2Requests::Take(std::string_view bytes, std::string& answers) {
  rest_.append(bytes);
  std::string_view left = rest_;
  int begun = 0;
  while (left.size() >= kFrameHeadBytes) {
    const size_t payload_bytes = Number(left.substr(0, 3));
    if (payload_bytes > kMaxPayloadBytes) return -1;
    if (left.size() < kFrameHeadBytes + payload_bytes) break;
    const Frame frame = {
        .type = static_cast<uint8_t>(left[3]),
        .flags = static_cast<uint8_t>(left[4]),
        .stream = Number(left.substr(5, 4)) & 0x7fffffff,
        .payload = left.substr(kFrameHeadBytes, payload_bytes)};
    if (!TakeFrame(frame, begun, answers)) return -1;
    left.remove_prefix(kFrameHeadBytes + payload_bytes);
  }
  rest_.erase(0, rest_.size() - left.size());
  return begun;
}

bool Http2Requests::TakeFrame(const Frame& frame, int& begun,
                              std::string& answers) {
  switch (frame.type) {
    case kHeaders:
      return TakeHeaders(frame, begun, answers);
    case kContinuation:
      if (ends_with_block_ && (frame.flags & kEndHeaders) != 0) {
        ends_with_block_ = false;
        AppendAnswer(answers, frame.stream);
      }
      return true;
    case kData:
      if (frame.stream == 0 || frame.stream > last_stream_) return false;
      window_used_bytes_ += static_cast<uint32_t>(frame.payload.size());
      if (window_used_bytes_ > kMaxWindowBytes / 2) {
        AppendWindowUpdate(answers, window_used_bytes_);
        window_used_bytes_ = 0;
      }
      if ((frame.flags & kEndStream) != 0) AppendAnswer(answers, frame.stream);
      return true;
    case kSettings:
      if ((frame.flags & kAck) == 0) AppendHead(answers, 0, kSettings, kAck, 0);
      return true;
    case kPing:
      if ((frame.flags & kAck) != 0) return true;
      if (frame.payload.size() != 8) return false;
      AppendHead(answers, 8, kPing, kAck, 0);
      answers += frame.payload;
      return true;
    case kPushPromise:
      return false;
    default:  // wants nothing of a server that answers at once
      return true;
  }
}

bool Http2Requests::TakeHeaders(const Frame& frame, int& begun,
                                std::string& answers) {
  if (frame.stream % 2 == 0) return false;
  if (frame.stream > last_stream_) {  // else trailers
    last_stream_ = frame.stream;
    ++begun;
  }
  if ((frame.flags & kEndStream) == 0) return true;
  if ((frame.flags & kEndHeaders) != 0) {
    AppendAnswer(answers, frame.stream);
  } else {
    ends_with_block_ = true;
  }
  return true;
}

}  // namespace invocator
