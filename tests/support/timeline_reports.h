// Reports of random calls, with a timeline that adds up to their totals.
#ifndef INVOCATOR_TESTS_SUPPORT_TIMELINE_REPORTS_H_
#define INVOCATOR_TESTS_SUPPORT_TIMELINE_REPORTS_H_

#include <cstdint>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "coordinator/report/run_report.h"
#include "tests/support/binned_calls.h"
#include "tests/support/reports.h"

namespace invocator {

// Two seconds, two workers. The first instance has more calls than the others,
// two of them lost.
inline RunReport ReportOfCalls(const std::vector<std::string>& names,
                               uint64_t calls, unsigned seed = 1) {
  std::mt19937_64 random(seed);
  constexpr int64_t kUntilNs = 2'000'000'000;
  const TimeBins bins(2);
  std::vector<PlainBins> by_instance;
  std::vector<std::vector<uint64_t>> planned_of;
  std::vector<uint64_t> counts;
  for (size_t i = 0; i < names.size(); ++i) {
    PlainBins& plain =
        by_instance.emplace_back(bins.tick_ns(), bins.count() - 1);
    std::vector<uint64_t>& planned = planned_of.emplace_back(bins.planned());
    counts.push_back(i == 0 ? calls + 2 : calls);
    for (uint64_t n = 0; n < calls; ++n) {
      const Record record = RandomCall(random, kUntilNs);
      ++planned[bins.TickOf(record.scheduled_ns)];
      if (n % 10 == 9) {
        plain.AddDropped(record.scheduled_ns);
      } else {
        plain.Add(record);
      }
    }
  }
  planned_of[0][3] += 2;

  const Lanes lanes = ChooseLanes(counts);
  std::vector<std::vector<uint64_t>> planned(
      lanes.size(), std::vector<uint64_t>(bins.planned()));
  for (size_t i = 0; i < names.size(); ++i) {
    for (size_t bin = 0; bin < bins.planned(); ++bin) {
      planned[lanes.of_instance[i]][bin] += planned_of[i][bin];
    }
  }
  RunReport report = SampleReport();
  report.instances.clear();
  report.total = Totals();
  report.timeline.emplace(bins, lanes, planned, /*workers=*/2);
  for (size_t i = 0; i < names.size(); ++i) {
    Totals totals;
    totals.planned = counts[i];
    totals.planned_digest = totals.sent_digest = 1;
    for (const auto& [bin, of_bin] : by_instance[i].bins()) {
      totals.MergeBin(of_bin);
      report.timeline->Add(bin % 2, i, bin, of_bin);
    }
    if (i == 0) {
      totals.sent += 2;
      totals.Of(Outcome::kLost) += 2;
      report.timeline->AddLost(1, lanes.of_instance[0], 3, 2);
    }
    report.total.Merge(totals);
    report.instances.emplace_back(names[i], std::move(totals));
  }
  report.lane_names = LaneNames(lanes, names);
  report.workers.emplace_back().name = "b, \"2\"";
  report.planned_span_s = report.sent_span_s = 2;
  report.completed_span_s = 20;
  report.max_in_flight = report.timeline->MaxInFlight();
  report.max_in_flight_of.resize(names.size());
  return report;
}

}  // namespace invocator

#endif  // INVOCATOR_TESTS_SUPPORT_TIMELINE_REPORTS_H_
