#include "worker/io/receive_buffers.h"

#include <sys/mman.h>

#include <cerrno>

namespace invocator {
namespace {

constexpr int MaskOf(uint16_t buffers) { return buffers - 1; }

}  // namespace

void ReceiveBuffers::Unmap::operator()(io_uring_buf_ring* ring) const {
  munmap(ring, kBuffers * sizeof(io_uring_buf));
}

absl::Status ReceiveBuffers::Register() {
  void* const memory =
      mmap(nullptr, kBuffers * sizeof(io_uring_buf), PROT_READ | PROT_WRITE,
           MAP_ANONYMOUS | MAP_PRIVATE, -1, 0);
  if (memory == MAP_FAILED) return absl::ErrnoToStatus(errno, "mmap");
  buffers_.reset(static_cast<io_uring_buf_ring*>(memory));
  // Not zeroed: pages come as they are used.
  bytes_.reset(new char[size_t{kBuffers} * kBytes]);
  io_uring_buf_reg settings = {};
  settings.ring_addr = reinterpret_cast<uintptr_t>(memory);
  settings.ring_entries = kBuffers;
  settings.bgid = kGroup;
  const int result = io_uring_register_buf_ring(&ring_, &settings, 0);
  if (result < 0) {
    return absl::ErrnoToStatus(-result, "io_uring_register_buf_ring");
  }
  io_uring_buf_ring_init(buffers_.get());
  held_ = kBuffers;
  for (uint16_t buffer = 0; buffer < kBuffers; ++buffer) Return(buffer);
  Publish();
  return absl::OkStatus();
}

void ReceiveBuffers::Return(uint16_t buffer) {
  io_uring_buf_ring_add(buffers_.get(), const_cast<char*>(At(buffer)), kBytes,
                        buffer, MaskOf(kBuffers), returned_);
  ++returned_;
  --held_;
}

void ReceiveBuffers::Publish() {
  if (returned_ == 0) return;
  io_uring_buf_ring_advance(buffers_.get(), returned_);
  returned_ = 0;
}

}  // namespace invocator
