// Latencies of a function's successive calls. With a correlation they are a
// Gaussian copula: the calls' normal scores are a stationary AR(1) process, so
// that every single latency keeps the model's distribution. Pure: equal
// generators give equal latencies.
//
// Thread-compatible.
#ifndef INVOCATOR_GATEWAY_LATENCY_SERIES_H_
#define INVOCATOR_GATEWAY_LATENCY_SERIES_H_

#include <optional>
#include <random>

#include "absl/time/time.h"
#include "gateway/latency_model.h"

namespace invocator {

class LatencySeries {
 public:
  // `correlation`: of the normal scores of a call and the next; 0 .. 1, without
  // 1. At 0 it is the model's own Sample.
  absl::Duration Next(const LatencyModel& model, double correlation,
                      std::mt19937_64& generator);

 private:
  std::optional<double> score_;  // of the latest call
};

}  // namespace invocator

#endif  // INVOCATOR_GATEWAY_LATENCY_SERIES_H_
