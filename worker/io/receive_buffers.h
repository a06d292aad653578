// Buffers into which an io_uring receives: the kernel takes one for each piece
// of data that comes, on whatever socket. Their number bounds what a ring holds
// unread.
//
// Thread-compatible. Borrows the ring, which must end before it does.
#ifndef INVOCATOR_WORKER_IO_RECEIVE_BUFFERS_H_
#define INVOCATOR_WORKER_IO_RECEIVE_BUFFERS_H_

#include <liburing.h>

#include <cstddef>
#include <cstdint>
#include <memory>

#include "absl/status/status.h"

namespace invocator {

class ReceiveBuffers {
 public:
  // The group of the buffers, for requests that receive.
  static constexpr uint16_t kGroup = 0;

  explicit ReceiveBuffers(io_uring& ring) : ring_(ring) {}
  ReceiveBuffers(const ReceiveBuffers&) = delete;
  ReceiveBuffers& operator=(const ReceiveBuffers&) = delete;

  // Gives the kernel all buffers. UNAVAILABLE if it has no rings of buffers
  // (before Linux 5.19).
  absl::Status Register();

  const char* At(uint16_t buffer) const {
    return bytes_.get() + size_t{buffer} * kBytes;
  }
  // Counts a buffer that a completion brought.
  void Take() { ++held_; }
  // Gives a buffer back; the kernel sees it after Publish.
  void Return(uint16_t buffer);
  void Publish();
  // Number that the kernel has, at most.
  size_t left() const { return kBuffers - held_; }

 private:
  // Most answers fit into one buffer.
  static constexpr size_t kBytes = size_t{8} * 1024;
  static constexpr uint16_t kBuffers = 512;  // a power of two

  struct Unmap {
    void operator()(io_uring_buf_ring* ring) const;
  };

  io_uring& ring_;
  std::unique_ptr<io_uring_buf_ring, Unmap> buffers_;
  std::unique_ptr<char[]> bytes_;
  int returned_ = 0;  // not published yet
  size_t held_ = 0;
};

}  // namespace invocator

#endif  // INVOCATOR_WORKER_IO_RECEIVE_BUFFERS_H_
