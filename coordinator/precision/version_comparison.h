// Changes from the first version of an instance to another one. Both were
// played under one schedule, so their bins are compared pair by pair
// (coordinator/statistics/paired_bootstrap.h). Pure.
#ifndef INVOCATOR_COORDINATOR_PRECISION_VERSION_COMPARISON_H_
#define INVOCATOR_COORDINATOR_PRECISION_VERSION_COMPARISON_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "coordinator/books/threshold.h"
#include "coordinator/precision/measured_bins.h"
#include "coordinator/statistics/paired_bootstrap.h"

namespace invocator {

// Means and percentiles of the response, or the share of cold calls.
struct VersionChange {
  Threshold subject;
  // In the subject's unit, of the bins that were compared.
  double before = 0;
  double after = 0;
  PairedChange change;
};

// The changes that reports show: response mean, p50, p90, p99, and cold calls
// if any is known to be cold or warm. `first`, `other`: instances. Empty if one
// shares its lane, so that it is not known by bin. `seed`: of the draws.
std::vector<VersionChange> CompareVersions(MeasuredBins& bins, size_t first,
                                           size_t other, uint32_t seed);

// Of one subject; nullopt if it has no interval, or is not known by bin.
std::optional<VersionChange> CompareVersions(MeasuredBins& bins, size_t first,
                                             size_t other, uint32_t seed,
                                             const Threshold& subject);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_PRECISION_VERSION_COMPARISON_H_
