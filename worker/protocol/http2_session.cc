#include "worker/protocol/http2_session.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "common/words/foreign_text.h"

namespace invocator {
namespace {

using State = SocketStream::State;

// Limit on bytes read or written in one turn, as for HTTP/1.1: a large body
// must not delay calls that are due.
constexpr size_t kTurnBytes = size_t{256} * 1024;
// Receive window of a stream and of the connection: no answer waits for us.
constexpr int32_t kWindowBytes = 16 * 1024 * 1024;
constexpr size_t kFrameHeadBytes = 9;
// A workload may have header fields without number; nghttp2's own limit is
// 64 KiB.
constexpr size_t kMaxRequestHead = size_t{16} * 1024 * 1024;

// The request was not sent since the peer, or the session, is about to end.
bool IsEnding(int error) {
  return error == NGHTTP2_ERR_START_STREAM_NOT_ALLOWED ||
         error == NGHTTP2_ERR_SESSION_CLOSING;
}

absl::string_view View(const uint8_t* bytes, size_t size) {
  return {reinterpret_cast<const char*>(bytes), size};
}

}  // namespace

// What nghttp2 calls, with the session as `self`.
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
      nghttp2_option_set_max_send_header_block_length(made, kMaxRequestHead);
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
    if (!session.output_.JoinBody(
            View(head, kFrameHeadBytes),
            stream.body.substr(stream.body_sent, length))) {
      session.output_full_ = true;
      return NGHTTP2_ERR_WOULDBLOCK;
    }
    stream.body_sent += length;
    stream.bytes_sent += length;
    return 0;
  }

  static int OnSend(nghttp2_session*, const nghttp2_frame* frame, void* self) {
    if (frame->hd.type != NGHTTP2_HEADERS) return 0;
    Http2Session& session = Of(self);
    if (Http2Stream* stream = session.StreamOf(frame->hd.stream_id)) {
      stream->head_sent = true;
      stream->head_join = session.output_.number();
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
    const absl::string_view text =
        View(frame->goaway.opaque_data, frame->goaway.opaque_data_len);
    session.fault_ =
        absl::StrCat(nghttp2_http2_strerror(frame->goaway.error_code),
                     text.empty() ? "" : ": ", text);
    return 0;
  }

  static int OnNotSent(nghttp2_session*, const nghttp2_frame* frame, int error,
                       void* self) {
    if (frame->hd.type != NGHTTP2_HEADERS) return 0;
    Http2Streams& streams = Of(self).streams_;
    if (Http2Stream* stream = streams.Unsent(frame->hd.stream_id)) {
      if (IsEnding(error)) {
        streams.End(*stream, Http2Stream::End::kRefused);
      } else {
        streams.Fail(*stream, Reason::kHttp2Error,
                     absl::StrCat("the request cannot be sent: ",
                                  nghttp2_strerror(error)));
      }
      streams.Closed(*stream);
    }
    return 0;
  }

  static int OnBegin(nghttp2_session*, const nghttp2_frame* frame, void* self) {
    Http2Session& session = Of(self);
    session.streams_.OnHeadBegins(session.StreamOf(frame->hd.stream_id),
                                  session.read_ns_);
    return 0;
  }

  static int OnHeader(nghttp2_session*, const nghttp2_frame*,
                      const uint8_t* name, size_t name_size,
                      const uint8_t* value, size_t value_size, uint8_t,
                      void* self) {
    return Of(self).streams_.OnField(View(name, name_size),
                                     View(value, value_size))
               ? 0
               : NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;  // resets the stream
  }

  static int OnData(nghttp2_session*, uint8_t, int32_t id, const uint8_t* bytes,
                    size_t size, void* self) {
    if (Http2Stream* stream = Of(self).StreamOf(id)) {
      Http2Streams::OnBody(*stream, View(bytes, size));
    }
    return 0;
  }

  static int OnFrame(nghttp2_session* nghttp2, const nghttp2_frame* frame,
                     void* self) {
    Of(self).streams_.OnFrame(nghttp2, *frame);
    return 0;
  }

  // A head that breaks HTTP; or the connection is broken.
  static int OnInvalid(nghttp2_session*, const nghttp2_frame* frame, int error,
                       void* self) {
    Http2Session& session = Of(self);
    if (!session.has_words_) session.fault_ = nghttp2_strerror(error);
    if (frame->hd.type != NGHTTP2_HEADERS) return 0;  // OnClose, or OnSent
    if (Http2Stream* stream = session.StreamOf(frame->hd.stream_id)) {
      session.streams_.Fail(*stream, Reason::kMalformedAnswer, session.fault_);
    }
    return 0;
  }

  static int OnClose(nghttp2_session*, int32_t id, uint32_t code, void* self) {
    Http2Session& session = Of(self);
    Http2Stream* const stream = session.StreamOf(id);
    if (stream != nullptr) session.streams_.OnClosed(*stream, code);
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
  if (nghttp2_session_client_new3(&session_, Callbacks::All(), this,
                                  Callbacks::Options(), memory_.get()) != 0) {
    return false;
  }
  const nghttp2_settings_entry settings[] = {
      {NGHTTP2_SETTINGS_ENABLE_PUSH, 0},
      {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, kWindowBytes},
      {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, Http2Streams::kMaxHeadBytes},
  };
  return nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, settings,
                                 std::size(settings)) == 0 &&
         nghttp2_session_set_local_window_size(session_, NGHTTP2_FLAG_NONE, 0,
                                               kWindowBytes) == 0;
}

