// Compact histogram for storing very many: about two bytes per non-zero cell.
//
// It is open, and takes as much memory as a Histogram, from a Merge to the next
// Pack, which takes time in proportion to all of its cells.
//
// Thread-compatible.
#ifndef INVOCATOR_COMMON_RESULT_PACKED_HISTOGRAM_H_
#define INVOCATOR_COMMON_RESULT_PACKED_HISTOGRAM_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "common/result/histogram.h"

namespace invocator {

class PackedHistogram {
 public:
  void Merge(const Histogram& other);
  void Pack();
  // Adds its values to `into`.
  void AddTo(Histogram& into) const;

  uint64_t count() const {
    return count_ + (open_ != nullptr ? open_->count() : 0);
  }
  size_t bytes() const { return cells_.size(); }

 private:
  void MergePacked(const Histogram& other);

  std::unique_ptr<Histogram> open_;  // merged since the last Pack
  // Non-zero cells in ascending order, each as two base-128 numbers: the
  // distance from the previous index, and the count.
  std::string cells_;
  uint64_t count_ = 0;
  uint64_t clamped_ = 0;
  int64_t min_ns_ = 0;
  int64_t max_ns_ = 0;
  double sum_ns_ = 0;
};

}  // namespace invocator

#endif  // INVOCATOR_COMMON_RESULT_PACKED_HISTOGRAM_H_
