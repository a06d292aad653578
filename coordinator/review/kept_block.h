// Reads the summary.json block of a run or of an instance. Pure.
#ifndef INVOCATOR_COORDINATOR_REVIEW_KEPT_BLOCK_H_
#define INVOCATOR_COORDINATOR_REVIEW_KEPT_BLOCK_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "absl/strings/string_view.h"
#include "common/result/totals.h"
#include "coordinator/review/kept_fields.h"

namespace invocator {

// Places of a Totals histogram in the results: its name in histograms.hlog, and
// `parent.key` of its statistics in a block.
struct HistogramPlace {
  absl::string_view name;
  Histogram Totals::*member;
  absl::string_view parent;  // empty: the block itself
  absl::string_view key;
};

// Every block has the first four.
inline constexpr size_t kAlwaysKept = 4;
inline constexpr std::array<HistogramPlace, 11> kHistogramPlaces = {{
    {"lateness", &Totals::lateness, "", "lateness_us"},
    {"service", &Totals::service, "", "service_us"},
    {"response", &Totals::response, "", "response_us"},
    {"first_byte", &Totals::first_byte, "", "first_byte_us"},
    {"own_lateness", &Totals::own_lateness, "", "own_lateness_us"},
    {"blocked", &Totals::blocked, "", "blocked_us"},
    {"cold_service", &Totals::cold_service, "cold", "service_us"},
    {"cold_response", &Totals::cold_response, "cold", "response_us"},
    {"warm_service", &Totals::warm_service, "warm", "service_us"},
    {"warm_response", &Totals::warm_response, "warm", "response_us"},
    {"init", &Totals::init, "cold", "init_us"},
}};

// Statistics of a histogram, without its cells.
struct HistogramStatistics {
  uint64_t count = 0;  // 0: the run has no such histogram
  uint64_t clamped = 0;
  int64_t min_ns = 0;
  int64_t max_ns = 0;
  double mean_ns = 0;
};

struct KeptBlock {
  // Without histograms. `measured` has the digests and bills of both phases.
  Totals measured;
  Totals warmup;
  // In the order of kHistogramPlaces; of the measured phase.
  std::array<HistogramStatistics, kHistogramPlaces.size()> statistics = {};
  std::optional<uint64_t> max_in_flight;
};

// `has_warmup`: the block has counts by phase, too. Errors go to the issues of
// `fields`.
KeptBlock ReadKeptBlock(KeptFields& fields, bool has_warmup);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_REVIEW_KEPT_BLOCK_H_
