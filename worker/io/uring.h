// An io_uring of one thread: its requests, the sockets registered with it, and
// the completions on their way back. Requests are collected and submitted
// together, by one system call that also waits.
//
// The thread that first submits owns it, until the end: the kernel refuses
// requests of any other (IORING_SETUP_SINGLE_ISSUER), and works on completions
// only when that thread asks for them (IORING_SETUP_DEFER_TASKRUN). Borrows the
// sockets.
//
// Source: io_uring_setup(2), io_uring_enter(2). Needs Linux 6.1.
#ifndef INVOCATOR_WORKER_IO_URING_H_
#define INVOCATOR_WORKER_IO_URING_H_

#include <liburing.h>
#include <pthread.h>

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "worker/io/receive_buffers.h"

namespace invocator {

class UringSocket;

class Uring {
 public:
  // Kind of request.
  enum class Operation : uint8_t { kReceive = 1, kSend, kPoll, kCancel };
  // A registered socket, with the generation of its place.
  using SocketId = uint64_t;
  struct Completion {
    Operation operation;
    SocketId socket;
    int32_t result;
    bool has_buffer;
    uint16_t buffer;
    bool goes_on;  // the request brings more
  };
  // A send that may still be made longer.
  struct QueuedSend {
    io_uring_sqe* entry = nullptr;
    uint64_t submission = 0;
  };

  // UNAVAILABLE with the reason if the kernel has no io_uring that does what is
  // needed, or forbids it (a container's filter, kernel.io_uring_disabled).
  static absl::StatusOr<std::unique_ptr<Uring>> Create();
  ~Uring();
  Uring(const Uring&) = delete;
  Uring& operator=(const Uring&) = delete;

  // True if the calling thread may submit: it owns the ring, or nobody does
  // yet.
  bool usable() const {
    return !enabled_ || pthread_equal(owner_, pthread_self()) != 0;
  }
  ReceiveBuffers& buffers() { return buffers_; }

  SocketId Add(int fd, UringSocket& socket);
  // Ends what the kernel does with the socket. `sending`: bytes of a send that
  // is not complete; kept until it is.
  void Remove(SocketId id, int fd, std::string sending);
  // Null once it was removed.
  UringSocket* Find(SocketId id) const;

  // Receives into buffers until the peer's end, an error or a lack of buffers.
  void Receive(SocketId id, int fd);
  // Sends all of `bytes`, which must stay where they are until its completion.
  QueuedSend Send(SocketId id, int fd, absl::string_view bytes);
  // Completes once when `fd` is readable.
  void PollIn(int fd);

  // Number of submissions so far: a request queued at this number has not been
  // submitted yet.
  uint64_t submissions() const { return submissions_; }
  // System calls made so far to submit and wait, at most.
  uint64_t enters() const { return enters_; }

  // Submits what is queued, and has the kernel do what is done at once.
  void SubmitAndTakeEvents();
  // Submits, and waits for a completion: timeout 0 looks whether the kernel has
  // any, without a system call if it has not; < 0 waits for ever.
  void Wait(int64_t timeout_ns);
  // Takes the next completion; false if there is none yet.
  bool Take(Completion& completion);

 private:
  struct Place {
    UringSocket* socket = nullptr;
    uint32_t generation = 0;
    bool registered = false;  // its descriptor, with the kernel
  };

  Uring() : buffers_(ring_) {}

  absl::Status SetUp();
  void Own();
  io_uring_sqe& Next();
  // Directs a request to the socket's registered descriptor, or to `fd`.
  void Direct(io_uring_sqe& entry, SocketId id, int fd) const;
  void Cancel(uint64_t user_data);

  io_uring ring_ = {};
  bool made_ = false;
  bool enabled_ = false;
  pthread_t owner_ = {};
  uint32_t registered_places_ = 0;
  uint64_t submissions_ = 0;
  uint64_t enters_ = 0;
  std::vector<Place> places_;
  std::vector<uint32_t> free_places_;
  std::unordered_map<uint64_t, std::string> sending_;  // by user data
  ReceiveBuffers buffers_;
};

}  // namespace invocator

#endif  // INVOCATOR_WORKER_IO_URING_H_
