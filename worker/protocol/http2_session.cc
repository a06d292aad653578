#include "worker/protocol/http2_session.h"

#include <algorithm>
#include <cstring>
#include <iterator>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/words/foreign_text.h"
#include "worker/exchange/answer_judge.h"

namespace invocator {
namespace {

using State = SocketStream::State;

// Limit on bytes read or written in one turn, as for HTTP/1.1: a large body
// must not delay calls that are due.
constexpr size_t kTurnBytes = size_t{256} * 1024;
// A frame: its payload's length in 24 bits, type, flags and stream, and the
// payload (RFC 9113, 4.1).
constexpr size_t kTypeAt = 3;
constexpr size_t kFlagsAt = 4;
constexpr size_t kFrameHeadBytes = 9;
// That every peer takes (RFC 9113, 4.2).
constexpr size_t kMaxFramePayload = size_t{16} * 1024;
// The most that nghttp2 hands over at once, with a byte for padding, and the
// end of a header block in a frame of its own.
constexpr size_t kFrameBytes = 2 * (kFrameHeadBytes + kMaxFramePayload) + 1;
// Receive window of a stream and of the connection: no answer waits for us.
constexpr int32_t kWindowBytes = 16 * 1024 * 1024;
// What a header field counts besides its text (RFC 9113, 6.5.2).
constexpr size_t kFieldOverhead = 32;

void SetLength(char* frame, size_t length) {
  frame[0] = static_cast<char>(length >> 16);
  frame[1] = static_cast<char>(length >> 8);
  frame[2] = static_cast<char>(length);
}

absl::string_view View(const uint8_t* bytes, size_t size) {
  return {reinterpret_cast<const char*>(bytes), size};
}

}  // namespace

// What nghttp2 calls. Everything that ends an exchange is noted, never acted
// on: nghttp2 is in the middle of its work.
class Http2Session::Callbacks {
 public:
  static const nghttp2_session_callbacks* All() {
    static const nghttp2_session_callbacks* const all = [] {
      nghttp2_session_callbacks* made = nullptr;
      nghttp2_session_callbacks_new(&made);
      nghttp2_session_callbacks_set_on_begin_headers_callback(made, OnBegin);
      nghttp2_session_callbacks_set_on_header_callback(made, OnHeader);
      nghttp2_session_callbacks_set_on_frame_recv_callback(made, OnFrame);
      nghttp2_session_callbacks_set_on_data_chunk_recv_callback(made, OnData);
      nghttp2_session_callbacks_set_on_stream_close_callback(made, OnClose);
      nghttp2_session_callbacks_set_on_invalid_frame_recv_callback(made,
                                                                   OnInvalid);
      nghttp2_session_callbacks_set_before_frame_send_callback(made, OnSend);
      nghttp2_session_callbacks_set_on_frame_send_callback(made, OnSent);
      nghttp2_session_callbacks_set_on_frame_not_send_callback(made, OnNotSent);
      nghttp2_session_callbacks_set_send_data_callback(made, SendData);
      nghttp2_session_callbacks_set_error_callback2(made, OnError);
      return made;
    }();
    return all;
  }

  static const nghttp2_option* Options() {
    static const nghttp2_option* const options = [] {
      nghttp2_option* made = nullptr;
      nghttp2_option_new(&made);
      nghttp2_option_set_no_closed_streams(made, 1);
      return made;
    }();
    return options;
  }

  // Promises the next bytes of the body; SendData takes them.
  static ssize_t ReadBody(nghttp2_session*, int32_t, uint8_t*, size_t length,
                          uint32_t* flags, nghttp2_data_source* source, void*) {
    const auto& stream = *static_cast<const Http2Stream*>(source->ptr);
    const size_t left = stream.body.size() - stream.body_sent;
    *flags |= NGHTTP2_DATA_FLAG_NO_COPY;
    if (left <= length) *flags |= NGHTTP2_DATA_FLAG_EOF;
    return static_cast<ssize_t>(std::min(left, length));
  }

 private:
  static Http2Session& Of(void* self) {
    return *static_cast<Http2Session*>(self);
  }

  static int SendData(nghttp2_session*, nghttp2_frame*, const uint8_t* head,
                      size_t length, nghttp2_data_source* source, void* self) {
    Http2Session& session = Of(self);
    Http2Stream& stream = *static_cast<Http2Stream*>(source->ptr);
    // The same call may go on with another frame.
    if (session.scratch_.size() - session.joined_ <
        kFrameHeadBytes + length + kFrameBytes) {
      session.scratch_full_ = true;
      return NGHTTP2_ERR_WOULDBLOCK;
    }
    char* const to = session.scratch_.data() + session.joined_;
    std::memcpy(to, head, kFrameHeadBytes);
    std::memcpy(to + kFrameHeadBytes, stream.body.data() + stream.body_sent,
                length);
    session.joined_ += kFrameHeadBytes + length;
    stream.body_sent += length;
    stream.bytes_sent += length;
    return 0;
  }

