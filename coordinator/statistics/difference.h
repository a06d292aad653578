// Difference of two numbers that were measured independently, from their
// intervals (Newcombe's square-and-add; Zou and Donner, Statistics in Medicine
// 2008):
//   low  = d - sqrt((b - b.low)^2 + (a.high - a)^2)     d = b - a
//   high = d + sqrt((b.high - b)^2 + (a - a.low)^2)
// Unlike the question whether two intervals overlap it claims as much as it
// may.
//
// An end that needs an unknown one is unknown, for its reason. Pure.
#ifndef INVOCATOR_COORDINATOR_STATISTICS_DIFFERENCE_H_
#define INVOCATOR_COORDINATOR_STATISTICS_DIFFERENCE_H_

#include "absl/types/span.h"
#include "coordinator/statistics/interval.h"

namespace invocator {

// Of `b` from `a`: b - a. effective_n is the smaller one.
Interval Difference(const Interval& a, const Interval& b);

// Of `b` from the mean of the baselines. Bins show how much a number varies
// within a run; another host or another hour is not in them. Two baselines or
// more show the variance between runs, too: with the standard deviation s of
// their k estimates, one more run of the same kind is within
// t(k-1) s sqrt(1 + 1/k) of their mean (Hahn and Meeker, Statistical Intervals,
// 4.8). Each end is the farther one of that and of the rule above, with the
// mean's reach sqrt(sum of squared reaches) / k. One baseline: Difference.
// REQUIRES: baselines are not empty, 0 < confidence < 1
Interval DifferenceFromBaselines(absl::Span<const Interval> baselines,
                                 const Interval& b,
                                 double confidence = kUsualConfidence);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_STATISTICS_DIFFERENCE_H_
