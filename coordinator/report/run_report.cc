#include "coordinator/report/run_report.h"

#include <algorithm>

namespace invocator {
namespace {

double Per(uint64_t count, double seconds) {
  return seconds > 0 ? static_cast<double>(count) / seconds : 0;
}

}  // namespace

RunReport::Rates RunReport::RatesOf(const Totals& measured) const {
  return {Per(measured.planned, EndS() - warmup_s),
          Per(measured.sent, sent_span_s - warmup_s),
          Per(measured.Completed(), completed_span_s - warmup_s),
          Per(measured.Of(Outcome::kOk), completed_span_s - warmup_s)};
}

double RunReport::EndS() const {
  if (!stopped_at_s) return planned_span_s;
  double end_s = *stopped_at_s;
  for (const WorkerReport& worker : workers) {
    end_s = std::max(end_s, worker.stopped_at_s.value_or(0));
  }
  return end_s;
}

MeasuredBins RunReport::Bins() const {
  return MeasuredBins(*timeline, warmup_s, std::min(EndS(), sent_span_s));
}

Totals RunReport::Books() const {
  Totals books;
  books.MergeCounts(total);
  books.MergeCounts(warmup_total);
  return books;
}

Totals RunReport::BooksOf(size_t instance) const {
  Totals books;
  books.MergeCounts(instances[instance].second);
  if (!warmup.empty()) books.MergeCounts(warmup[instance]);
  return books;
}

}  // namespace invocator