  static int OnSend(nghttp2_session*, const nghttp2_frame* frame, void* self) {
    if (frame->hd.type != NGHTTP2_HEADERS) return 0;
    Http2Session& session = Of(self);
    if (Http2Stream* stream = session.StreamOf(frame->hd.stream_id)) {
      stream->head_sent = true;
      stream->head_join = session.join_;
      stream->bytes_sent += frame->hd.length + stream->encoded_end.size();
      session.sending_ = stream;
    }
    return 0;
  }

  static int OnSent(nghttp2_session*, const nghttp2_frame* frame, void* self) {
    if (frame->hd.type != NGHTTP2_GOAWAY) return 0;
    Http2Session& session = Of(self);
    session.terminated_ = true;
    session.lasts_ = false;
    if (!session.fault_.empty()) return 0;
    session.fault_ = absl::StrCat(
        nghttp2_http2_strerror(frame->goaway.error_code), ": ",
        View(frame->goaway.opaque_data, frame->goaway.opaque_data_len));
    return 0;
  }

  static int OnNotSent(nghttp2_session*, const nghttp2_frame* frame, int,
                       void* self) {
    if (frame->hd.type != NGHTTP2_HEADERS) return 0;
    Http2Session& session = Of(self);
    if (Http2Stream* stream = session.UnsentStreamOf(frame->hd.stream_id)) {
      session.End(*stream, Http2Stream::End::kRefused);
      session.Close(*stream);
    }
    return 0;
  }

  static int OnBegin(nghttp2_session*, const nghttp2_frame* frame, void* self) {
    Http2Session& session = Of(self);
    session.receiving_ = session.StreamOf(frame->hd.stream_id);
    Http2Stream* const stream = session.receiving_;
    if (stream == nullptr || stream->came != Http2Stream::Came::kNothing) {
      return 0;
    }
    stream->came = Http2Stream::Came::kPartOfHead;
    stream->first_byte_ns = session.read_ns_;
    return 0;
  }

  static int OnHeader(nghttp2_session*, const nghttp2_frame*,
                      const uint8_t* name, size_t name_size,
                      const uint8_t* value, size_t value_size, uint8_t,
                      void* self) {
    Http2Session& session = Of(self);
    Http2Stream* const stream = session.receiving_;
    if (stream == nullptr) return 0;
    stream->head_bytes += name_size + value_size + kFieldOverhead;
    if (stream->head_bytes > kMaxHeadBytes) {
      session.Fail(*stream, Reason::kHeadTooLarge,
                   "header fields exceed 256 KiB");
      return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
    }
    const absl::string_view field = View(name, name_size);
    const absl::string_view text = View(value, value_size);
    if (field.empty() || field[0] != ':') {
      AddHeader(field, text, stream->rules.cold_start_source, stream->answer);
      return 0;
    }
    stream->answer.Clear();  // ":status" of an answer; nghttp2 has checked it
    uint32_t status = 0;
    if (absl::SimpleAtoi(text, &status)) {
      stream->answer.status = static_cast<uint16_t>(status);
    }
    return 0;
  }

  static int OnData(nghttp2_session* nghttp2, uint8_t, int32_t id,
                    const uint8_t* bytes, size_t size, void*) {
    auto* const stream = static_cast<Http2Stream*>(
        nghttp2_session_get_stream_user_data(nghttp2, id));
    if (stream == nullptr) return 0;
    stream->body_bytes += size;
    stream->bytes_received += size;
    stream->kept.Add(View(bytes, size));
    return 0;
  }

