#include "worker/recording/bin_tally.h"

#include <algorithm>
#include <numeric>

namespace invocator {

std::unique_ptr<BinTotals> BinPool::Take() {
  if (bins_.empty()) return std::make_unique<BinTotals>();
  std::unique_ptr<BinTotals> bin = std::move(bins_.back());
  bins_.pop_back();
  return bin;
}

void BinPool::Return(std::unique_ptr<BinTotals> bin) {
  if (bins_.size() == kMostKept) return;
  bin->Clear();
  bins_.push_back(std::move(bin));
}

BinTotals& BinTally::BinOf(uint32_t tick, BinPool& pool) {
  // The newest are at the end.
  for (size_t i = ticks_.size(); i-- > 0;) {
    if (ticks_[i] == tick) return *bins_[i];
  }
  ticks_.push_back(tick);
  bins_.push_back(pool.Take());
  return *bins_.back();
}

void BinTally::TakeBins(ProgressWriter& progress, BinPool& pool) {
  std::vector<size_t> order(ticks_.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(),
            [this](size_t a, size_t b) { return ticks_[a] < ticks_[b]; });
  for (const size_t i : order) {
    progress.AddBin(ticks_[i], *bins_[i]);
    pool.Return(std::move(bins_[i]));
  }
  ticks_.clear();
  bins_.clear();
  for (Last& last : last_) last = {};
}

}  // namespace invocator
