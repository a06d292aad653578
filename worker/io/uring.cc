#include "worker/io/uring.h"

#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "absl/status/status.h"

namespace invocator {
namespace {

constexpr unsigned kSubmissions = 256;
// Many sockets may have something in one turn; with more, the kernel keeps the
// rest until there is room.
constexpr unsigned kCompletions = 4096;
// Registered descriptors: eight bytes of the kernel's memory each.
constexpr uint64_t kMostRegistered = 65'536;

// User data: the operation, then the generation of the place, then the place.
constexpr int kGenerationAt = 32;
constexpr int kOperationAt = 56;
constexpr uint32_t kGenerations = 1u << (kOperationAt - kGenerationAt);
constexpr uint64_t kIdMask = (uint64_t{1} << kOperationAt) - 1;

uint64_t UserData(Uring::Operation operation, Uring::SocketId id) {
  return uint64_t{static_cast<uint8_t>(operation)} << kOperationAt | id;
}

uint32_t PlaceOf(Uring::SocketId id) { return static_cast<uint32_t>(id); }

absl::Status Forbidden(int error, absl::string_view what) {
  return absl::UnavailableError(absl::ErrnoToStatus(error, what).message());
}

}  // namespace

absl::StatusOr<std::unique_ptr<Uring>> Uring::Create() {
  std::unique_ptr<Uring> ring(new Uring());
  const absl::Status made = ring->SetUp();
  if (!made.ok()) return made;
  return ring;
}

absl::Status Uring::SetUp() {
  io_uring_params parameters = {};
  // Disabled: the thread that makes it is not the one that will own it.
  parameters.flags = IORING_SETUP_R_DISABLED | IORING_SETUP_SINGLE_ISSUER |
                     IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_TASKRUN_FLAG |
                     IORING_SETUP_SUBMIT_ALL | IORING_SETUP_CQSIZE |
                     IORING_SETUP_CLAMP;
  parameters.cq_entries = kCompletions;
  int result = io_uring_queue_init_params(kSubmissions, &ring_, &parameters);
  if (result < 0) return Forbidden(-result, "io_uring_setup");
  made_ = true;
  if ((parameters.features & IORING_FEAT_EXT_ARG) == 0 ||
      (parameters.features & IORING_FEAT_NODROP) == 0) {
    return absl::UnavailableError("io_uring lacks a feature");
  }
  // A filter may allow the one call and forbid the other. The ring is not
  // enabled yet, which is another error.
  if (syscall(__NR_io_uring_enter, ring_.ring_fd, 0, 0, 0, nullptr, 0) < 0 &&
      (errno == EPERM || errno == EACCES || errno == ENOSYS)) {
    return Forbidden(errno, "io_uring_enter");
  }
  const std::unique_ptr<io_uring_probe, decltype(&io_uring_free_probe)> probe(
      io_uring_get_probe_ring(&ring_), &io_uring_free_probe);
  for (const int needed : {IORING_OP_RECV, IORING_OP_SEND, IORING_OP_POLL_ADD,
                           IORING_OP_ASYNC_CANCEL}) {
    if (probe == nullptr || !io_uring_opcode_supported(probe.get(), needed)) {
      return absl::UnavailableError("io_uring lacks an operation");
    }
  }
  if (const absl::Status given = buffers_.Register(); !given.ok()) {
    return absl::UnavailableError(given.message());
  }
  rlimit files = {};
  getrlimit(RLIMIT_NOFILE, &files);
  const auto places = static_cast<uint32_t>(
      std::min<uint64_t>(files.rlim_cur, kMostRegistered));
  if (io_uring_register_files_sparse(&ring_, places) == 0) {
    registered_places_ = places;
  }
  return absl::OkStatus();
}

Uring::~Uring() {
  if (made_) io_uring_queue_exit(&ring_);
}

void Uring::Own() {
  if (enabled_) return;
  enabled_ = true;
  owner_ = pthread_self();
  // liburing's own function for it is not exported before 2.4.
  syscall(__NR_io_uring_register, ring_.ring_fd, IORING_REGISTER_ENABLE_RINGS,
          nullptr, 0);
  io_uring_register_ring_fd(&ring_);  // without it each enter looks it up
}

io_uring_sqe& Uring::Next() {
  io_uring_sqe* entry = io_uring_get_sqe(&ring_);
  while (entry == nullptr) {
    SubmitAndTakeEvents();
    entry = io_uring_get_sqe(&ring_);
  }
  return *entry;
}

Uring::SocketId Uring::Add(int fd, UringSocket& socket) {
  uint32_t place = 0;
  if (free_places_.empty()) {
    place = static_cast<uint32_t>(places_.size());
    places_.emplace_back();
  } else {
    place = free_places_.back();
    free_places_.pop_back();
  }
  Place& taken = places_[place];
  taken.socket = &socket;
  taken.registered = usable() && place < registered_places_ &&
                     io_uring_register_files_update(&ring_, place, &fd, 1) == 1;
  return uint64_t{taken.generation} << kGenerationAt | place;
}

UringSocket* Uring::Find(SocketId id) const {
  const uint32_t place = PlaceOf(id);
  if (place >= places_.size()) return nullptr;
  const Place& found = places_[place];
  return found.generation == id >> kGenerationAt ? found.socket : nullptr;
}

void Uring::Remove(SocketId id, int fd, std::string sending) {
  const uint32_t place = PlaceOf(id);
  Place& left = places_[place];
  if (usable()) {
    Cancel(UserData(Operation::kReceive, id));
    if (!sending.empty()) Cancel(UserData(Operation::kSend, id));
    // At once: until then the kernel holds the socket open.
    SubmitAndTakeEvents();
    if (left.registered) {
      int none = -1;
      io_uring_register_files_update(&ring_, place, &none, 1);
    }
  } else {
    shutdown(fd, SHUT_RDWR);
  }
  if (!sending.empty()) {
    sending_[UserData(Operation::kSend, id)] = std::move(sending);
  }
  left.socket = nullptr;
  left.registered = false;
  left.generation = (left.generation + 1) % kGenerations;
  free_places_.push_back(place);
}

void Uring::Direct(io_uring_sqe& entry, SocketId id, int fd) const {
  const uint32_t place = PlaceOf(id);
  if (!places_[place].registered) {
    entry.fd = fd;
    return;
  }
  entry.fd = static_cast<int>(place);
  entry.flags |= IOSQE_FIXED_FILE;
}

void Uring::Receive(SocketId id, int fd) {
  io_uring_sqe& entry = Next();
  io_uring_prep_recv_multishot(&entry, fd, nullptr, 0, 0);
  entry.flags |= IOSQE_BUFFER_SELECT;
  entry.buf_group = ReceiveBuffers::kGroup;
  Direct(entry, id, fd);
  io_uring_sqe_set_data64(&entry, UserData(Operation::kReceive, id));
}

Uring::QueuedSend Uring::Send(SocketId id, int fd, absl::string_view bytes) {
  io_uring_sqe& entry = Next();
  // The whole, even if the peer makes it wait.
  io_uring_prep_send(&entry, fd, bytes.data(), bytes.size(),
                     MSG_NOSIGNAL | MSG_WAITALL);
  Direct(entry, id, fd);
  io_uring_sqe_set_data64(&entry, UserData(Operation::kSend, id));
  return {&entry, submissions_};
}

void Uring::PollIn(int fd) {
  io_uring_sqe& entry = Next();
  io_uring_prep_poll_add(&entry, fd, POLLIN);
  io_uring_sqe_set_data64(&entry, UserData(Operation::kPoll, 0));
}

void Uring::Cancel(uint64_t user_data) {
  io_uring_sqe& entry = Next();
  io_uring_prep_cancel64(&entry, user_data, 0);
  entry.flags |= IOSQE_CQE_SKIP_SUCCESS;
  io_uring_sqe_set_data64(&entry, UserData(Operation::kCancel, 0));
}

void Uring::SubmitAndTakeEvents() {
  Own();
  buffers_.Publish();
  ++submissions_;
  ++enters_;
  io_uring_submit_and_get_events(&ring_);
}

void Uring::Wait(int64_t timeout_ns) {
  Own();
  buffers_.Publish();
  const bool any_queued = io_uring_sq_ready(&ring_) > 0;
  if (any_queued) ++submissions_;
  if (timeout_ns == 0 || io_uring_cq_ready(&ring_) > 0) {
    constexpr unsigned kWork = IORING_SQ_TASKRUN | IORING_SQ_CQ_OVERFLOW;
    const unsigned flags = IO_URING_READ_ONCE(*ring_.sq.kflags);
    if (!any_queued && (flags & kWork) == 0) return;
    ++enters_;
    io_uring_submit_and_get_events(&ring_);
    return;
  }
  ++enters_;
  if (timeout_ns < 0) {
    io_uring_submit_and_wait(&ring_, 1);
    return;
  }
  __kernel_timespec timeout = {timeout_ns / 1'000'000'000,
                               timeout_ns % 1'000'000'000};
  io_uring_cqe* first = nullptr;
  io_uring_submit_and_wait_timeout(&ring_, &first, 1, &timeout, nullptr);
}

bool Uring::Take(Completion& completion) {
  // Looked at first: to peek at an empty queue may be a system call.
  io_uring_cqe* entry = nullptr;
  if (io_uring_cq_ready(&ring_) == 0 ||
      io_uring_peek_cqe(&ring_, &entry) != 0) {
    return false;
  }
  const uint64_t user_data = io_uring_cqe_get_data64(entry);
  completion.operation = static_cast<Operation>(user_data >> kOperationAt);
  completion.socket = user_data & kIdMask;
  completion.result = entry->res;
  completion.has_buffer = (entry->flags & IORING_CQE_F_BUFFER) != 0;
  completion.buffer =
      static_cast<uint16_t>(entry->flags >> IORING_CQE_BUFFER_SHIFT);
  completion.goes_on = (entry->flags & IORING_CQE_F_MORE) != 0;
  io_uring_cqe_seen(&ring_, entry);
  if (completion.has_buffer) buffers_.Take();
  if (completion.operation == Operation::kSend && !sending_.empty()) {
    sending_.erase(user_data);
  }
  return true;
}

}  // namespace invocator
