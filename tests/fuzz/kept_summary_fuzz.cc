// Feeds bytes to the reader of summaries. Accepted ones have statistics that a
// histogram can have.
#include <cmath>
#include <cstdint>
#include <cstdlib>

#include "coordinator/review/kept_summary.h"

namespace invocator {
namespace {

void CheckBlock(const KeptBlock& block) {
  if (block.measured.cold + block.measured.warm > block.measured.sent) {
    std::abort();
  }
  for (const HistogramStatistics& statistics : block.statistics) {
    if (statistics.clamped > statistics.count || statistics.min_ns < 0 ||
        statistics.min_ns > statistics.max_ns ||
        statistics.max_ns > Histogram::kMaxNs ||
        !std::isfinite(statistics.mean_ns)) {
      std::abort();
    }
  }
}

}  // namespace
}  // namespace invocator

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace invocator;  // NOLINT(google-build-using-namespace)
  const absl::StatusOr<KeptSummary> summary =
      ParseSummary({reinterpret_cast<const char*>(data), size}, "fuzz");
  if (!summary.ok()) {
    if (summary.status().message().empty()) std::abort();
    return 0;
  }
  if (summary->names.size() != summary->instances.size()) std::abort();
  CheckBlock(summary->total);
  for (const KeptBlock& block : summary->instances) CheckBlock(block);
  return 0;
}
