#include "worker/protocol/http2_memory.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <limits>

namespace invocator {

Http2Memory::Http2Memory() {
  functions_.mem_user_data = this;
  functions_.malloc = [](size_t size, void* self) {
    return static_cast<Http2Memory*>(self)->Allocate(size);
  };
  functions_.free = [](void* block, void* self) {
    static_cast<Http2Memory*>(self)->Free(block);
  };
  functions_.calloc = [](size_t count, size_t size, void* self) -> void* {
    if (size != 0 && count > std::numeric_limits<size_t>::max() / size) {
      return nullptr;
    }
    void* const block = static_cast<Http2Memory*>(self)->Allocate(count * size);
    if (block != nullptr) std::memset(block, 0, count * size);
    return block;
  };
  functions_.realloc = [](void* block, size_t size, void* self) {
    return static_cast<Http2Memory*>(self)->Reallocate(block, size);
  };
}

Http2Memory::~Http2Memory() {
  for (Head* head : free_) {
    while (head != nullptr) {
      Head* const next = head->next;
      std::free(head);
      head = next;
    }
  }
}

void* Http2Memory::Allocate(size_t size) {
  const size_t capacity =
      size > kMostKept
          ? size
          : (std::max<size_t>(size, 1) + kStep - 1) / kStep * kStep;
  if (capacity <= kMostKept) {
    Head*& first = free_[capacity / kStep];
    if (Head* const head = first; head != nullptr) {
      first = head->next;
      return head + 1;
    }
  }
  if (capacity > std::numeric_limits<size_t>::max() - sizeof(Head)) {
    return nullptr;
  }
  auto* const head = static_cast<Head*>(std::malloc(sizeof(Head) + capacity));
  if (head == nullptr) return nullptr;
  head->capacity = capacity;
  return head + 1;
}

void Http2Memory::Free(void* block) {
  if (block == nullptr) return;
  Head* const head = HeadOf(block);
  if (head->capacity > kMostKept) {
    std::free(head);
    return;
  }
  Head*& first = free_[head->capacity / kStep];
  head->next = first;
  first = head;
}

void* Http2Memory::Reallocate(void* block, size_t size) {
  if (block == nullptr) return Allocate(size);
  const size_t capacity = HeadOf(block)->capacity;
  if (size <= capacity) return block;
  void* const larger = Allocate(size);
  if (larger == nullptr) return nullptr;
  std::memcpy(larger, block, capacity);
  Free(block);
  return larger;
}

}  // namespace invocator
