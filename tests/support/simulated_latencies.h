// Latencies of simulated services in virtual time, for tests of statistics:
// Poisson arrivals, in a steady state from the first bin on. Units: seconds.
#ifndef INVOCATOR_TESTS_SUPPORT_SIMULATED_LATENCIES_H_
#define INVOCATOR_TESTS_SUPPORT_SIMULATED_LATENCIES_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "common/arrivals/rng.h"
#include "common/result/histogram.h"
#include "coordinator/statistics/latency_bins.h"

namespace invocator {

class Dice {
 public:
  Dice(uint32_t seed, uint32_t run);

  double Uniform() { return rng_.Uniform(); }
  double Exponential(double mean);
  double Normal();

 private:
  StreamRng rng_;
  std::optional<double> next_normal_;
};

struct SimulatedCall {
  double at_s = 0;
  double latency_s = 0;
};
// Calls of `seconds`, in order.
using Service =
    std::function<std::vector<SimulatedCall>(Dice& dice, double seconds)>;

// One server, exponential service. The response time is exponential with mean
// 1 / (rate / load - rate) (Kleinrock, Queueing Systems I, 5.6).
Service MM1(double load, double rate);
// Lognormal service with coefficient of variation 1.
Service MGc(int servers, double load, double rate);
// base exp(sigma x), x an AR(1) of unit variance from call to call.
Service Ar1(double coefficient, double rate, double base_s, double sigma);
// Lognormal, median 20 ms. Cold starts come in clusters with a geometric number
// of consecutive calls, each of which takes 0.3 to 0.8 s longer.
Service ColdClusters(double rate, double clusters_per_s, double mean_calls);

// Histograms of bins of 1 s.
std::vector<Histogram> Histograms(const std::vector<SimulatedCall>& calls,
                                  double seconds);
LatencyBins Simulate(const Service& service, double seconds, uint32_t seed,
                     uint32_t run);

}  // namespace invocator

#endif  // INVOCATOR_TESTS_SUPPORT_SIMULATED_LATENCIES_H_
