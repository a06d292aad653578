// Formats a run's numbers for Prometheus. Pure.
//
// Format: text 0.0.4, prometheus.io/docs/instrumenting/exposition_formats.
// All numbers cover warm-up and measured phase together, since counters may
// only grow. A call is counted when it has ended.
#ifndef INVOCATOR_COORDINATOR_WEB_METRICS_H_
#define INVOCATOR_COORDINATOR_WEB_METRICS_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "common/result/histogram.h"
#include "common/result/outcome.h"
#include "common/result/totals.h"
#include "coordinator/report/run_report.h"

namespace invocator {

// With more instances, only sums over all of them are shown: Prometheus keeps a
// time series for each value of a label.
inline constexpr size_t kMostLabelledInstances = 200;

// Upper limits of the buckets, in nanoseconds: about 0.1 ms to 60 s. Each is
// the highest value of a cell of Histogram, so that counts are exact.
inline constexpr size_t kMetricsBorders = 22;
const std::array<int64_t, kMetricsBorders>& MetricsBordersNs();

struct MetricsHistogram {
  // Values up to each border, not above the one before; the last: all others.
  std::array<uint64_t, kMetricsBorders + 1> counts = {};
  double sum_s = 0;

  void Add(const Histogram& histogram);
};

struct InstanceMetrics {
  std::string name;
  uint64_t planned = 0;
  uint64_t sent = 0;
  uint64_t dropped = 0;
  uint64_t unsent = 0;
  uint64_t cold = 0;
  OutcomeCounts outcomes = {};

  // Does not change `planned` and `unsent`, which the caller sets.
  void Add(const Totals& totals);
};

enum class WorkerState { kWaiting, kPlaying, kDone, kLeft, kLost };
inline constexpr size_t kWorkerStates = 5;

struct MetricsSnapshot {
  std::string run_id;
  std::string test_name;
  std::string version;
  uint32_t seed = 0;
  std::vector<InstanceMetrics> instances;
  uint64_t due = 0;  // planned invocations that were due by now
  uint64_t in_flight = 0;
  MetricsHistogram response;
  MetricsHistogram service;
  MetricsHistogram lateness;
  std::array<uint64_t, kWorkerStates> workers = {};  // by state
  uint64_t& WorkersIn(WorkerState state) {
    return workers[static_cast<size_t>(state)];
  }

  // Adds the latencies of an instance's phase.
  void AddLatencies(const Totals& totals);
};

// The numbers of a finished run.
MetricsSnapshot FinalMetrics(const RunReport& report);

std::string MetricsText(const MetricsSnapshot& snapshot);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_WEB_METRICS_H_
