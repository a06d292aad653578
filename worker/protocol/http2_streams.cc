#include "worker/protocol/http2_streams.h"

#include <algorithm>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/words/foreign_text.h"
#include "common/words/listing.h"
#include "worker/exchange/answer_judge.h"

namespace invocator {
namespace {

using Came = Http2Stream::Came;

// What a header field counts besides its text (RFC 9113, 6.5.2).
constexpr size_t kFieldOverhead = 32;

Http2Stream* StreamOf(nghttp2_session* nghttp2, const nghttp2_frame& frame) {
  return static_cast<Http2Stream*>(
      nghttp2_session_get_stream_user_data(nghttp2, frame.hd.stream_id));
}

bool IsRefusal(const Http2Stream& stream, uint32_t code) {
  return code == NGHTTP2_REFUSED_STREAM && stream.came == Came::kNothing;
}

}  // namespace

Http2Stream& Http2Streams::Next() {
  if (idle_.empty()) {
    idle_.push_back(
        streams_.emplace_back(std::make_unique<Http2Stream>()).get());
  }
  return *idle_.back();
}

void Http2Streams::Opened(Http2Stream& stream, int32_t id) {
  idle_.pop_back();
  stream.id = id;
  stream.open = true;
  ++open_;
}

void Http2Streams::Release(Http2Stream& stream) {
  stream.owner = nullptr;
  if (!stream.open) idle_.push_back(&stream);
}

void Http2Streams::Closed(Http2Stream& stream) {
  if (!std::exchange(stream.open, false)) return;
  --open_;
  if (receiving_ == &stream) receiving_ = nullptr;
  if (stream.owner == nullptr) idle_.push_back(&stream);
}

std::vector<Http2Stream*> Http2Streams::UnderWay() const {
  std::vector<Http2Stream*> under_way;
  for (const auto& stream : streams_) {
    if (stream->owner != nullptr && stream->end == Http2Stream::End::kNone) {
      under_way.push_back(stream.get());
    }
  }
  std::sort(under_way.begin(), under_way.end(),
            [](const auto* a, const auto* b) { return a->id < b->id; });
  return under_way;
}

Http2Stream* Http2Streams::Unsent(int32_t id) const {
  for (const auto& stream : streams_) {
    if (stream->id == id && stream->open && !stream->head_sent) {
      return stream.get();
    }
  }
  return nullptr;
}

void Http2Streams::End(Http2Stream& stream, Http2Stream::End end) {
  if (stream.end != Http2Stream::End::kNone || stream.owner == nullptr) return;
  stream.end = end;
  ended_.push_back(&stream);
}

void Http2Streams::Fail(Http2Stream& stream, Reason reason,
                        std::string detail) {
  if (stream.end != Http2Stream::End::kNone || stream.owner == nullptr) return;
  stream.failure = {reason, std::move(detail)};
  End(stream, Http2Stream::End::kFailed);
}

void Http2Streams::OnHeadBegins(Http2Stream* stream, int64_t now_ns) {
  receiving_ = stream;
  if (stream == nullptr || stream->came != Came::kNothing) return;
  stream->came = Came::kPartOfHead;
  stream->first_byte_ns = now_ns;
}

bool Http2Streams::OnField(absl::string_view name, absl::string_view value) {
  Http2Stream* const stream = receiving_;
  if (stream == nullptr) return true;
  stream->head_bytes += name.size() + value.size() + kFieldOverhead;
  if (stream->head_bytes > kMaxHeadBytes) {
    Fail(*stream, Reason::kHeadTooLarge, "header fields exceed 256 KiB");
    return false;
  }
  if (name.empty() || name[0] != ':') {
    AddHeader(name, value, stream->rules.cold_start_source, stream->answer);
    return true;
  }
  stream->answer.Clear();  // ":status" of an answer; nghttp2 has checked it
  uint32_t status = 0;
  if (absl::SimpleAtoi(value, &status)) {
    stream->answer.status = static_cast<uint16_t>(status);
  }
  return true;
}

void Http2Streams::OnBody(Http2Stream& stream, absl::string_view bytes) {
  stream.body_bytes += bytes.size();
  stream.bytes_received += bytes.size();
  stream.kept.Add(bytes);
}

void Http2Streams::OnFrame(nghttp2_session* nghttp2,
                           const nghttp2_frame& frame) {
  switch (frame.hd.type) {
    case NGHTTP2_HEADERS:
      OnHead(nghttp2, frame);
      return;
    case NGHTTP2_DATA:
      if ((frame.hd.flags & NGHTTP2_FLAG_END_STREAM) != 0) {
        OnAnswer(nghttp2, StreamOf(nghttp2, frame));
      }
      return;
    case NGHTTP2_RST_STREAM:
      OnReset(StreamOf(nghttp2, frame), frame.rst_stream.error_code);
      return;
    case NGHTTP2_SETTINGS:
      if ((frame.hd.flags & NGHTTP2_FLAG_ACK) != 0) return;
      settled_ = true;
      limit_ = nghttp2_session_get_remote_settings(
          nghttp2, NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS);
      return;
    case NGHTTP2_GOAWAY:
      OnGoAway(frame);
      return;
    default:
      return;
  }
}

void Http2Streams::OnHead(nghttp2_session* nghttp2,
                          const nghttp2_frame& frame) {
  Http2Stream* const stream = std::exchange(receiving_, nullptr);
  if (stream == nullptr) return;
  stream->bytes_received += frame.hd.length;
  if (stream->answer.status < 200) return;  // interim
  if (stream->came == Came::kPartOfHead) {
    stream->came = Came::kHead;
    stream->kept.Begin(BodyBytesToKeep(stream->answer, stream->rules));
  }
  if ((frame.hd.flags & NGHTTP2_FLAG_END_STREAM) != 0) {
    OnAnswer(nghttp2, stream);
  }
}

void Http2Streams::OnAnswer(nghttp2_session* nghttp2, Http2Stream* stream) {
  if (stream == nullptr || stream->end != Http2Stream::End::kNone) return;
  stream->came = Came::kAll;
  End(*stream, Http2Stream::End::kAnswered);
  if (stream->written()) return;
  // A server need not read a request to its end to answer it.
  nghttp2_submit_rst_stream(nghttp2, NGHTTP2_FLAG_NONE, stream->id,
                            NGHTTP2_CANCEL);
}

void Http2Streams::OnReset(Http2Stream* stream, uint32_t code) {
  if (stream == nullptr || IsRefusal(*stream, code)) return;  // OnClosed comes
  Fail(*stream, Reason::kStreamReset,
       absl::StrCat("RST_STREAM: ", nghttp2_http2_strerror(code)));
}

void Http2Streams::OnGoAway(const nghttp2_frame& frame) {
  going_away_ = true;
  const nghttp2_goaway& goaway = frame.goaway;
  if (goaway.error_code == NGHTTP2_NO_ERROR) return;
  const absl::string_view text(
      reinterpret_cast<const char*>(goaway.opaque_data),
      goaway.opaque_data_len);
  goaway_ =
      absl::StrCat("GOAWAY: ", nghttp2_http2_strerror(goaway.error_code),
                   text.empty() ? "" : ", ", CleanLine(text, kMaxQuotedText));
}

void Http2Streams::OnClosed(Http2Stream& stream, uint32_t code) {
  // What the peer reset for another reason has ended before.
  if (stream.end == Http2Stream::End::kNone && stream.owner != nullptr) {
    if (IsRefusal(stream, code)) {
      End(stream, Http2Stream::End::kRefused);
    } else {
      Fail(stream,
           code == NGHTTP2_PROTOCOL_ERROR ? Reason::kMalformedAnswer
                                          : Reason::kHttp2Error,
           absl::StrCat("after ", Counted(stream.body_bytes, "byte"),
                        " of the body: ", nghttp2_http2_strerror(code)));
    }
  }
  Closed(stream);
}

}  // namespace invocator
