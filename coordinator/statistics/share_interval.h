// How well a share of calls is known, such as those that were ok or cold: the
// exact binomial bounds for n / inflation independent calls (Korn and Graubard,
// Survey Methodology 1998, and coordinator/statistics/bin_noise.h). They are on
// the safe side, above all for rare events: 0 of 1,000 calls means at most
// 0.37 % (the 95 % interval gives each end 2.5 %). Pure.
#ifndef INVOCATOR_COORDINATOR_STATISTICS_SHARE_INTERVAL_H_
#define INVOCATOR_COORDINATOR_STATISTICS_SHARE_INTERVAL_H_

#include <cstdint>

#include "absl/types/span.h"
#include "coordinator/statistics/interval.h"

namespace invocator {

// A bin of time. hits <= calls
struct ShareBin {
  uint64_t hits = 0;
  uint64_t calls = 0;
};

// From 0 to 1; both ends are known or neither. REQUIRES: 0 < confidence < 1
Interval ShareInterval(absl::Span<const ShareBin> bins,
                       double confidence = kUsualConfidence);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_STATISTICS_SHARE_INTERVAL_H_
