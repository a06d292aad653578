// Feeds bytes to the readers of timeline.csv and workers.csv. Accepted ones
// have the rows of every bin, and sums without overflow.
#include <cstdint>
#include <cstdlib>

#include "coordinator/timeline/timeline_rows.h"
#include "coordinator/timeline/worker_series.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace invocator;  // NOLINT(google-build-using-namespace)
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  const TimeBins bins(0.2);
  const auto rows = ParseTimelineCsv(text, "fuzz", bins, {"f", "g, \"h\""});
  if (!rows.ok() && rows.status().message().empty()) std::abort();
  if (rows.ok()) {
    if (rows->size() < bins.planned() || rows->size() > bins.count()) {
      std::abort();
    }
    for (const TimelineBin& bin : *rows) {
      if (bin.lanes.size() != 2) std::abort();
      if (bin.lanes[0].counts.sent + bin.lanes[1].counts.sent !=
          bin.whole.counts.sent) {
        std::abort();
      }
    }
  }
  const auto workers = ParseWorkersCsv(text, "fuzz", bins, bins.planned());
  if (!workers.ok()) {
    if (workers.status().message().empty()) std::abort();
    return 0;
  }
  for (const WorkerSeries& worker : *workers) {
    if (worker.sent.size() != bins.planned() ||
        worker.lateness_max_us.size() != bins.planned()) {
      std::abort();
    }
  }
  return 0;
}
