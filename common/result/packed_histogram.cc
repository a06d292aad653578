#include "common/result/packed_histogram.h"

#include <algorithm>
#include <utility>

namespace invocator {
namespace {

void Append(uint64_t number, std::string& to) {
  for (; number >= 0x80; number >>= 7) {
    to.push_back(static_cast<char>(number | 0x80));
  }
  to.push_back(static_cast<char>(number));
}

// Reads the cells of a packed histogram one by one.
class Cells {
 public:
  explicit Cells(const std::string& packed)
      : at_(packed.data()), end_(packed.data() + packed.size()) {
    Next();
  }

  // False after the last cell.
  bool any() const { return count_ > 0; }
  int index() const { return index_; }
  uint64_t count() const { return count_; }
  void Next() {
    count_ = 0;
    if (at_ == end_) return;
    index_ += static_cast<int>(Number());
    count_ = Number();
  }

 private:
  uint64_t Number() {
    uint64_t number = 0;
    for (int shift = 0;; shift += 7) {
      const auto byte = static_cast<unsigned char>(*at_++);
      number |= uint64_t{byte & 0x7fu} << shift;
      if (byte < 0x80) return number;
    }
  }

  const char* at_;
  const char* end_;
  int index_ = 0;
  uint64_t count_ = 0;
};

}  // namespace

void PackedHistogram::Merge(const Histogram& other) {
  if (other.count() == 0) return;
  if (open_ == nullptr) open_ = std::make_unique<Histogram>();
  open_->Merge(other);
}

void PackedHistogram::Pack() {
  if (open_ == nullptr) return;
  MergePacked(*open_);
  open_.reset();
}

void PackedHistogram::MergePacked(const Histogram& other) {
  std::string merged;
  merged.reserve(cells_.size() + 64);
  int previous = 0;
  const auto append = [&](int index, uint64_t count) {
    Append(static_cast<uint64_t>(index - previous), merged);
    Append(count, merged);
    previous = index;
  };
  Cells own(cells_);
  other.ForEachCell([&](int index, uint64_t count) {
    for (; own.any() && own.index() < index; own.Next()) {
      append(own.index(), own.count());
    }
    if (own.any() && own.index() == index) {
      count += own.count();
      own.Next();
    }
    append(index, count);
  });
  for (; own.any(); own.Next()) append(own.index(), own.count());
  cells_ = std::string(merged.data(), merged.size());  // without spare room
  min_ns_ = count_ == 0 ? other.min_ns() : std::min(min_ns_, other.min_ns());
  max_ns_ = std::max(max_ns_, other.max_ns());
  count_ += other.count();
  clamped_ += other.clamped();
  sum_ns_ += other.sum_ns();
}

void PackedHistogram::AddTo(Histogram& into) const {
  if (open_ != nullptr) into.Merge(*open_);
  if (count_ == 0) return;
  int64_t min_ns = min_ns_;
  int64_t max_ns = max_ns_;
  if (into.count() > 0) {
    min_ns = std::min(min_ns, into.min_ns());
    max_ns = std::max(max_ns, into.max_ns());
  }
  for (Cells cells(cells_); cells.any(); cells.Next()) {
    into.AddCell(cells.index(), cells.count());
  }
  into.SetStatistics(min_ns, max_ns, into.sum_ns() + sum_ns_,
                     into.clamped() + clamped_);
}

}  // namespace invocator