Http2Stream* Http2Session::Submit(Http2Request& request, int64_t unix_s,
                                  const AnswerRules& rules, void* owner) {
  Http2Stream& stream = streams_.Next();
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
    stream.owner = nullptr;
    lasts_ = false;
    return nullptr;
  }
  streams_.Opened(stream, id);
  return &stream;
}

void Http2Session::Cancel(Http2Stream& stream) {
  stream.owner = nullptr;
  nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, stream.id,
                            NGHTTP2_CANCEL);
}

Http2Session::Progress Http2Session::Fail(int error) {
  failed_ = true;
  if (!has_words_) fault_ = nghttp2_strerror(error);
  return Progress::kBroken;
}

Http2Session::Progress Http2Session::Write(absl::Span<char> scratch) {
  // What the peer sent before it closed its side is still to be read.
  const auto stopped = [this] {
    return output_.failed() ? Progress::kMore : Progress::kWaiting;
  };
  if (output_.failed() || !output_.Begin(scratch)) return stopped();
  for (size_t written = 0; written < kTurnBytes;) {
    output_full_ = false;
    const uint8_t* bytes = nullptr;
    const ssize_t size = nghttp2_session_mem_send(session_, &bytes);
    if (size < 0) return Fail(static_cast<int>(size));
    const absl::string_view end =
        sending_ != nullptr ? absl::string_view(sending_->encoded_end) : "";
    if (size > 0 && output_.Join(View(bytes, static_cast<size_t>(size)), end)) {
      sending_ = nullptr;
    }
    const bool is_last = size == 0 && !output_full_;
    if (!is_last && !output_full_ && output_.has_room()) continue;
    written += output_.joined();
    if (!output_.Write()) return stopped();
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
      // The words of our GOAWAY, for what has broken the connection.
      if (!fault_.empty() && wants_write() && !output_.blocked()) Write(buffer);
      return Progress::kBroken;
    }
    came_ = true;
    taken += result.bytes;
    has_words_ = false;
    const ssize_t size = nghttp2_session_mem_recv(
        session_, reinterpret_cast<const uint8_t*>(buffer.data()),
        result.bytes);
    if (size < 0) return Fail(static_cast<int>(size));
    if (stream_.drained() && !ending_) {
      more = false;
      break;
    }
  }
  if (output_.failed()) return more ? Progress::kMore : Progress::kBroken;
  if (wants_write() && !output_.blocked()) {
    const Progress progress = Write(buffer);
    if (progress != Progress::kWaiting) return progress;
  }
  return more ? Progress::kMore : Progress::kWaiting;
}

TransportFailure Http2Session::WhyBroken(const Http2Stream* stream) const {
  if (stream_.tls_broke()) return stream_.WhyTlsFailed();
  // Broken bytes end reading at once; our GOAWAY may not have left yet.
  const bool refuses_more =
      !fault_.empty() && nghttp2_session_want_read(session_) == 0;
  if (terminated_ || failed_ || refuses_more) {
    return {Reason::kHttp2Error, fault_};
  }
  if (!streams_.goaway().empty()) {
    return {Reason::kHttp2Error, streams_.goaway()};
  }
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
