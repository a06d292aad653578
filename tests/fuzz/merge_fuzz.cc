// Any bytes: refused, or merged into totals of which reports can be made.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <utility>

#include "coordinator/books/accounting.h"
#include "coordinator/books/merge.h"
#include "coordinator/books/verdict.h"
#include "coordinator/timeline/timeline_csv.h"
#include "proto/fleet.pb.h"
#include "tests/support/deltas.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  invocator::wire::Progress progress;
  if (!progress.ParseFromArray(data, static_cast<int>(size))) return 0;
  invocator::MergeScope scope =
      invocator::PlainScope({1, 1'000, UINT64_MAX >> 2});
  scope.has_warmup = true;
  invocator::Merger merger(std::move(scope), /*workers=*/2);
  // Twice, since a sum may overflow where one message does not.
  for (size_t worker = 0; worker < 2; ++worker) {
    merger.Add(worker, progress).IgnoreError();
  }
  invocator::Totals total = invocator::TotalOf(merger);
  for (const invocator::Totals& warmup : merger.warmup()) total.Merge(warmup);
  invocator::CountUntouched(total);
  invocator::CheckBooks("total", total);
  const invocator::Verdict verdict = invocator::Judge(total, {}, {}, false, {});
  if (verdict.reasons.empty()) std::abort();
  for (const invocator::Histogram* histogram :
       {&total.lateness, &total.service, &total.response, &total.first_byte,
        &total.own_lateness, &total.blocked, &total.cold_service,
        &total.cold_response, &total.warm_service, &total.warm_response,
        &total.init}) {
    const int64_t p99_ns = histogram->QuantileNs(0.99);
    if (p99_ns < 0 || p99_ns > invocator::Histogram::kMaxNs) std::abort();
  }
  // The sums over the timeline are the totals.
  const invocator::Timeline& timeline = merger.timeline();
  invocator::BinCounts counts;
  invocator::Histogram response;
  for (uint32_t bin = 0; bin < timeline.rows(); ++bin) {
    counts.Merge(timeline.Counts(bin));
    response.Merge(timeline.Response(bin));
  }
  if (counts.sent != total.sent || counts.outcomes != total.outcomes ||
      response.count() != total.response.count()) {
    std::abort();
  }
  invocator::TimelineCsv(timeline, {"f", "g", "h"});
  invocator::WorkersCsv(timeline, {"a", "b"});
  return 0;
}
