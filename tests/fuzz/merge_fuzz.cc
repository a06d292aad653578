// Any bytes: refused, or merged into totals of which reports can be made.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "coordinator/books/accounting.h"
#include "coordinator/books/merge.h"
#include "coordinator/books/verdict.h"
#include "proto/fleet.pb.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  invocator::wire::Progress progress;
  if (!progress.ParseFromArray(data, static_cast<int>(size))) return 0;
  invocator::Merger merger(/*planned=*/{1, 1'000, UINT64_MAX >> 2},
                           /*workers=*/2);
  // Twice, since a sum may overflow where one message does not.
  for (size_t worker = 0; worker < 2; ++worker) {
    merger.Add(worker, progress).IgnoreError();
  }
  invocator::Totals total = merger.Total();
  invocator::CountUntouched(total);
  invocator::CheckBooks("total", total);
  const invocator::Verdict verdict = invocator::Judge(total, {}, {}, false, {});
  if (verdict.reasons.empty()) std::abort();
  for (const invocator::Histogram* histogram :
       {&total.lateness, &total.service, &total.response, &total.own_lateness,
        &total.blocked, &total.cold_service, &total.cold_response,
        &total.warm_service, &total.warm_response, &total.init}) {
    const int64_t p99_ns = histogram->QuantileNs(0.99);
    if (p99_ns < 0 || p99_ns > invocator::Histogram::kMaxNs) std::abort();
  }
  return 0;
}
