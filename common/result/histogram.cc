#include "common/result/histogram.h"

#include <algorithm>
#include <cmath>

namespace invocator {
int Histogram::DroppedBits(int index) {
  // The first two doublings have linear cells.
  const int doubling = index >> kDoublingBits;
  return doubling > 1 ? kUnitBits + doubling - 1 : kUnitBits;
}

int64_t Histogram::CellLowestNs(int index) {
  constexpr int kCellsOfDoubling = 1 << kDoublingBits;
  int64_t cell = index & (kCellsOfDoubling - 1);
  if (index >= kCellsOfDoubling) cell += kCellsOfDoubling;
  return cell << DroppedBits(index);
}

int64_t Histogram::CellHighestNs(int index) {
  return CellLowestNs(index) + (int64_t{1} << DroppedBits(index)) - 1;
}

uint64_t& Histogram::FewOrPageCell(int index) {
  const auto at = std::lower_bound(
      few_.begin(), few_.end(), index,
      [](const FewCell& cell, int wanted) { return cell.index < wanted; });
  if (at != few_.end() && at->index == index) return at->count;
  if (few_.size() < kMaxFew) return few_.insert(at, {index, 0})->count;
  MoveToPages();
  return PageCell(index);
}

void Histogram::MoveToPages() {
  pages_ = std::make_unique<Pages>();
  for (const FewCell& cell : few_) PageCell(cell.index) = cell.count;
  few_ = {};
}

uint64_t Histogram::CellCount(int index) const {
  if (pages_ == nullptr) {
    for (const FewCell& cell : few_) {
      if (cell.index == index) return cell.count;
    }
    return 0;
  }
  const auto& page = (*pages_)[static_cast<size_t>(index >> kPageBits)];
  if (page == nullptr) return 0;
  return (*page)[static_cast<size_t>(index & (kCellsPerPage - 1))];
}

void Histogram::Add(int64_t value_ns, uint64_t count) {
  if (count == 0) return;
  const int64_t value = std::clamp<int64_t>(value_ns, 0, kMaxNs);
  if (value != value_ns) [[unlikely]] {
    clamped_ += count;
  }
  Cell(CellIndex(value)) += count;
  if (count_ == 0) {
    min_ns_ = max_ns_ = value;
  } else {
    min_ns_ = std::min(min_ns_, value);
    max_ns_ = std::max(max_ns_, value);
  }
  count_ += count;
  sum_ns_ += static_cast<double>(value) * static_cast<double>(count);
}

void Histogram::Merge(const Histogram& other) {
  if (other.count_ == 0) return;
  for (const FewCell& cell : other.few_) Cell(cell.index) += cell.count;
  if (other.pages_ != nullptr) {
    if (pages_ == nullptr) MoveToPages();
    for (size_t p = 0; p < kPages; ++p) {
      const auto& from = (*other.pages_)[p];
      if (from == nullptr) continue;
      auto& to = (*pages_)[p];
      if (to == nullptr) to = std::make_unique<Page>();
      for (size_t i = 0; i < kCellsPerPage; ++i) (*to)[i] += (*from)[i];
    }
  }
  min_ns_ = count_ == 0 ? other.min_ns_ : std::min(min_ns_, other.min_ns_);
  max_ns_ = count_ == 0 ? other.max_ns_ : std::max(max_ns_, other.max_ns_);
  count_ += other.count_;
  clamped_ += other.clamped_;
  sum_ns_ += other.sum_ns_;
}

void Histogram::Clear() {
  few_.clear();
  if (pages_ != nullptr) {
    for (auto& page : *pages_) {
      if (page != nullptr) page->fill(0);
    }
  }
  count_ = clamped_ = 0;
  min_ns_ = max_ns_ = 0;
  sum_ns_ = 0;
}

double Histogram::MeanNs() const {
  return count_ == 0 ? 0 : sum_ns_ / static_cast<double>(count_);
}

int64_t Histogram::QuantileNs(double ratio) const {
  if (count_ == 0) return 0;
  // 0.07 of 100 is 7.000000000000001 in doubles; the 7th is meant.
  constexpr double kRoundingSlack = 1 - 1e-15;
  const double rank =
      std::ceil(ratio * static_cast<double>(count_) * kRoundingSlack);
  uint64_t left = 1;
  if (rank >= static_cast<double>(count_)) {
    left = count_;
  } else if (rank > 1) {
    left = static_cast<uint64_t>(rank);
  }
  for (const FewCell& cell : few_) {
    if (cell.count >= left) return std::min(CellHighestNs(cell.index), max_ns_);
    left -= cell.count;
  }
  if (pages_ == nullptr) return max_ns_;
  for (int page = 0; page < kPages; ++page) {
    if ((*pages_)[static_cast<size_t>(page)] == nullptr) continue;
    for (int i = 0; i < kCellsPerPage; ++i) {
      const int index = page * kCellsPerPage + i;
      const uint64_t in_cell = CellCount(index);
      if (in_cell >= left) return std::min(CellHighestNs(index), max_ns_);
      left -= in_cell;
    }
  }
  return max_ns_;
}

void Histogram::AddCell(int index, uint64_t count) {
  Cell(index) += count;
  count_ += count;
}

void Histogram::SetStatistics(int64_t min_ns, int64_t max_ns, double sum_ns,
                              uint64_t clamped) {
  min_ns_ = min_ns;
  max_ns_ = max_ns;
  sum_ns_ = sum_ns;
  clamped_ = clamped;
}

}  // namespace invocator
