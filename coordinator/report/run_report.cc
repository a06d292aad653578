#include "coordinator/report/run_report.h"

namespace invocator {
namespace {

double Per(uint64_t count, double seconds) {
  return seconds > 0 ? static_cast<double>(count) / seconds : 0;
}

}  // namespace

RunReport::Rates RunReport::RatesOf(const Totals& totals) const {
  return {Per(totals.planned, planned_span_s), Per(totals.sent, sent_span_s),
          Per(totals.Completed(), completed_span_s)};
}

}  // namespace invocator
