#include "coordinator/report/run_judgement.h"

#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"

namespace invocator {
namespace {

// Cost of the measured calls. `instance`: null for the run.
std::optional<double> CostOf(const std::optional<Cost>& cost,
                             const std::string* instance) {
  // Without calls nothing is known.
  if (!cost || !cost->applies || cost->requests + cost->not_charged == 0) {
    return std::nullopt;
  }
  int64_t nano = instance == nullptr ? cost->total_nano : 0;
  for (const CostItem& item : cost->items) {
    if (instance != nullptr && item.instance == *instance) {
      nano += item.amount_nano;
    }
  }
  return static_cast<double>(nano) / 1e9;
}

std::optional<double> Known(double rate, double measured_s) {
  return measured_s > 0 ? std::optional(rate) : std::nullopt;
}

// `instance`: null for the run.
Measured MeasuredOf(const RunReport& report, const Totals& totals,
                    const std::string* instance,
                    std::optional<uint64_t> max_in_flight) {
  const RunReport::Rates rates = report.RatesOf(totals);
  const std::optional<Cost>& cost =
      report.measured_cost ? report.measured_cost : report.cost;
  return {.totals = totals,
          .sent_rate = Known(rates.sent, report.sent_span_s - report.warmup_s),
          .ok_rate = Known(rates.ok, report.completed_span_s - report.warmup_s),
          .cost = CostOf(cost, instance),
          .is_cost_a_lower_bound = cost && cost->unknown > 0,
          .max_in_flight = max_in_flight};
}

class Judgement {
 public:
  explicit Judgement(const RunReport& report) : report_(report) {
    if (report.timeline) bins_.emplace(report.Bins());
  }

  // `index`: of the instance; nullopt for the run.
  void Add(const Threshold& threshold, std::optional<size_t> index,
           const Measured& measured) {
    const std::string instance = index ? report_.instances[*index].first : "";
    const std::optional<ThresholdResult>& abort = report_.aborted_by;
    if (abort && abort->instance == instance && abort->threshold == threshold) {
      return results_.push_back(*abort);
    }
    ThresholdResult& result = results_.emplace_back(Judge(threshold, measured));
    result.instance = instance;
    if (!bins_ || !result.value) return;
    const std::optional<size_t> lane = index ? bins_->LaneOf(*index) : index;
    if (lane.has_value() == index.has_value()) {
      result.interval = bins_->IntervalOf(threshold, lane);
    }
  }

  std::vector<ThresholdResult> Take() { return std::move(results_); }

 private:
  const RunReport& report_;
  std::optional<MeasuredBins> bins_;
  std::vector<ThresholdResult> results_;
};

}  // namespace

std::vector<ThresholdResult> JudgeRun(const WorkloadThresholds& thresholds,
                                      const RunReport& report) {
  Judgement judgement(report);
  std::vector<Threshold> each;
  const Measured run =
      MeasuredOf(report, report.total, nullptr, report.max_in_flight);
  for (const Threshold& threshold : thresholds.run) {
    if (threshold.each) {
      each.push_back(threshold);
    } else {
      judgement.Add(threshold, std::nullopt, run);
    }
  }
  for (size_t i = 0; i < report.instances.size(); ++i) {
    const bool has_own =
        i < thresholds.instances.size() && !thresholds.instances[i].empty();
    if (each.empty() && !has_own) continue;
    const auto& [name, totals] = report.instances[i];
    const Measured measured = MeasuredOf(report, totals, &name,
                                         i < report.max_in_flight_of.size()
                                             ? report.max_in_flight_of[i]
                                             : std::nullopt);
    for (const Threshold& threshold : each) {
      judgement.Add(threshold, i, measured);
    }
    if (!has_own) continue;
    for (const Threshold& threshold : thresholds.instances[i]) {
      judgement.Add(threshold, i, measured);
    }
  }
  return judgement.Take();
}

std::vector<VersionCheck> JudgeVersions(const std::vector<VersionLimit>& limits,
                                        const RunReport& report) {
  std::vector<VersionCheck> checks;
  if (limits.empty() || !report.timeline) return checks;
  MeasuredBins bins = report.Bins();
  for (const VersionLimit& limit : limits) {
    for (const VersionsReport& versions : report.versions) {
      const std::string wanted =
          absl::StrCat(versions.name, "@", limit.version);
      for (size_t i = 1; i < versions.count; ++i) {
        const std::string& name = report.instances[versions.first + i].first;
        if (name != wanted) continue;
        VersionCheck& check = checks.emplace_back();
        check.limit = limit;
        check.instance = name;
        check.change = CompareVersions(bins, versions.first, versions.first + i,
                                       report.seed, limit.limit.subject);
        check.is_beyond = check.change && IsBeyond(limit.limit, *check.change);
      }
    }
  }
  return checks;
}

}  // namespace invocator
