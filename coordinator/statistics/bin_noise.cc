#include "coordinator/statistics/bin_noise.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "coordinator/statistics/distributions.h"

namespace invocator {
namespace {

// Of bins with uneven calls.
constexpr double kFewestBinsWorth = 8;
constexpr double kToleratedCorrelation = 0.2;
constexpr double kMostCorrelation = 0.9;  // keeps (1+r)/(1-r) finite

double SumOf(absl::Span<const double> values) {
  return std::accumulate(values.begin(), values.end(), 0.0);
}

std::vector<double> Join(absl::Span<const double> values, size_t joined) {
  std::vector<double> groups(values.size() / joined);
  for (size_t i = 0; i < values.size(); ++i) {
    groups[std::min(i / joined, groups.size() - 1)] += values[i];
  }
  return groups;
}

// Number of equal bins that are worth as much (Kish): one bin with nearly all
// calls is one bin, however many others there are.
double BinsWorth(absl::Span<const double> calls) {
  const double sum = SumOf(calls);
  double worth = 0;
  for (const double n : calls) worth += n / sum * (n / sum);
  return 1 / worth;
}

}  // namespace

double BeyondRounding(double difference, double most) {
  constexpr double kRounding = 1e-11;
  return std::abs(difference) > kRounding * most ? difference : 0;
}

std::vector<double> ResidualsOf(absl::Span<const double> numbers,
                                absl::Span<const double> calls) {
  const double n = SumOf(calls);
  std::vector<double> residuals(numbers.size());
  if (n == 0) return residuals;
  const double share = SumOf(numbers) / n;
  for (size_t b = 0; b < numbers.size(); ++b) {
    const double expected = share * calls[b];
    residuals[b] =
        BeyondRounding(numbers[b] - expected,
                       std::max(std::abs(numbers[b]), std::abs(expected)));
  }
  return residuals;
}

BinNoise MeasureBinNoise(absl::Span<const double> residuals,
                         absl::Span<const double> calls) {
  std::vector<double> full;
  std::vector<double> full_calls;
  for (size_t b = 0; b < calls.size(); ++b) {
    if (calls[b] == 0) continue;
    full.push_back(residuals[b]);
    full_calls.push_back(calls[b]);
  }
  BinNoise noise;
  noise.bins = full.size();
  if (full.empty()) {
    noise.unknown = Unknown::kNoCalls;
    return noise;
  }

  for (noise.joined = 1;; noise.joined *= 2) {
    noise.groups = full.size() / noise.joined;
    const auto groups = static_cast<double>(noise.groups);
    if (groups < kFewestBins ||
        BinsWorth(Join(full_calls, noise.joined)) < kFewestBinsWorth) {
      noise.unknown = noise.joined == 1 ? Unknown::kFewBins : Unknown::kMemory;
      return noise;
    }
    noise.degrees = groups - 1;
    const std::vector<double> r = Join(full, noise.joined);
    double squares = 0;
    double fourths = 0;
    double products = 0;
    const double scale =
        std::abs(*std::max_element(r.begin(), r.end(), [](double a, double b) {
          return std::abs(a) < std::abs(b);
        }));
    if (scale == 0) return noise;
    for (size_t g = 0; g < r.size(); ++g) {
      const double x = r[g] / scale;
      squares += x * x;
      fourths += x * x * x * x;
      if (g > 0) products += x * (r[g - 1] / scale);
    }
    const double correlation = products / squares;
    if (correlation > std::max(kToleratedCorrelation, 2 / std::sqrt(groups))) {
      continue;
    }
    const double rest = std::clamp(correlation, 0.0, kMostCorrelation);
    noise.tolerated = (1 + rest) / (1 - rest);
    noise.variance =
        groups / (groups - 1) * squares * noise.tolerated * scale * scale;
    const double kurtosis = groups * fourths / (squares * squares);
    noise.degrees =
        2 / (2 / (groups - 1) + std::max(kurtosis - 3, 0.0) / groups);
    return noise;
  }
}

Inflation InflationOf(const BinNoise& noise, double independent,
                      double confidence) {
  const double scatter = noise.variance / noise.tolerated;
  if (!(scatter > independent && independent > 0)) return {};
  const double tail = (1 - confidence) / 2;
  const double cuts = StudentCut(tail, noise.degrees) / NormalCut(tail);
  return {noise.variance / independent, cuts * cuts};
}

}  // namespace invocator
