// Beginning of an answer's body, up to a limit, since most bodies are only
// counted.
//
// Thread-compatible. Keeps its memory for the next answer.
#ifndef INVOCATOR_WORKER_EXCHANGE_KEPT_BODY_H_
#define INVOCATOR_WORKER_EXCHANGE_KEPT_BODY_H_

#include <algorithm>
#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"

namespace invocator {

class KeptBody {
 public:
  // Keeps up to `limit` bytes of the next answer.
  void Begin(size_t limit) {
    limit_ = limit;
    bytes_.clear();
    cut_ = false;
  }

  void Add(absl::string_view more) {
    if (limit_ == 0) return;
    const size_t taken = std::min(more.size(), limit_ - bytes_.size());
    bytes_.append(more.data(), taken);
    if (taken < more.size()) cut_ = true;
  }

  absl::string_view bytes() const { return bytes_; }
  // True if the body was longer.
  bool cut() const { return cut_; }

 private:
  size_t limit_ = 0;
  std::string bytes_;
  bool cut_ = false;
};

}  // namespace invocator

#endif  // INVOCATOR_WORKER_EXCHANGE_KEPT_BODY_H_
