#include "tests/support/http2_peer.h"

#include <algorithm>

namespace invocator {
namespace {

constexpr absl::string_view kPreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

uint32_t NumberAt(absl::string_view bytes, size_t at, size_t size) {
  uint32_t number = 0;
  for (size_t i = at; i < at + size; ++i) {
    number = number << 8 | static_cast<uint8_t>(bytes[i]);
  }
  return number;
}

uint8_t* Bytes(const std::string& text) {
  return reinterpret_cast<uint8_t*>(const_cast<char*>(text.data()));
}

}  // namespace

Http2Peer::Http2Peer(ScriptedServer::Connection& connection)
    : connection_(connection) {
  nghttp2_hd_inflate_new(&inflater_);
  nghttp2_hd_deflate_new(&deflater_, 4096);
}

Http2Peer::~Http2Peer() {
  nghttp2_hd_inflate_del(inflater_);
  nghttp2_hd_deflate_del(deflater_);
}

std::string Http2Peer::Number(uint64_t value, int bytes) {
  std::string text;
  for (int i = bytes - 1; i >= 0; --i) {
    text += static_cast<char>(value >> (8 * i));
  }
  return text;
}

std::string Http2Peer::FrameOf(uint8_t type, uint8_t flags, uint32_t stream,
                               absl::string_view payload) {
  return Number(payload.size(), 3) + Number(type, 1) + Number(flags, 1) +
         Number(stream, 4) + std::string(payload);
}

bool Http2Peer::Begin(const Settings& settings) {
  return connection_.ReadBytes(kPreface.size()) == kPreface &&
         SendSettings(settings);
}

bool Http2Peer::SendSettings(const Settings& settings) {
  std::string payload;
  for (const auto& [id, value] : settings) {
    payload += Number(id, 2) + Number(value, 4);
  }
  return SendFrame(NGHTTP2_SETTINGS, 0, 0, payload);
}

std::optional<Http2Peer::Frame> Http2Peer::ReadFrame() {
  const std::string head = connection_.ReadBytes(9);
  if (head.empty()) return std::nullopt;
  Frame frame;
  frame.type = static_cast<uint8_t>(head[3]);
  frame.flags = static_cast<uint8_t>(head[4]);
  frame.stream = NumberAt(head, 5, 4);
  if (const uint32_t size = NumberAt(head, 0, 3); size > 0) {
    frame.payload = connection_.ReadBytes(size);
    if (frame.payload.empty()) return std::nullopt;
  }
  if (frame.type == NGHTTP2_SETTINGS && (frame.flags & NGHTTP2_FLAG_ACK) == 0) {
    SendFrame(NGHTTP2_SETTINGS, NGHTTP2_FLAG_ACK, 0, "");
  } else if (frame.type == NGHTTP2_DATA && !frame.payload.empty() &&
             opens_windows) {
    for (const uint32_t stream : {uint32_t{0}, frame.stream}) {
      SendFrame(NGHTTP2_WINDOW_UPDATE, 0, stream,
                Number(frame.payload.size(), 4));
    }
  } else if (frame.type == NGHTTP2_RST_STREAM) {
    resets[frame.stream] = NumberAt(frame.payload, 0, 4);
  }
  return frame;
}

void Http2Peer::TakeBlock(absl::string_view block, Request& request) {
  auto* at = reinterpret_cast<const uint8_t*>(block.data());
  size_t left = block.size();
  while (true) {
    nghttp2_nv field;
    int flags = 0;
    const ssize_t used =
        nghttp2_hd_inflate_hd2(inflater_, &field, &flags, at, left, 1);
    if (used < 0) return;
    at += used;
    left -= static_cast<size_t>(used);
    if ((flags & NGHTTP2_HD_INFLATE_EMIT) != 0) {
      const std::string name(reinterpret_cast<char*>(field.name),
                             field.namelen);
      request.fields[name] =
          std::string(reinterpret_cast<char*>(field.value), field.valuelen);
      never_indexed[name] = (field.flags & NGHTTP2_NV_FLAG_NO_INDEX) != 0;
    }
    if ((flags & NGHTTP2_HD_INFLATE_FINAL) != 0) break;
    if ((flags & NGHTTP2_HD_INFLATE_EMIT) == 0 && left == 0) break;
  }
  nghttp2_hd_inflate_end_headers(inflater_);
}

std::optional<Http2Peer::Request> Http2Peer::ReadRequest() {
  std::string block;
  uint8_t flags = 0;  // of the head
  while (std::optional<Frame> frame = ReadFrame()) {
    Request& request = open_[frame->stream];
    request.stream = frame->stream;
    if (frame->type == NGHTTP2_DATA) {
      request.body += frame->payload;
    } else if (frame->type == NGHTTP2_HEADERS ||
               frame->type == NGHTTP2_CONTINUATION) {
      block += frame->payload;
      if (frame->type == NGHTTP2_HEADERS) flags = frame->flags;
      if ((frame->flags & NGHTTP2_FLAG_END_HEADERS) == 0) continue;
      TakeBlock(std::exchange(block, ""), request);
      frame->flags |= flags;
    } else {
      continue;
    }
    if ((frame->flags & NGHTTP2_FLAG_END_STREAM) == 0) continue;
    return std::move(open_.extract(frame->stream).mapped());
  }
  return std::nullopt;
}

std::string Http2Peer::BlockOf(const Fields& fields) {
  std::vector<nghttp2_nv> array;
  for (const auto& [name, value] : fields) {
    array.push_back({Bytes(name), Bytes(value), name.size(), value.size(), 0});
  }
  std::string block(
      nghttp2_hd_deflate_bound(deflater_, array.data(), array.size()), '\0');
  const ssize_t size = nghttp2_hd_deflate_hd(
      deflater_, Bytes(block), block.size(), array.data(), array.size());
  block.resize(static_cast<size_t>(std::max<ssize_t>(0, size)));
  return block;
}

bool Http2Peer::SendHead(uint32_t stream, const Fields& fields, bool ends) {
  return SendFrame(
      NGHTTP2_HEADERS,
      NGHTTP2_FLAG_END_HEADERS | (ends ? NGHTTP2_FLAG_END_STREAM : 0), stream,
      BlockOf(fields));
}

bool Http2Peer::SendBody(uint32_t stream, absl::string_view body, bool ends) {
  constexpr size_t kMost = 16'384;
  while (body.size() > kMost) {
    if (!SendFrame(NGHTTP2_DATA, 0, stream, body.substr(0, kMost)))
      return false;
    body.remove_prefix(kMost);
  }
  return SendFrame(NGHTTP2_DATA, ends ? NGHTTP2_FLAG_END_STREAM : 0, stream,
                   body);
}

bool Http2Peer::Answer(uint32_t stream, absl::string_view body) {
  return SendHead(stream, {{":status", "200"}, {"x-amzn-requestid", "r-1"}},
                  false) &&
         SendBody(stream, body);
}

bool Http2Peer::Reset(uint32_t stream, uint32_t code) {
  return SendFrame(NGHTTP2_RST_STREAM, 0, stream, Number(code, 4));
}

bool Http2Peer::GoAway(uint32_t last_stream, uint32_t code,
                       absl::string_view text) {
  return SendFrame(
      NGHTTP2_GOAWAY, 0, 0,
      Number(last_stream, 4) + Number(code, 4) + std::string(text));
}

}  // namespace invocator