  static int OnFrame(nghttp2_session*, const nghttp2_frame* frame, void* self) {
    Http2Session& session = Of(self);
    switch (frame->hd.type) {
      case NGHTTP2_HEADERS:
        session.OnHead(*frame);
        break;
      case NGHTTP2_DATA:
        if ((frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0) {
          session.OnAnswer(session.StreamOf(frame->hd.stream_id));
        }
        break;
      case NGHTTP2_RST_STREAM:
        session.OnReset(*frame);
        break;
      case NGHTTP2_SETTINGS:
        if ((frame->hd.flags & NGHTTP2_FLAG_ACK) == 0) session.LearnLimit();
        break;
      case NGHTTP2_GOAWAY:
        session.OnGoAway(*frame);
        break;
      default:
        break;
    }
    return 0;
  }

  // An answer that breaks HTTP; or the connection is broken.
  static int OnInvalid(nghttp2_session*, const nghttp2_frame* frame, int error,
                       void* self) {
    Http2Session& session = Of(self);
    if (!session.has_words_) session.fault_ = nghttp2_strerror(error);
    if (frame->hd.type != NGHTTP2_HEADERS) return 0;  // OnClose, or OnSent
    if (Http2Stream* stream = session.StreamOf(frame->hd.stream_id)) {
      session.Fail(*stream, Reason::kMalformedAnswer, session.fault_);
    }
    return 0;
  }

  // Refused by the peer, or reset by us: what the peer resets has ended before.
  static void OnEarlyClose(Http2Session& session, Http2Stream& stream,
                           uint32_t code) {
    if (code == NGHTTP2_REFUSED_STREAM &&
        stream.came == Http2Stream::Came::kNothing) {
      session.End(stream, Http2Stream::End::kRefused);
      return;
    }
    session.Fail(
        stream,
        code == NGHTTP2_PROTOCOL_ERROR ? Reason::kMalformedAnswer
                                       : Reason::kHttp2Error,
        absl::StrCat("after ", stream.body_bytes,
                     " bytes of the body: ", nghttp2_http2_strerror(code)));
  }

  static int OnClose(nghttp2_session*, int32_t id, uint32_t code, void* self) {
    Http2Session& session = Of(self);
    Http2Stream* const stream = session.StreamOf(id);
    if (stream == nullptr) return 0;
    if (stream->end == Http2Stream::End::kNone)
      OnEarlyClose(session, *stream, code);
    session.Close(*stream);
    return 0;
  }

  static int OnError(nghttp2_session*, int, const char* text, size_t size,
                     void* self) {
    Http2Session& session = Of(self);
    session.fault_ = CleanLine({text, size}, kMaxQuotedText);
    session.has_words_ = true;
    return 0;
  }
};

std::unique_ptr<Http2Session> Http2Session::Create(SocketStream& stream) {
  std::unique_ptr<Http2Session> session(new Http2Session(stream));
  if (!session->Begin()) return nullptr;
  return session;
}

Http2Session::~Http2Session() { nghttp2_session_del(session_); }

bool Http2Session::Begin() {
  if (nghttp2_session_client_new2(&session_, Callbacks::All(), this,
                                  Callbacks::Options()) != 0) {
    return false;
  }
  const nghttp2_settings_entry settings[] = {
      {NGHTTP2_SETTINGS_ENABLE_PUSH, 0},
      {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, kWindowBytes},
      {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, kMaxHeadBytes},
  };
  return nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, settings,
                                 std::size(settings)) == 0 &&
         nghttp2_session_set_local_window_size(session_, NGHTTP2_FLAG_NONE, 0,
                                               kWindowBytes) == 0;
}

Http2Stream* Http2Session::Submit(Http2Request& request, int64_t unix_s,
                                  const AnswerRules& rules, void* owner) {
  if (idle_.empty()) {
    idle_.push_back(
        streams_.emplace_back(std::make_unique<Http2Stream>()).get());
  }
  Http2Stream& stream = *idle_.back();
  stream.Begin(owner, request.body(), rules);
  const absl::Span<const nghttp2_nv> fields = request.FieldsAt(unix_s);
  // A copy: the next second's may replace it before it is sent.
  const absl::string_view end = request.encoded_end();
  stream.encoded_end.assign(end.data(), end.size());
  nghttp2_data_provider body;
  body.source.ptr = &stream;
  body.read_callback = Callbacks::ReadBody;
  const int32_t id =
      nghttp2_submit_request(session_, nullptr, fields.data(), fields.size(),
                             stream.body.empty() ? nullptr : &body, &stream);
  if (id < 0) {
    lasts_ = false;
    return nullptr;
  }
  idle_.pop_back();
  stream.id = id;
  stream.open = true;
  ++open_;
  return &stream;
}

void Http2Session::Cancel(Http2Stream& stream) {
  stream.owner = nullptr;
  nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, stream.id,
                            NGHTTP2_CANCEL);
}

void Http2Session::Release(Http2Stream& stream) {
  stream.owner = nullptr;
  if (!stream.open) idle_.push_back(&stream);
}

Http2Stream* Http2Session::UnsentStreamOf(int32_t id) const {
  for (const auto& stream : streams_) {
    if (stream->id == id && stream->open && !stream->head_sent) {
      return stream.get();
    }
  }
  return nullptr;
}

