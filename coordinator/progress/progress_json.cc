#include "coordinator/progress/progress_json.h"

#include <cmath>
#include <string>
#include <utility>

#include "common/base/scheduling.h"
#include "common/result/histogram.h"
#include "common/result/outcome.h"
#include "coordinator/text/rounded_us.h"

namespace invocator {
namespace {

Json Us(const Histogram& histogram, double quantile) {
  if (histogram.count() == 0) return nullptr;
  std::string text;
  AppendRoundedUs(histogram.QuantileNs(quantile), text);
  return Json::parse(text);
}

}  // namespace

Json ProgressJson(const BooksSoFar& books) {
  Totals counts;
  Histogram response;
  Histogram lateness;
  for (const Totals& totals : books.measured) {
    GiveWay();
    counts.MergeCounts(totals);
    response.Merge(totals.response);
    lateness.Merge(totals.OwnLateness());
  }
  const bool is_warming_up = response.count() == 0;
  for (const Totals& totals : books.warmup) {
    counts.MergeCounts(totals);
    if (!is_warming_up) continue;
    response.Merge(totals.response);
    lateness.Merge(totals.OwnLateness());
  }
  Json outcomes = Json::object();
  for (size_t i = 0; i < kOutcomes; ++i) {
    if (counts.outcomes[i] == 0) continue;
    outcomes[std::string(OutcomeName(static_cast<Outcome>(i)))] =
        counts.outcomes[i];
  }
  return {{"elapsed_s", std::round(books.elapsed_s * 1e3) / 1e3},
          {"planned", books.planned},
          // Those in flight were sent, but are counted when they end.
          {"sent", counts.sent + books.in_flight},
          {"completed", counts.Completed()},
          {"dropped", counts.dropped},
          {"in_flight", books.in_flight},
          {"outcomes", std::move(outcomes)},
          {"response_us",
           {{"p50", Us(response, 0.5)},
            {"p90", Us(response, 0.9)},
            {"p99", Us(response, 0.99)},
            {"p99_9", Us(response, 0.999)},
            {"max", Us(response, 1)}}},
          {"lateness_us",
           {{"p50", Us(lateness, 0.5)},
            {"p99", Us(lateness, 0.99)},
            {"max", Us(lateness, 1)}}},
          {"missed", books.missed}};
}

}  // namespace invocator
