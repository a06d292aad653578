// Memory of one nghttp2 session: keeps freed blocks for the next call. An
// exchange takes some ten of up to 1 KB and gives them back, so that a session
// in its steady state allocates nothing.
//
// Thread-compatible. Must outlive the session; keeps as many blocks as were
// ever in use at once.
#ifndef INVOCATOR_WORKER_PROTOCOL_HTTP2_MEMORY_H_
#define INVOCATOR_WORKER_PROTOCOL_HTTP2_MEMORY_H_

#include <nghttp2/nghttp2.h>

#include <array>
#include <cstddef>

namespace invocator {

class Http2Memory {
 public:
  Http2Memory();
  ~Http2Memory();
  Http2Memory(const Http2Memory&) = delete;
  Http2Memory& operator=(const Http2Memory&) = delete;

  nghttp2_mem* get() { return &functions_; }

 private:
  // What stands before a block in use.
  struct alignas(std::max_align_t) Head {
    size_t capacity;
    Head* next;  // while it is free
  };
  static constexpr size_t kStep = 64;
  static constexpr size_t kMostKept = 1024;

  void* Allocate(size_t size);
  void Free(void* block);
  void* Reallocate(void* block, size_t size);

  static Head* HeadOf(void* block) { return static_cast<Head*>(block) - 1; }

  nghttp2_mem functions_;
  std::array<Head*, kMostKept / kStep + 1> free_{};  // by capacity / kStep
};

}  // namespace invocator

#endif  // INVOCATOR_WORKER_PROTOCOL_HTTP2_MEMORY_H_
