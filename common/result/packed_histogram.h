// Compact histogram for storing very many: about two bytes per non-zero cell.
// Merge takes time in proportion to the cells of both histograms.
//
// Thread-compatible.
#ifndef INVOCATOR_COMMON_RESULT_PACKED_HISTOGRAM_H_
#define INVOCATOR_COMMON_RESULT_PACKED_HISTOGRAM_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "common/result/histogram.h"

namespace invocator {

class PackedHistogram {
 public:
  void Merge(const Histogram& other);
  // Adds its values to `into`.
  void AddTo(Histogram& into) const;

  uint64_t count() const { return count_; }
  size_t bytes() const { return cells_.size(); }

 private:
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
