// A run report with every part filled in, for what is made from reports.
#ifndef INVOCATOR_TESTS_SUPPORT_REPORTS_H_
#define INVOCATOR_TESTS_SUPPORT_REPORTS_H_

#include <string>
#include <utility>

#include "coordinator/report/run_report.h"

namespace invocator {

// `ok` invocations of 20 ms and `throttled` of 5 ms, 100 us late, with the
// first byte one millisecond before the end.
inline Totals SampleTotals(uint64_t ok, uint64_t throttled) {
  Totals totals;
  totals.planned = totals.sent = ok + throttled;
  totals.outcomes[static_cast<size_t>(Outcome::kOk)] = ok;
  totals.outcomes[static_cast<size_t>(Outcome::kThrottled)] = throttled;
  totals.planned_digest = totals.sent_digest = 0xfeed;
  totals.lateness.Add(100'000, ok + throttled);
  totals.service.Add(20'000'000, ok);
  totals.service.Add(5'000'000, throttled);
  totals.response.Add(20'100'000, ok);
  totals.response.Add(5'100'000, throttled);
  totals.first_byte.Add(19'000'000, ok);
  totals.first_byte.Add(4'000'000, throttled);
  return totals;
}

// Two instances, one worker with two engines, 100 invocations in 10 s.
inline RunReport SampleReport() {
  RunReport report;
  report.run_id = "00c0ffee00c0ffee";
  report.test_name = "sample";
  report.started_at = absl::FromUnixMillis(1'700'000'000'250);
  report.seed = 4'294'967'295;
  report.planned_span_s = report.sent_span_s = 10;
  report.completed_span_s = 12.5;
  report.instances.emplace_back("alpha", SampleTotals(60, 10));
  report.instances.emplace_back("beta", SampleTotals(30, 0));
  for (const auto& [name, totals] : report.instances) {
    report.total.Merge(totals);
  }
  WorkerReport worker;
  worker.name = "local";
  worker.threads = 2;
  worker.totals.Merge(report.total);
  worker.clock_offset_ns = -1'500;
  worker.clock_uncertainty_ns = 250;
  worker.start_error_ns = 4'000;
  worker.cpu_s = 0.75;
  worker.max_rss_bytes = 32'000'000;
  worker.engines = {{0.25, 0.5, 64, 7}, {0, 0, 64, 0}};
  report.workers.push_back(std::move(worker));
  report.verdict = {VerdictState::kMarginal, {"one thing", "another"}};
  return report;
}

// The same with a warm-up of 2 s: 20 cold calls of 300 ms, and 30 calls that
// were throttled at once.
inline RunReport SampleReportWithWarmup() {
  RunReport report = SampleReport();
  report.warmup_s = 2;
  for (const auto& [name, totals] : report.instances) {
    Totals& warmup = report.warmup.emplace_back();
    const uint64_t ok = name == "alpha" ? 20 : 0;
    warmup.planned = warmup.sent = name == "alpha" ? 20 : 30;
    warmup.Of(Outcome::kOk) = ok;
    warmup.Of(Outcome::kThrottled) = warmup.sent - ok;
    warmup.cold = ok;
    warmup.planned_digest = warmup.sent_digest = 0xbee;
    warmup.lateness.Add(900'000, warmup.sent);
    warmup.service.Add(300'000'000, warmup.sent);
    warmup.response.Add(300'900'000, warmup.sent);
    warmup.first_byte.Add(299'000'000, warmup.sent);
    report.warmup_total.Merge(warmup);
  }
  return report;
}

}  // namespace invocator

#endif  // INVOCATOR_TESTS_SUPPORT_REPORTS_H_
