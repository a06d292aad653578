// Variance of a sum over a run, measured from the scatter of its bins of time.
// Calls near in time are alike (a queue, a cold start, a slow host), so their
// number says little about what is known; the bins do.
//
// Residuals: a bin's number less what the whole run's share of it would be, so
// they add up to zero. Bins without calls say nothing and are left out.
//
// Bins that correlate are joined with their neighbours, two, four, eight at a
// time, until the residuals' lag-1 correlation is at most max(0.2, 2/sqrt(B)).
// If fewer than ten are left, nothing is claimed. (Batch means: Law, Simulation
// Modeling and Analysis, 9.5.3.) Two corrections, without which intervals of
// p90 at 80 % load cover in 88 % of simulated runs, and of p99 in 89 to 91 %:
//   - The correlation that was tolerated adds its (1+r)/(1-r), as of an AR(1).
//   - Few bins may hold most of the variance, as with rare clusters of slow
//     calls. The degrees of freedom follow the residuals' kurtosis:
//     var(s^2) = sigma^4 (2/(B-1) + (kurtosis-3)/B), matched to a chi-square
//     as Satterthwaite does (Biometrics Bulletin 1946).
//
// Pure.
#ifndef INVOCATOR_COORDINATOR_STATISTICS_BIN_NOISE_H_
#define INVOCATOR_COORDINATOR_STATISTICS_BIN_NOISE_H_

#include <cstddef>
#include <vector>

#include "absl/types/span.h"
#include "coordinator/statistics/interval.h"

namespace invocator {

// Fewest bins that anything is claimed from. Bins with uneven calls also have
// to be worth eight equal ones, n^2 / sum of n_b^2.
inline constexpr double kFewestBins = 10;

struct BinNoise {
  // kNothing, kNoCalls, kFewBins or kMemory; the rest only for kNothing.
  Unknown unknown = Unknown::kNothing;
  size_t bins = 0;       // with calls, before any were joined
  size_t groups = 0;     // of joined bins
  size_t joined = 1;     // bins a group; the last group takes what is left over
  double variance = 0;   // of the sum of all residuals
  double degrees = 0;    // of freedom of `variance`
  double tolerated = 1;  // the factor (1+r)/(1-r) in `variance`
};

// numbers[b] - (sum of numbers / sum of calls) * calls[b], where differences
// within rounding are zero. REQUIRES: equal sizes
std::vector<double> ResidualsOf(absl::Span<const double> numbers,
                                absl::Span<const double> calls);

// `difference` of two numbers up to `most` in size; zero if within rounding.
double BeyondRounding(double difference, double most);

// REQUIRES: equal sizes
BinNoise MeasureBinNoise(absl::Span<const double> residuals,
                         absl::Span<const double> calls);

// By what factor calls would have to be fewer to say as much, were they
// independent.
struct Inflation {
  double variance = 1;  // at least 1
  double student = 1;   // square of Student's cut over the normal one

  double Both() const { return variance * student; }
};

// `independent`: variance of the sum if calls were independent. None if bins
// scatter less than that, before any correction.
// REQUIRES: noise.unknown == kNothing
Inflation InflationOf(const BinNoise& noise, double independent,
                      double confidence);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_STATISTICS_BIN_NOISE_H_
