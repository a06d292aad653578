#include "tests/support/simulated_latencies.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <queue>
#include <utility>

#include "absl/strings/str_cat.h"

namespace invocator {
namespace {

constexpr double kWarmupS = 10;

// Drops the calls of the warm-up and starts time after it.
std::vector<SimulatedCall> AfterWarmup(std::vector<SimulatedCall> calls) {
  std::erase_if(calls,
                [](const SimulatedCall& call) { return call.at_s < kWarmupS; });
  for (SimulatedCall& call : calls) call.at_s -= kWarmupS;
  return calls;
}

}  // namespace

Dice::Dice(uint32_t seed, uint32_t run) : rng_(seed, absl::StrCat(run)) {}

double Dice::Exponential(double mean) {
  return -mean * std::log(1 - rng_.Uniform());
}

// Box and Muller: two at a time.
double Dice::Normal() {
  if (next_normal_.has_value()) {
    return *std::exchange(next_normal_, std::nullopt);
  }
  const double radius = std::sqrt(2 * Exponential(1));
  const double angle = 2 * std::numbers::pi * rng_.Uniform();
  next_normal_ = radius * std::sin(angle);
  return radius * std::cos(angle);
}

Service MM1(double load, double rate) {
  return [=](Dice& dice, double seconds) {
    std::vector<SimulatedCall> calls;
    double free_at = 0;
    for (double at = dice.Exponential(1 / rate); at < seconds + kWarmupS;
         at += dice.Exponential(1 / rate)) {
      free_at = std::max(free_at, at) + dice.Exponential(load / rate);
      calls.push_back({at, free_at - at});
    }
    return AfterWarmup(std::move(calls));
  };
}

Service MGc(int servers, double load, double rate) {
  const double variance = std::log(2.0);  // cv 1
  const double location = std::log(servers * load / rate) - variance / 2;
  return [=](Dice& dice, double seconds) {
    std::vector<SimulatedCall> calls;
    std::priority_queue<double, std::vector<double>, std::greater<>> free_at;
    for (int i = 0; i < servers; ++i) free_at.push(0);
    for (double at = dice.Exponential(1 / rate); at < seconds + kWarmupS;
         at += dice.Exponential(1 / rate)) {
      const double start = std::max(free_at.top(), at);
      const double end =
          start + std::exp(location + std::sqrt(variance) * dice.Normal());
      free_at.pop();
      free_at.push(end);
      calls.push_back({at, end - at});
    }
    return AfterWarmup(std::move(calls));
  };
}

Service Ar1(double coefficient, double rate, double base_s, double sigma) {
  const double fresh = std::sqrt(1 - coefficient * coefficient);
  return [=](Dice& dice, double seconds) {
    std::vector<SimulatedCall> calls;
    double x = dice.Normal();
    for (double at = dice.Exponential(1 / rate); at < seconds;
         at += dice.Exponential(1 / rate)) {
      x = coefficient * x + fresh * dice.Normal();
      calls.push_back({at, base_s * std::exp(sigma * x)});
    }
    return calls;
  };
}

Service ColdClusters(double rate, double clusters_per_s, double mean_calls) {
  return [=](Dice& dice, double seconds) {
    std::vector<SimulatedCall> calls;
    double next_cluster = dice.Exponential(1 / clusters_per_s);
    int64_t cold_left = 0;
    for (double at = dice.Exponential(1 / rate); at < seconds + kWarmupS;
         at += dice.Exponential(1 / rate)) {
      while (next_cluster <= at) {
        const auto length = static_cast<int64_t>(
            std::ceil(dice.Exponential(1) / -std::log1p(-1 / mean_calls)));
        cold_left = std::max(cold_left, length);
        next_cluster += dice.Exponential(1 / clusters_per_s);
      }
      double latency = 0.02 * std::exp(0.4 * dice.Normal());
      if (cold_left-- > 0) latency += 0.3 + 0.5 * dice.Uniform();
      calls.push_back({at, latency});
    }
    return AfterWarmup(std::move(calls));
  };
}

std::vector<Histogram> Histograms(const std::vector<SimulatedCall>& calls,
                                  double seconds) {
  std::vector<Histogram> bins(static_cast<size_t>(seconds));
  for (const SimulatedCall& call : calls) {
    const auto bin = static_cast<size_t>(call.at_s);
    bins[std::min(bin, bins.size() - 1)].Add(std::llround(call.latency_s * 1e9),
                                             1);
  }
  return bins;
}

LatencyBins Simulate(const Service& service, double seconds, uint32_t seed,
                     uint32_t run) {
  Dice dice(seed, run);
  return LatencyBins(Histograms(service(dice, seconds), seconds));
}

}  // namespace invocator
