#include "coordinator/report/run_report.h"

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
