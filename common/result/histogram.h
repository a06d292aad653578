// A mergeable log-linear histogram of durations in nanoseconds: HdrHistogram's
// layout for 1 us .. 1 h at three significant digits (2048 linear cells of
// 512 ns, then 1024 per doubling). Source: hdrhistogram.org, Gil Tene.
//
// Percentiles are read from the merged histogram only; they are never averaged.
// Memory: up to kMaxFew cells are stored one by one; beyond that pages of cells
// (1 KiB) are allocated on first use. Clear keeps them. Hence a plan may have
// very many rarely called instances.
// Thread-compatible.
#ifndef INVOCATOR_COMMON_RESULT_HISTOGRAM_H_
#define INVOCATOR_COMMON_RESULT_HISTOGRAM_H_

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace invocator {

class Histogram {
 public:
  static constexpr int64_t kMaxNs = 3'600'000'000'000;
  static constexpr int kCells = 24 * 1024;
  static constexpr int kCellsPerPage = 128;
  static constexpr int kPages = kCells / kCellsPerPage;
  static constexpr size_t kMaxFew = 32;

  Histogram() = default;
  Histogram(Histogram&&) = default;
  Histogram& operator=(Histogram&&) = default;

  // Values below 0 or above kMaxNs count in the outermost cell, and in
  // clamped().
  void Add(int64_t value_ns, uint64_t count);
  // Adds one. Called several times a record, hence inline.
  void Add(int64_t value_ns) {
    const auto value = static_cast<uint64_t>(value_ns);
    if (pages_ == nullptr || count_ == 0 || value > uint64_t{kMaxNs})
        [[unlikely]] {
      return Add(value_ns, 1);
    }
    ++PageCell(CellIndex(value_ns));
    ++count_;
    min_ns_ = std::min(min_ns_, value_ns);
    max_ns_ = std::max(max_ns_, value_ns);
    sum_ns_ += static_cast<double>(value_ns);
  }
  void Merge(const Histogram& other);
  void Clear();

  uint64_t count() const { return count_; }
  uint64_t clamped() const { return clamped_; }
  // Exact for the clamped values; 0 when empty.
  int64_t min_ns() const { return count_ == 0 ? 0 : min_ns_; }
  int64_t max_ns() const { return count_ == 0 ? 0 : max_ns_; }
  double sum_ns() const { return sum_ns_; }
  double MeanNs() const;

  // The value that at least `ratio` (0 .. 1) of the values do not exceed: the
  // highest value of its cell, but no more than max_ns(). 0 when empty.
  int64_t QuantileNs(double ratio) const;

  // Cells, for the wire. Index in [0, kCells).
  uint64_t CellCount(int index) const;
  // Calls visit(index, count) for the non-zero cells in ascending order.
  template <typename Visit>
  void ForEachCell(Visit visit) const {
    for (const FewCell& cell : few_) visit(cell.index, cell.count);
    if (pages_ == nullptr) return;
    for (int page = 0; page < kPages; ++page) {
      const auto& cells = (*pages_)[static_cast<size_t>(page)];
      if (cells == nullptr) continue;
      for (int i = 0; i < kCellsPerPage; ++i) {
        const uint64_t count = (*cells)[static_cast<size_t>(i)];
        if (count != 0) visit(page * kCellsPerPage + i, count);
      }
    }
  }
  static int CellIndex(int64_t value_ns) {
    const uint64_t value = static_cast<uint64_t>(value_ns);
    const int doubling = static_cast<int>(std::bit_width(value | kLinearMask)) -
                         (kUnitBits + kLinearBits);
    return (doubling << kDoublingBits) +
           static_cast<int>(value >> (doubling + kUnitBits));
  }
  static int64_t CellLowestNs(int index);
  static int64_t CellHighestNs(int index);

  // Rebuilds a histogram from its parts (see common/wire/histogram_codec.h,
  // which validates them).
  void AddCell(int index, uint64_t count);
  void SetStatistics(int64_t min_ns, int64_t max_ns, double sum_ns,
                     uint64_t clamped);

 private:
  // HdrHistogram's parameters for a lowest discernible value of 1000 ns and
  // three significant digits: values are counted in units of 2^9 ns, the first
  // 2048 of them one by one.
  static constexpr int kUnitBits = 9;
  static constexpr int kLinearBits = 11;
  static constexpr int kDoublingBits = kLinearBits - 1;
  static constexpr int kPageBits = 7;
  static constexpr uint64_t kLinearMask = ((uint64_t{1} << kLinearBits) - 1)
                                          << kUnitBits;
  static_assert(kCellsPerPage == 1 << kPageBits);

  using Page = std::array<uint64_t, kCellsPerPage>;
  using Pages = std::array<std::unique_ptr<Page>, kPages>;
  struct FewCell {
    int index;
    uint64_t count;
  };
  // Number of low bits that a cell ignores.
  static int DroppedBits(int index);
  // Count of a cell in a page, which is allocated if missing.
  uint64_t& PageCell(int index) {
    auto& page = (*pages_)[static_cast<size_t>(index >> kPageBits)];
    if (page == nullptr) [[unlikely]] {
      page = std::make_unique<Page>();
    }
    return (*page)[static_cast<size_t>(index & (kCellsPerPage - 1))];
  }
  // Count of one of a few cells; moves them to pages when there are too many.
  uint64_t& FewOrPageCell(int index);
  uint64_t& Cell(int index) {
    return pages_ != nullptr ? PageCell(index) : FewOrPageCell(index);
  }
  void MoveToPages();

  std::vector<FewCell> few_;      // in ascending order
  std::unique_ptr<Pages> pages_;  // once few_ is full
  uint64_t count_ = 0;
  uint64_t clamped_ = 0;
  int64_t min_ns_ = 0;
  int64_t max_ns_ = 0;
  double sum_ns_ = 0;
};

}  // namespace invocator

#endif  // INVOCATOR_COMMON_RESULT_HISTOGRAM_H_
