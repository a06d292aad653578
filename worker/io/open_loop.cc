#include "worker/io/open_loop.h"

#include "absl/strings/str_cat.h"
#include "worker/io/epoll_loop.h"
#ifdef INVOCATOR_HAS_URING
#include "worker/io/uring_loop.h"
#endif

namespace invocator {
namespace {

absl::StatusOr<std::unique_ptr<EventLoop>> OpenUring() {
#ifdef INVOCATOR_HAS_URING
  return UringLoop::Create();
#else
  return absl::UnavailableError("this program was built without liburing");
#endif
}

}  // namespace

absl::Status UringIsThere() { return OpenUring().status(); }

std::string EventLoopWords() {
  const absl::Status uring = UringIsThere();
  if (uring.ok()) return "event loop: uring";
  return absl::StrCat(
      "event loop: epoll (io_uring unavailable: ", uring.message(), ")");
}

absl::StatusOr<std::unique_ptr<EventLoop>> OpenEventLoop(IoMode mode) {
  if (mode == IoMode::kEpoll) return EpollLoop::Create();
  absl::StatusOr<std::unique_ptr<EventLoop>> uring = OpenUring();
  if (uring.ok()) return uring;
  if (mode == IoMode::kUring) {
    return absl::UnavailableError(
        absl::StrCat("--io uring: ", uring.status().message()));
  }
  return EpollLoop::Create();
}

}  // namespace invocator
