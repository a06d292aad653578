#include "coordinator/forecast/schedule_check.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "absl/functional/function_ref.h"
#include "common/arrivals/binned_process.h"
#include "common/arrivals/rate_walk.h"
#include "common/arrivals/rng.h"
#include "coordinator/forecast/dispersion.h"
#include "coordinator/forecast/gap_distribution.h"
#include "coordinator/forecast/kolmogorov.h"

namespace invocator {
namespace {

constexpr double kNsPerS = 1e9;

// Keeps every value, or a random choice of kMostTested. Not every k-th one:
// positions come sorted within their bins.
class BoundedSample {
 public:
  explicit BoundedSample(const ArrivalSpec& spec)
      : rng_(spec.seed, spec.stream + "\ncheck") {}

  void Add(double value, double tolerance) {
    const uint64_t number = values_++;
    if (number < kMostTested) {
      sample_.low.push_back(value - tolerance);
      sample_.high.push_back(value + tolerance);
      return;
    }
    // Reservoir sampling (Vitter, ACM TOMS 1985, algorithm R).
    const auto place =
        static_cast<uint64_t>(rng_.Uniform() * static_cast<double>(values_));
    if (place >= kMostTested) return;
    sample_.low[place] = value - tolerance;
    sample_.high[place] = value + tolerance;
  }

  void Test(absl::FunctionRef<double(double)> cdf, ScheduleCheck& check) && {
    check.values = values_;
    check.tested = sample_.low.size();
    check.verdict = ScheduleVerdict::kTooFew;
    if (check.tested < kFewestTested) return;
    check.distance = KolmogorovDistance(std::move(sample_), cdf);
    check.p_value = KolmogorovPValue(check.distance, check.tested);
    check.verdict = check.p_value < kUnlikelyP ? ScheduleVerdict::kUnlikely
                                               : ScheduleVerdict::kFits;
  }

 private:
  StreamRng rng_;
  ToleratedSample sample_;
  uint64_t values_ = 0;
};

double WindowEnd(const ArrivalSpec& spec) {
  return std::min(spec.window_end_s, spec.duration_s);
}

// An instant's uncertainty in calls: the nanosecond, and the error of seconds
// and of integrated rates in doubles.
double Tolerance(double instant_s, double calls, double per_s) {
  constexpr double kDouble = 4 * std::numeric_limits<double>::epsilon();
  return 1e-9 + per_s * (1e-9 + instant_s * kDouble) + calls * kDouble;
}

ScheduleCheck CheckGaps(const ArrivalSpec& spec, ArrivalStream& schedule) {
  RateIntegral integral(spec);
  const double from = integral.Until(spec.window_start_s);
  RateIntegral to_end(spec);
  Dispersion dispersion((to_end.Until(WindowEnd(spec)) - from) /
                        kCallsPerWindow);
  BoundedSample gaps(spec);
  // The first gap is whole only if the window begins with the process, and is
  // longer than the others if they are all equal.
  bool is_whole =
      spec.window_start_s <= 0 && spec.kind != ArrivalKind::kUniform;
  double before = from;
  double before_per_s = 0;
  while (const auto arrival = schedule.Next()) {
    const double instant_s =
        static_cast<double>(arrival->scheduled_ns) / kNsPerS;
    const double calls = integral.Until(instant_s);
    const double per_s = std::max(before_per_s, integral.per_s());
    if (std::exchange(is_whole, true)) {
      gaps.Add(calls - before, Tolerance(instant_s, calls, per_s));
    }
    dispersion.Add((calls - from) / kCallsPerWindow);
    before = calls;
    before_per_s = integral.per_s();
  }
  ScheduleCheck check;
  check.dispersion = dispersion.Index();
  const GapDistribution law(spec);
  std::move(gaps).Test([&](double gap) { return law.Cdf(gap); }, check);
  return check;
}

// The part of a bin of counts that lies within the window, in order of time.
class VisibleBins {
 public:
  explicit VisibleBins(const ArrivalSpec& spec)
      : counts_(spec.counts),
        start_ns_(spec.window_start_s > 0
                      ? std::llround(spec.window_start_s * kNsPerS) + 1
                      : 0),
        end_ns_(std::llround(WindowEnd(spec) * kNsPerS)) {}

  // Position of an instant in its bin, from 0 to 1, and its uncertainty.
  // REQUIRES: instants within the window that never decrease.
  std::pair<double, double> Position(int64_t instant_ns) {
    while (BinStartNs(counts_, bin_ + 1) <= instant_ns) ++bin_;
    const int64_t from = std::max(start_ns_, BinStartNs(counts_, bin_));
    const int64_t to = std::min(end_ns_, BinStartNs(counts_, bin_ + 1));
    // Instants are rounded down.
    const auto width = static_cast<double>(std::max<int64_t>(to - from, 1));
    const double place = (static_cast<double>(instant_ns - from) + 0.5) / width;
    return {place, 0.5 / width + 1e-9};
  }

 private:
  const BinnedCalls& counts_;
  int64_t start_ns_;
  int64_t end_ns_;
  size_t bin_ = 0;
};

// Of calls that are given, but for random positions within bins.
ScheduleCheck CheckInstants(const ArrivalSpec& spec, ArrivalStream& schedule) {
  const bool is_random = spec.kind == ArrivalKind::kCounts && !spec.counts.even;
  const bool has_window = spec.kind != ArrivalKind::kList;
  const double first_s = has_window ? std::ceil(spec.window_start_s) : 0;
  const double end_s = has_window ? WindowEnd(spec) : spec.duration_s;
  Dispersion dispersion(std::max(std::floor(end_s) - first_s, 0.0));
  BoundedSample positions(spec);
  VisibleBins bins(spec);
  while (const auto arrival = schedule.Next()) {
    dispersion.Add(static_cast<double>(arrival->scheduled_ns) / kNsPerS -
                   first_s);
    if (!is_random) continue;
    const auto [place, tolerance] = bins.Position(arrival->scheduled_ns);
    positions.Add(place, tolerance);
  }
  ScheduleCheck check;
  check.dispersion = dispersion.Index();
  if (!is_random) return check;
  std::move(positions).Test(
      [](double place) { return std::clamp(place, 0.0, 1.0); }, check);
  return check;
}

}  // namespace

ScheduleCheck CheckSchedule(const ArrivalSpec& spec, ArrivalStream& schedule) {
  return HasRate(spec.kind) ? CheckGaps(spec, schedule)
                            : CheckInstants(spec, schedule);
}

ScheduleCheck CheckSchedule(const ArrivalSpec& spec) {
  ArrivalSpec process = spec;
  process.spikes.clear();
  process.version.reset();
  const auto schedule = MakeArrivalStream(process);
  return CheckSchedule(process, *schedule);
}

}  // namespace invocator
