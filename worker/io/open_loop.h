// Chooses an engine's event loop.
#ifndef INVOCATOR_WORKER_IO_OPEN_LOOP_H_
#define INVOCATOR_WORKER_IO_OPEN_LOOP_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "worker/io/event_loop.h"

namespace invocator {

// OK if this machine and this build have io_uring; else UNAVAILABLE with the
// reason. Asks the kernel.
absl::Status UringIsThere();

// The event loop of kAuto, and the reason if it is epoll: "event loop: uring".
std::string EventLoopWords();

// kAuto: io_uring where available, else epoll. kUring: errors as
// UringIsThere.
absl::StatusOr<std::unique_ptr<EventLoop>> OpenEventLoop(IoMode mode);

}  // namespace invocator

#endif  // INVOCATOR_WORKER_IO_OPEN_LOOP_H_
