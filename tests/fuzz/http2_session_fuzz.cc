// Any bytes as the server's side of an HTTP/2 connection on which three calls
// are under way, in pieces (the first byte says how long they are): never a
// crash, every call ends at most once, and nothing is kept beyond its limit.
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "worker/engine/run_clock.h"
#include "worker/exchange/answer_judge.h"
#include "worker/exchange/http2_request.h"
#include "worker/io/system_socket.h"
#include "worker/net/socket_stream.h"
#include "worker/protocol/http2_session.h"

namespace {

using invocator::Http2Session;
using invocator::Http2Stream;
using Progress = Http2Session::Progress;

void Expect(bool holds) {
  if (!holds) std::abort();
}

class Calls {
 public:
  Calls(Http2Session& session, invocator::Http2Request& request)
      : session_(session), request_(request) {}

  void SubmitWhatFits() {
    while (begun_ < ended_of_.size() && session_.has_room()) {
      if (session_.Submit(request_, 0, {}, &ended_of_[begun_]) == nullptr) {
        return;
      }
      ++begun_;
    }
  }

  void TakeEnded() {
    for (Http2Stream* const stream : session_.ended()) {
      Expect(stream->end != Http2Stream::End::kNone);
      Expect(++*static_cast<int*>(stream->owner) == 1);
      Expect(stream->kept.bytes().size() <= invocator::kKeptFailureBytes);
      if (stream->end == Http2Stream::End::kAnswered) {
        Expect(stream->answer.status >= 200 && stream->answer.status < 1'000);
        Expect(stream->bytes_received >= stream->body_bytes);
      }
      if (stream->end == Http2Stream::End::kFailed) {
        Expect(stream->failure.reason != invocator::Reason::kNone);
      }
      stream->WhyLate();
      session_.Release(*stream);
    }
    session_.ended().clear();
  }

  // The connection has ended.
  void EndAll() {
    for (Http2Stream* const stream : session_.UnderWay()) {
      Expect(++*static_cast<int*>(stream->owner) == 1);
      Expect(session_.WhyBroken(stream).reason != invocator::Reason::kNone);
    }
    for (size_t i = 0; i < ended_of_.size(); ++i) {
      Expect(ended_of_[i] == (i < begun_ ? 1 : 0));
    }
  }

  // Gives one up, as a timeout does.
  void CancelOne() {
    const std::vector<Http2Stream*> under_way = session_.UnderWay();
    if (under_way.empty()) return;
    ++*static_cast<int*>(under_way.back()->owner);
    session_.Cancel(*under_way.back());
  }

 private:
  Http2Session& session_;
  invocator::Http2Request& request_;
  std::array<int, 3> ended_of_{};
  size_t begun_ = 0;
};

void Drain(int fd) {
  char bytes[4096];
  while (recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT) > 0) {
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2 || size > 100'000) return 0;
  static const invocator::SystemSteadyClock steady;
  const invocator::RunClock clock(steady, 0);
  const size_t piece = 1 + size_t{data[0]} % 128 * 8;
  const bool cancels = data[0] >= 0x80;

  invocator::InstanceRequest instance;
  instance.url = "http://127.0.0.1/x";
  instance.method = "POST";
  instance.headers = {{"Host", "127.0.0.1"}};
  instance.bodies.resize(1);
  const std::string body(100, 'b');
  instance.bodies[0].body = body;
  invocator::Http2Request request(instance, 0);

  int ends[2];
  Expect(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends) == 0);
  invocator::SocketStream stream(
      std::make_unique<invocator::SystemSocket>(ends[0]));
  const auto session = Http2Session::Create(stream);
  Expect(session != nullptr);
  Calls calls(*session, request);
  std::vector<char> buffer(invocator::Http2Output::kScratchBytes);
  const absl::Span<char> scratch = absl::MakeSpan(buffer);

  calls.SubmitWhatFits();
  Progress progress = session->Write(scratch);
  for (size_t at = 1; at < size && progress != Progress::kBroken;) {
    const ssize_t sent =
        send(ends[1], data + at, std::min(piece, size - at), MSG_NOSIGNAL);
    if (sent <= 0) break;
    at += static_cast<size_t>(sent);
    do {
      progress = session->Read(scratch, clock);
      calls.TakeEnded();
    } while (progress == Progress::kMore);
    if (progress == Progress::kBroken) break;
    if (cancels && at > size / 2) calls.CancelOne();
    calls.SubmitWhatFits();
    progress = session->Write(scratch);
    calls.TakeEnded();
    Drain(ends[1]);
  }
  close(ends[1]);
  while (progress != Progress::kBroken) {
    progress = session->Read(scratch, clock);
    calls.TakeEnded();
  }
  calls.EndAll();
  return 0;
}
