// Difference of two versions that were played under one schedule. Both met the
// same weather (the host, the network, the hour), bin by bin, so the bins of
// both are drawn together, with replacement: what both share cancels out. The
// numbers compared are those of the whole run; a mean of bins' p99s is no p99.
//
// Source: Efron and Tibshirani, An Introduction to the Bootstrap, 13.3
// (percentile intervals) and 8.6 (blocks); duet benchmarking, Bulej et al.,
// ICPE 2020. Bins whose differences correlate are joined to blocks as in
// coordinator/statistics/bin_noise.h. The draws' distances from the estimate
// are stretched for few blocks, t sqrt(B/(B-1)) / z (Hesterberg, The American
// Statistician 2015), and for correlation that was tolerated.
//
// The same result for a seed on every machine. Pure.
// Cost: draws x blocks x log2(cells in use) a percentile and version. 1,000
// draws of 1,200 bins take about 0.1 s a percentile, and some 10 MB for columns
// of counts.
#ifndef INVOCATOR_COORDINATOR_STATISTICS_PAIRED_BOOTSTRAP_H_
#define INVOCATOR_COORDINATOR_STATISTICS_PAIRED_BOOTSTRAP_H_

#include <cstdint>
#include <optional>

#include "absl/types/span.h"
#include "coordinator/statistics/interval.h"
#include "coordinator/statistics/latency_bins.h"
#include "coordinator/statistics/share_interval.h"

namespace invocator {

struct BootstrapOptions {
  uint32_t seed = 1;
  int draws = 1000;  // at least 100
  double confidence = kUsualConfidence;
};

struct PairedChange {
  Interval difference;  // b - a
  // b / a - 1; unknown if `a` is zero in the run or in a draw.
  std::optional<Interval> relative;
};

// All of these: bins of the same instants, so a.size() == b.size().

// An end is unknown where Difference of the versions' own intervals has none
// for want of calls.
PairedChange PairedQuantile(const LatencyBins& a, const LatencyBins& b,
                            double ratio, const BootstrapOptions& options = {});

PairedChange PairedMean(const LatencyBins& a, const LatencyBins& b,
                        const BootstrapOptions& options = {});

// A number for each call: billed time, cost.
struct RatioBin {
  double sum = 0;
  double calls = 0;
};
PairedChange PairedRatio(absl::Span<const RatioBin> a,
                         absl::Span<const RatioBin> b,
                         const BootstrapOptions& options = {});

// Of rare events, with fewer than ten hits or misses in a version, draws know
// too little: then it is Difference of the two ShareIntervals.
PairedChange PairedShare(absl::Span<const ShareBin> a,
                         absl::Span<const ShareBin> b,
                         const BootstrapOptions& options = {});

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_STATISTICS_PAIRED_BOOTSTRAP_H_