void Http2Session::End(Http2Stream& stream, Http2Stream::End end) {
  if (stream.end != Http2Stream::End::kNone || stream.owner == nullptr) return;
  stream.end = end;
  ended_.push_back(&stream);
}

void Http2Session::Fail(Http2Stream& stream, Reason reason,
                        std::string detail) {
  if (stream.end != Http2Stream::End::kNone || stream.owner == nullptr) return;
  stream.failure = {reason, std::move(detail)};
  End(stream, Http2Stream::End::kFailed);
}

void Http2Session::Close(Http2Stream& stream) {
  if (!std::exchange(stream.open, false)) return;
  --open_;
  if (receiving_ == &stream) receiving_ = nullptr;
  if (stream.owner == nullptr) idle_.push_back(&stream);
}

void Http2Session::LearnLimit() {
  settled_ = true;
  limit_ = nghttp2_session_get_remote_settings(
      session_, NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS);
}

void Http2Session::OnHead(const nghttp2_frame& frame) {
  Http2Stream* const stream = std::exchange(receiving_, nullptr);
  if (stream == nullptr) return;
  stream->bytes_received += frame.hd.length;
  if (stream->answer.status < 200) return;  // interim
  if (stream->came == Http2Stream::Came::kPartOfHead) {
    stream->came = Http2Stream::Came::kHead;
    stream->kept.Begin(BodyBytesToKeep(stream->answer, stream->rules));
  }
  if ((frame.hd.flags & NGHTTP2_FLAG_END_STREAM) != 0) OnAnswer(stream);
}

void Http2Session::OnAnswer(Http2Stream* stream) {
  if (stream == nullptr || stream->end != Http2Stream::End::kNone) return;
  stream->came = Http2Stream::Came::kAll;
  End(*stream, Http2Stream::End::kAnswered);
  if (stream->written()) return;
  // A server need not read a request to its end to answer it.
  nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, stream->id,
                            NGHTTP2_CANCEL);
}

void Http2Session::OnReset(const nghttp2_frame& frame) {
  const uint32_t code = frame.rst_stream.error_code;
  Http2Stream* const stream = StreamOf(frame.hd.stream_id);
  if (stream == nullptr) return;
  if (code == NGHTTP2_REFUSED_STREAM &&
      stream->came == Http2Stream::Came::kNothing) {
    return;  // OnClose follows
  }
  Fail(*stream, Reason::kStreamReset,
       absl::StrCat("RST_STREAM: ", nghttp2_http2_strerror(code)));
}

void Http2Session::OnGoAway(const nghttp2_frame& frame) {
  lasts_ = false;
  const uint32_t code = frame.goaway.error_code;
  if (code == NGHTTP2_NO_ERROR) return;
  const absl::string_view text =
      View(frame.goaway.opaque_data, frame.goaway.opaque_data_len);
  goaway_ =
      absl::StrCat("GOAWAY: ", nghttp2_http2_strerror(code),
                   text.empty() ? "" : ", ", CleanLine(text, kMaxQuotedText));
}

void Http2Session::Join(absl::string_view frame) {
  char* const to = scratch_.data() + joined_;
  std::memcpy(to, frame.data(), frame.size());
  joined_ += frame.size();
  // nghttp2 hands over a frame at a time.
  if (sending_ == nullptr || (to[kFlagsAt] & NGHTTP2_FLAG_END_HEADERS) == 0) {
    return;
  }
  const absl::string_view end = std::exchange(sending_, nullptr)->encoded_end;
  const size_t length = frame.size() - kFrameHeadBytes + end.size();
  if (end.empty()) return;
  if (length <= kMaxFramePayload) {
    SetLength(to, length);
  } else {
    to[kFlagsAt] = static_cast<char>(to[kFlagsAt] & ~NGHTTP2_FLAG_END_HEADERS);
    char* const next = scratch_.data() + joined_;
    std::memcpy(next, to, kFrameHeadBytes);  // the same stream
    SetLength(next, end.size());
    next[kTypeAt] = NGHTTP2_CONTINUATION;
    next[kFlagsAt] = NGHTTP2_FLAG_END_HEADERS;
    joined_ += kFrameHeadBytes;
  }
  std::memcpy(scratch_.data() + joined_, end.data(), end.size());
  joined_ += end.size();
}

