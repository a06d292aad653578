// A server that measures how steadily a client sends: it answers every request
// of HTTP/1.1, or of HTTP/2 in the clear, at once, notes when each arrived, and
// prints how far the arrivals lay from those of a constant rate, or from
// planned ones.
//
//   stamping_sink RATE_PER_S MAX_SECONDS [PLAN_FILE]
//
// PLAN_FILE: the planned instants in seconds, ascending, one a line.
// Prints "listening on http://127.0.0.1:PORT"; after SIGTERM, or MAX_SECONDS,
// one line of JSON. The k-th arrival ought to come at t0 + k / RATE, or t0 +
// the k-th planned instant (what comes beyond the plan counts as no arrival);
// t0 is chosen as the client would want it (it minimises the mean deviation, so
// it is a median), and the deviations are given without sign. A client that
// stops short of the rate drifts away from it, and that counts.
//
// One thread, which never sleeps: waking up would be measured too.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <vector>

#include "tests/bench/sink_server.h"

namespace {

constexpr size_t kMaxArrivals = 20'000'000;

// The planned instants of a file, in us; nothing if it cannot be read.
std::vector<double> ReadPlanUs(const char* path) {
  std::vector<double> result;
  std::ifstream file(path);
  double instant_s;
  while (result.size() < kMaxArrivals && file >> instant_s) {
    result.push_back(instant_s * 1e6);
  }
  return result;
}

// How far the arrivals lie from the plan or, if that is empty, from a constant
// rate, in us, ascending.
std::vector<double> DeviationsUs(const std::vector<int64_t>& arrivals_ns,
                                 const std::vector<double>& plan_us,
                                 double rate_per_s) {
  std::vector<double> result;
  result.reserve(arrivals_ns.size());
  for (size_t k = 0; k < arrivals_ns.size(); ++k) {
    if (!plan_us.empty() && k == plan_us.size()) break;
    const double due_us = plan_us.empty()
                              ? static_cast<double>(k) * 1e6 / rate_per_s
                              : plan_us[k];
    result.push_back(static_cast<double>(arrivals_ns[k] - arrivals_ns.front()) /
                         1e3 -
                     due_us);
  }
  if (result.empty()) return result;
  const auto middle =
      result.begin() + static_cast<std::ptrdiff_t>(result.size() / 2);
  std::nth_element(result.begin(), middle, result.end());
  const double offset = *middle;
  for (double& deviation : result) deviation = std::abs(deviation - offset);
  std::sort(result.begin(), result.end());
  return result;
}

// REQUIRES: values is ascending and 0 <= quantile <= 1. 0 if values is empty.
double Percentile(const std::vector<double>& values, double quantile) {
  if (values.empty()) return 0;
  const double rank = std::ceil(quantile * static_cast<double>(values.size()));
  return values[static_cast<size_t>(std::max(rank, 1.0)) - 1];
}

}  // namespace

int main(int argc, char** argv) {
  const bool counted = argc == 3 || argc == 4;
  const double rate_per_s = counted ? std::atof(argv[1]) : 0;
  const double max_seconds = counted ? std::atof(argv[2]) : 0;
  if (!(rate_per_s > 0 && max_seconds > 0 && max_seconds <= 3600)) {
    std::fprintf(stderr,
                 "usage: stamping_sink RATE_PER_S MAX_SECONDS [PLAN_FILE]\n");
    return 2;
  }
  std::vector<double> plan_us;
  if (argc == 4) {
    plan_us = ReadPlanUs(argv[3]);
    if (plan_us.empty()) {
      std::fprintf(stderr, "stamping_sink: %s: no planned instants\n", argv[3]);
      return 2;
    }
  }
  const int listener = invocator::ListenOnLoopback();
  if (listener < 0) {
    std::perror("stamping_sink: cannot listen on 127.0.0.1");
    return 1;
  }
  std::vector<int64_t> arrivals_ns;
  arrivals_ns.reserve(1'000'000);
  invocator::ServeSink(
      listener,
      invocator::SteadyNowNs() + static_cast<int64_t>(max_seconds * 1e9),
      invocator::Waiting::kSpin, [&arrivals_ns](int begun, int64_t now_ns) {
        if (arrivals_ns.size() >= kMaxArrivals) return false;
        arrivals_ns.insert(arrivals_ns.end(), static_cast<size_t>(begun),
                           now_ns);
        return true;
      });
  const std::vector<double> deviations =
      DeviationsUs(arrivals_ns, plan_us, rate_per_s);
  const double elapsed_s =
      arrivals_ns.empty()
          ? 0
          : static_cast<double>(arrivals_ns.back() - arrivals_ns.front()) / 1e9;
  std::printf(
      "{\"count\": %zu, \"elapsed_s\": %.6f, \"p50\": %.1f, \"p90\": %.1f, "
      "\"p99\": %.1f, \"max\": %.1f}\n",
      deviations.size(), elapsed_s, Percentile(deviations, 0.5),
      Percentile(deviations, 0.9), Percentile(deviations, 0.99),
      Percentile(deviations, 1));
  return 0;
}
