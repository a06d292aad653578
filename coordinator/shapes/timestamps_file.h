// Reads a file of timestamps onto a tape: the instants at which calls are due.
#ifndef INVOCATOR_COORDINATOR_SHAPES_TIMESTAMPS_FILE_H_
#define INVOCATOR_COORDINATOR_SHAPES_TIMESTAMPS_FILE_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "common/arrivals/instant_tape.h"
#include "coordinator/shapes/timestamp_text.h"

namespace invocator {

struct TimestampsOptions {
  std::string column;  // empty: "timestamp", or the only one
  TimeUnit unit = TimeUnit::kSeconds;
  double speed = 1;
  // Keeps each row with this probability, by its number in the file.
  double thin = 1;
  // In the file's own time; absent: its earliest timestamp.
  std::optional<int64_t> start_ns;
  double duration_s = 0;
  // Of the instance, for thinning.
  uint32_t seed = 0;
  std::string stream;
  // Limit of kept instants: the plan's free room.
  uint64_t most = kMaxTapeInstants;
};

struct TimestampsFile {
  std::shared_ptr<const InstantTape> tape;
  uint64_t rows = 0;
  uint64_t early = 0;  // rows before the start
  uint64_t late = 0;   // rows at or after the test's end
  bool sorted = true;  // rows were in order of time
};

// Reads the file once, or twice if its first timestamp is not its earliest. The
// tape is appended to `tapes`. Memory: 8 bytes for each kept timestamp, while
// it reads. Errors name file and line; RESOURCE_EXHAUSTED if more than `most`
// are kept.
absl::StatusOr<TimestampsFile> ReadTimestampsFile(
    const std::string& path, const TimestampsOptions& options,
    std::shared_ptr<TemporaryFile> tapes);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_SHAPES_TIMESTAMPS_FILE_H_
