// Draws blocks of bins with replacement. The same draws for a seed on every
// machine. Thread-compatible.
#ifndef INVOCATOR_COORDINATOR_STATISTICS_BLOCK_DRAWS_H_
#define INVOCATOR_COORDINATOR_STATISTICS_BLOCK_DRAWS_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "common/arrivals/rng.h"

namespace invocator {

class BlockDraws {
 public:
  // REQUIRES: 0 < blocks < 2^32
  BlockDraws(uint32_t seed, size_t blocks)
      : rng_(seed, "bootstrap"), times_(blocks) {}

  // How often each block was drawn, of as many draws as there are blocks. Valid
  // until the next call.
  absl::Span<const double> Next() {
    std::fill(times_.begin(), times_.end(), 0.0);
    for (size_t i = 0; i < times_.size(); ++i) {
      // The high half times n, shifted: off by at most n / 2^32 of a chance.
      times_[((rng_.Next() >> 32) * times_.size()) >> 32] += 1;
    }
    return times_;
  }

 private:
  StreamRng rng_;
  std::vector<double> times_;
};

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_STATISTICS_BLOCK_DRAWS_H_
