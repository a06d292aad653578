#include "coordinator/shapes/timestamps_file.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "common/arrivals/binned_process.h"
#include "coordinator/shapes/arrival_keys.h"
#include "coordinator/shapes/calls_column.h"

namespace invocator {
namespace {

// One pass over the file.
struct Pass {
  std::vector<int64_t> instants_ns;  // those kept, in the file's order
  std::optional<int64_t> earliest_ns;
  bool too_many = false;  // then none is kept
  TimestampsFile file;
};

absl::StatusOr<Pass> ReadOnce(const std::string& path,
                              const TimestampsOptions& options,
                              std::optional<int64_t> start_ns) {
  absl::StatusOr<CallsColumn> calls =
      OpenCallsColumn(path, options.column, "timestamp");
  if (!calls.ok()) return calls.status();
  const Thinning thinning(options.seed, options.stream, options.thin);
  const SpeedRatio speed = RatioOf(options.speed);
  const int64_t until_ns = std::llround(options.duration_s * 1e9);
  Pass pass;
  int64_t last_ns = 0;
  while (true) {
    const absl::StatusOr<bool> more = calls->reader.Next();
    if (!more.ok()) return more.status();
    if (!*more) return pass;
    const std::optional<int64_t> stamp_ns =
        ParseTimestamp(absl::StripAsciiWhitespace(calls->cell()), options.unit);
    if (!stamp_ns) {
      return calls->reader.Error("expected a timestamp in ",
                                 kTimeUnits[static_cast<size_t>(options.unit)],
                                 ", found ", calls->Shown());
    }
    const uint64_t row = pass.file.rows++;
    if (row > 0 && *stamp_ns < last_ns) pass.file.sorted = false;
    last_ns = *stamp_ns;
    pass.earliest_ns = std::min(pass.earliest_ns.value_or(last_ns), last_ns);
    if (!start_ns) start_ns = last_ns;
    if (last_ns < *start_ns) {
      ++pass.file.early;
      continue;
    }
    // Wraps to the right difference, however far apart they are.
    const uint64_t elapsed_ns =
        static_cast<uint64_t>(last_ns) - static_cast<uint64_t>(*start_ns);
    const auto instant_ns = AtSpeed(elapsed_ns, speed, until_ns);
    if (!instant_ns) {
      ++pass.file.late;
    } else if (thinning.Keeps(row)) {
      if (pass.instants_ns.size() == options.most) {
        // The next pass may begin earlier, and keep fewer.
        pass.too_many = true;
        pass.instants_ns.clear();
      }
      if (pass.too_many) continue;
      pass.instants_ns.push_back(*instant_ns);
    }
  }
}

}  // namespace

absl::StatusOr<TimestampsFile> ReadTimestampsFile(
    const std::string& path, const TimestampsOptions& options,
    std::shared_ptr<TemporaryFile> tapes) {
  absl::StatusOr<Pass> pass = ReadOnce(path, options, options.start_ns);
  if (!pass.ok()) return pass.status();
  if (!options.start_ns && pass->file.early > 0) {
    pass = ReadOnce(path, options, pass->earliest_ns);
    if (!pass.ok()) return pass.status();
  }
  if (pass->too_many) {
    return absl::ResourceExhaustedError(absl::StrCat(
        path, ": more than the ", kMaxTapeInstants,
        " timestamps that a workload may have: shorten the test, or thin "
        "them"));
  }
  std::sort(pass->instants_ns.begin(), pass->instants_ns.end());
  TapeWriter writer(std::move(tapes), std::llround(options.duration_s * 1e9));
  for (const int64_t instant_ns : pass->instants_ns) {
    absl::Status status = writer.Add(instant_ns);
    if (!status.ok()) return status;
  }
  auto tape = std::move(writer).Finish();
  if (!tape.ok()) return tape.status();
  pass->file.tape = *std::move(tape);
  return std::move(pass->file);
}

}  // namespace invocator
