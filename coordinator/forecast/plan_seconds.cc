#include "coordinator/forecast/plan_seconds.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/arrivals/arrival_stream.h"
#include "common/arrivals/expected_calls.h"
#include "common/arrivals/rate_walk.h"
#include "coordinator/forecast/line_writer.h"
#include "coordinator/text/csv_field.h"

namespace invocator {
namespace {

constexpr int64_t kNsPerS = 1'000'000'000;

// Counts a stream's arrivals second by second.
class SecondCounter {
 public:
  explicit SecondCounter(const ArrivalSpec& spec)
      : stream_(MakeArrivalStream(spec)), next_(stream_->Next()) {}

  bool is_at_end() const { return !next_; }

  // Arrivals before the instant that were not yet counted.
  uint64_t CountUntil(int64_t end_ns) {
    uint64_t count = 0;
    for (; next_ && next_->scheduled_ns < end_ns; next_ = stream_->Next()) {
      ++count;
    }
    return count;
  }

 private:
  std::unique_ptr<ArrivalStream> stream_;
  std::optional<Arrival> next_;
};

// Expected calls of a spec with a rate, second by second.
class ExpectedSeconds {
 public:
  explicit ExpectedSeconds(const ArrivalSpec& spec)
      : integral_(spec),
        part_(1.0 / Sharers(spec)),
        spikes_(SpikesAlone(spec)),
        end_s_(std::min(spec.window_end_s, spec.duration_s)),
        until_s_(spec.window_start_s),
        calls_(integral_.Until(until_s_)) {}

  double CallsIn(int64_t second) {
    const auto end_s = static_cast<double>(second + 1);
    until_s_ = std::max(until_s_, std::min(end_s, end_s_));
    const double before = std::exchange(calls_, integral_.Until(until_s_));
    const auto spikes =
        static_cast<double>(spikes_.CountUntil((second + 1) * kNsPerS));
    return part_ * (std::max(calls_ - before, 0.0) + spikes);
  }

 private:
  RateIntegral integral_;
  double part_;  // of a version
  SecondCounter spikes_;
  double end_s_;
  double until_s_;
  double calls_;  // expected until then
};

struct InstanceSeconds {
  explicit InstanceSeconds(const InstancePlan& instance)
      : name(absl::StrCat(",", CsvField(instance.name), ",")),
        planned(instance.arrivals) {
    if (HasRate(instance.arrivals.kind)) expected.emplace(instance.arrivals);
  }

  std::string name;  // with the commas around it
  SecondCounter planned;
  std::optional<ExpectedSeconds> expected;
};

}  // namespace

std::vector<uint64_t> PrintSeconds(const Plan& plan, std::ostream& out) {
  std::vector<InstanceSeconds> instances;
  instances.reserve(plan.instances.size());
  for (const InstancePlan& instance : plan.instances) {
    instances.emplace_back(instance);
  }
  std::vector<uint64_t> counts(instances.size(), 0);
  const auto seconds = static_cast<int64_t>(std::ceil(plan.duration_s));
  const auto any_is_left = [&] {
    return std::any_of(
        instances.begin(), instances.end(),
        [](const InstanceSeconds& i) { return !i.planned.is_at_end(); });
  };
  LineWriter writer(out);
  writer.Text("second,instance,planned,expected\n");
  for (int64_t second = 0; second < seconds || any_is_left(); ++second) {
    for (size_t i = 0; i < instances.size() && out.good(); ++i) {
      InstanceSeconds& instance = instances[i];
      const uint64_t planned =
          instance.planned.CountUntil((second + 1) * kNsPerS);
      counts[i] += planned;
      writer.Integer(static_cast<uint64_t>(second));
      writer.Text(instance.name);
      writer.Integer(planned);
      writer.Text(",");
      writer.Decimal(instance.expected ? instance.expected->CallsIn(second)
                                       : static_cast<double>(planned));
      writer.Text("\n");
    }
    if (!out.good()) break;
  }
  writer.Flush();
  return counts;
}

}  // namespace invocator
