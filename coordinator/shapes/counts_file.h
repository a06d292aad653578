// Reads a CSV file of counts: the calls of one bin of time in each row.
#ifndef INVOCATOR_COORDINATOR_SHAPES_COUNTS_FILE_H_
#define INVOCATOR_COORDINATOR_SHAPES_COUNTS_FILE_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace invocator {

struct CountsFile {
  std::vector<uint32_t> counts;  // one a row
  // Calls in rows beyond `most_bins`.
  uint64_t calls_beyond = 0;
};

// Reads one bin a row, at most `most_bins` of them. Cells are whole numbers up
// to kMaxCallsAtOnce; "12.0" is one. Errors name file and line.
absl::StatusOr<CountsFile> ReadCountsFile(const std::string& path,
                                          const std::string& column,
                                          size_t most_bins);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_SHAPES_COUNTS_FILE_H_
