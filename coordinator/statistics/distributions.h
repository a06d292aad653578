// Quantiles of the normal, Student's and the binomial law, for real numbers of
// trials too: a run may be worth 12.5 independent calls. Pure; no function
// throws.
#ifndef INVOCATOR_COORDINATOR_STATISTICS_DISTRIBUTIONS_H_
#define INVOCATOR_COORDINATOR_STATISTICS_DISTRIBUTIONS_H_

#include <optional>

namespace invocator {

// The z that a standard normal variable exceeds with probability `tail`.
// REQUIRES: 0 < tail < 1
double NormalCut(double tail);
// The same for Student's law. REQUIRES: degrees > 0, 0 < tail < 1
double StudentCut(double tail, double degrees);

// Order statistics that enclose the quantile `ratio` of a law, of `calls`
// independent values of it. Real numbers: round `low` down and `high` up.
//   low:  P(X < low) = tail    X: how many of them lie below the quantile
//   high: P(X >= high) = tail
// Unknown where even the first or the last value is too likely on the wrong
// side. Source: order-statistic intervals, Conover, Practical Nonparametric
// Statistics, 3.2.
struct RankBounds {
  std::optional<double> low;
  std::optional<double> high;
};
// REQUIRES: calls >= 0, 0 < ratio < 1, 0 < tail < 0.5
RankBounds BoundRanks(double calls, double ratio, double tail);
// Fewest calls for which BoundRanks knows both.
double FewestCallsForRanks(double ratio, double tail);

// The exact binomial bounds of a share (Clopper and Pearson, Biometrika 1934).
struct ShareBounds {
  double low = 0;
  double high = 1;
};
// REQUIRES: 0 <= hits <= calls, calls > 0, 0 < tail < 0.5
ShareBounds BoundShare(double hits, double calls, double tail);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_STATISTICS_DISTRIBUTIONS_H_