bool Http2Session::WriteOut(absl::string_view bytes) {
  const size_t size = bytes.size();
  while (!bytes.empty()) {
    const SocketStream::Result result = stream_.Write(bytes, "", {});
    if (result.state != State::kOk) {
      write_blocked_ = result.state == State::kAgain;
      write_failed_ = !write_blocked_;
      if (write_failed_ && bytes.size() == size) lost_join_ = join_;
      unsent_.assign(bytes.data(), bytes.size());
      return false;
    }
    bytes.remove_prefix(result.bytes);
  }
  return true;
}

Http2Session::Progress Http2Session::Write(absl::Span<char> scratch) {
  // What the peer sent before it closed its side is still to be read.
  if (write_failed_) return Progress::kMore;
  write_blocked_ = false;
  if (!unsent_.empty()) {
    // A part of them may have left.
    ++join_;
    if (!WriteOut(std::exchange(unsent_, {}))) {
      return write_failed_ ? Progress::kMore : Progress::kWaiting;
    }
  }
  scratch_ = scratch;
  joined_ = 0;
  for (size_t written = 0; written < kTurnBytes;) {
    scratch_full_ = false;
    const uint8_t* bytes = nullptr;
    const ssize_t size = nghttp2_session_mem_send(session_, &bytes);
    if (size < 0) {
      failed_ = true;
      fault_ = nghttp2_strerror(static_cast<int>(size));
      return Progress::kBroken;
    }
    if (size > 0) Join(View(bytes, static_cast<size_t>(size)));
    const bool is_last = size == 0 && !scratch_full_;
    if (!is_last && !scratch_full_ && scratch_.size() - joined_ > kFrameBytes) {
      continue;
    }
    written += joined_;
    if (!WriteOut({scratch_.data(), std::exchange(joined_, 0)})) {
      return write_failed_ ? Progress::kMore : Progress::kWaiting;
    }
    ++join_;
    if (is_last) return terminated_ ? Progress::kBroken : Progress::kWaiting;
  }
  return Progress::kMore;
}

Http2Session::Progress Http2Session::Read(absl::Span<char> buffer,
                                          const RunClock& clock) {
  bool more = true;
  for (size_t taken = 0; taken < kTurnBytes;) {
    const SocketStream::Result result = stream_.Read(buffer);
    if (result.state == State::kAgain) {
      more = false;
      break;
    }
    read_ns_ = clock.NowNs();
    if (result.state != State::kOk) {
      ending_ = true;
      return Progress::kBroken;
    }
    came_ = true;
    taken += result.bytes;
    has_words_ = false;
    const ssize_t size = nghttp2_session_mem_recv(
        session_, reinterpret_cast<const uint8_t*>(buffer.data()),
        result.bytes);
    if (size < 0) {
      failed_ = true;
      if (!has_words_) fault_ = nghttp2_strerror(static_cast<int>(size));
      return Progress::kBroken;
    }
    if (stream_.drained() && !ending_) {
      more = false;
      break;
    }
  }
  if (write_failed_ && !more) return Progress::kBroken;
  if (wants_write() && !write_blocked_ && !write_failed_) {
    const Progress progress = Write(buffer);
    if (progress != Progress::kWaiting) return progress;
  }
  return more ? Progress::kMore : Progress::kWaiting;
}

bool Http2Session::HasLeft(const Http2Stream& stream) const {
  return stream.head_sent && stream.head_join != lost_join_;
}

std::vector<Http2Stream*> Http2Session::Open() const {
  std::vector<Http2Stream*> open;
  for (const auto& stream : streams_) {
    if (stream->owner != nullptr && stream->end == Http2Stream::End::kNone) {
      open.push_back(stream.get());
    }
  }
  std::sort(open.begin(), open.end(),
            [](const auto* a, const auto* b) { return a->id < b->id; });
  return open;
}

TransportFailure Http2Session::WhyBroken(const Http2Stream* stream) const {
  if (stream_.tls_broke()) return stream_.WhyTlsFailed();
  if (terminated_ || failed_) return {Reason::kHttp2Error, fault_};
  if (!goaway_.empty()) return {Reason::kHttp2Error, goaway_};
  // As for HTTP/1.1: the peer's alert may be lost.
  if (!came_ && stream_.asked_for_certificate()) return stream_.WhyTlsFailed();
  const absl::string_view how =
      stream_.system_error() != 0 ? ErrnoWords(stream_.system_error())
      : stream_.tls() && !stream_.announced_end()
          ? "closed by the peer, without TLS's close_notify"
          : "closed by the peer";
  if (stream == nullptr) {
    return {Reason::kClosedBeforeAnswer, std::string(how)};
  }
  return stream->WhyCut(how);
}

}  // namespace invocator
