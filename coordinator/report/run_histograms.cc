#include "coordinator/report/run_histograms.h"

#include <algorithm>
#include <cstdint>
#include <memory>

#include "absl/status/statusor.h"
#include "coordinator/timeline/histogram_log.h"

namespace invocator {
namespace {

void AddBins(const RunReport& report, HistogramLogWriter& log) {
  const Timeline& timeline = *report.timeline;
  for (uint32_t bin = 0; bin < timeline.rows(); ++bin) {
    const auto add = [&](const HistogramTag& tag, const Histogram& histogram) {
      if (histogram.count() == 0) return;
      log.Add(tag, timeline.bins().StartS(bin), timeline.bins().width_s(),
              histogram);
    };
    add({}, timeline.Response(bin));
    add({"lateness"}, timeline.Lateness(bin));
    add({"service"}, timeline.Service(bin));
    add({"first_byte"}, timeline.FirstByte(bin));
    for (size_t lane = 0; lane < report.lane_names.size(); ++lane) {
      add({"response", report.lane_names[lane]}, timeline.Response(lane, bin));
    }
  }
}

struct Span {
  HistogramScope scope;
  double start_s;
  double length_s;
};

// `instance`: empty for the run.
void AddPhase(const Span& span, const std::string& instance,
              const Totals& totals, HistogramLogWriter& log) {
  const auto add = [&](const char* metric, const Histogram& histogram) {
    if (histogram.count() == 0) return;
    log.Add({metric, instance, span.scope}, span.start_s, span.length_s,
            histogram);
  };
#define INVOCATOR_LOG(name, group) add(#name, totals.name);
  INVOCATOR_BIN_HISTOGRAMS(INVOCATOR_LOG)
#undef INVOCATOR_LOG
#define INVOCATOR_LOG(name, group, of_workers) add(#name, totals.name);
  INVOCATOR_TOTALS_HISTOGRAMS(INVOCATOR_LOG)
#undef INVOCATOR_LOG
}

}  // namespace

absl::Status WriteHistograms(const RunReport& report, const std::string& path,
                             Readers readers) {
  absl::StatusOr<std::unique_ptr<HistogramLogWriter>> log =
      HistogramLogWriter::Create(path, report.started_at, readers);
  if (!log.ok()) return log.status();
  if (report.timeline) AddBins(report, **log);
  const Span measured = {
      HistogramScope::kMeasured, report.warmup_s,
      std::max(0.0, report.completed_span_s - report.warmup_s)};
  const Span warmup = {HistogramScope::kWarmup, 0, report.warmup_s};
  AddPhase(measured, "", report.total, **log);
  AddPhase(warmup, "", report.warmup_total, **log);
  for (size_t i = 0; i < report.instances.size(); ++i) {
    const auto& [name, totals] = report.instances[i];
    AddPhase(measured, name, totals, **log);
    if (!report.warmup.empty()) AddPhase(warmup, name, report.warmup[i], **log);
  }
  return (*log)->Close();
}

}  // namespace invocator
