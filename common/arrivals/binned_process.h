// Generates the calls of counts: places the calls of each bin of time at random
// or evenly within it. Every bin gets exactly its count: instants are whole
// nanoseconds within the bin.
//
// Units: nanoseconds since the run's start. Thread-compatible.
#ifndef INVOCATOR_COMMON_ARRIVALS_BINNED_PROCESS_H_
#define INVOCATOR_COMMON_ARRIVALS_BINNED_PROCESS_H_

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "absl/strings/string_view.h"
#include "common/arrivals/arrival_spec.h"
#include "common/arrivals/portable_exp.h"
#include "common/arrivals/portable_log.h"
#include "common/arrivals/rng.h"
#include "common/base/hash_bits.h"

namespace invocator {

// Keeps each call of a file with probability `share`, independently of the
// others: the rate keeps its shape, and a smaller share is a subset of a larger
// one.
class Thinning {
 public:
  Thinning(uint32_t seed, absl::string_view stream, double share)
      : key_(MixBits((HashName(stream) ^ seed) + 0x7468696e)), share_(share) {}

  // `number`: of the call in the file, in order of time, from 0.
  bool Keeps(uint64_t number) const {
    if (share_ >= 1) return true;
    const uint64_t bits = MixBits(key_ + number * 0x9e3779b97f4a7c15);
    return static_cast<double>(bits >> 11) * 0x1p-53 < share_;
  }

 private:
  uint64_t key_;
  double share_;
};

// Start of bin `bin`, rounded to the nanosecond.
inline int64_t BinStartNs(const BinnedCalls& counts, size_t bin) {
  // Bins in tests of 366 days end below 2^55 ns, far from overflow.
  const double ns =
      static_cast<double>(bin) * (counts.bin_s * 1e9) / counts.speed;
  constexpr double kMostNs = 0x1p62;
  return std::llround(std::min(ns, kMostNs));
}

class BinnedProcess {
 public:
  explicit BinnedProcess(const ArrivalSpec& spec)
      : counts_(spec.counts),
        rng_(spec.seed, spec.stream),
        thinning_(spec.seed, spec.stream, spec.counts.thin) {}

  // The next kept call's instant; nullopt after the last.
  std::optional<int64_t> NextNs() {
    while (true) {
      while (left_ == 0) {
        if (bin_ == counts_.counts.size()) return std::nullopt;
        BeginBin();
      }
      const int64_t instant_ns = Place();
      --left_;
      if (thinning_.Keeps(number_++)) return instant_ns;
    }
  }

 private:
  void BeginBin() {
    left_ = in_bin_ = counts_.counts[bin_];
    start_ns_ = BinStartNs(counts_, bin_);
    width_ns_ = BinStartNs(counts_, ++bin_) - start_ns_;
    rest_ = 1;
    if (counts_.even && left_ > 0) phase_ = rng_.Uniform();
  }

  int64_t Place() {
    double part;
    if (counts_.even) {
      part = (static_cast<double>(in_bin_ - left_) + phase_) /
             static_cast<double>(in_bin_);
    } else {
      // The smallest of `left_` uniform numbers on the rest of the bin: what
      // remains behind it is the largest of as many, u^(1/left).
      rest_ *= PortableExp(PortableLog(1 - rng_.Uniform()) /
                           static_cast<double>(left_));
      part = 1 - rest_;
    }
    const auto offset_ns =
        static_cast<int64_t>(part * static_cast<double>(width_ns_));
    return start_ns_ + std::max<int64_t>(0, std::min(offset_ns, width_ns_ - 1));
  }

  BinnedCalls counts_;
  StreamRng rng_;
  Thinning thinning_;
  size_t bin_ = 0;        // the next
  uint32_t in_bin_ = 0;   // calls of the present bin
  uint32_t left_ = 0;     // of them, to be placed
  int64_t start_ns_ = 0;  // of the present bin
  int64_t width_ns_ = 0;
  double rest_ = 1;   // share of the bin behind the last call
  double phase_ = 0;  // of even gaps
  uint64_t number_ = 0;
};

}  // namespace invocator

#endif  // INVOCATOR_COMMON_ARRIVALS_BINNED_PROCESS_H_
