// Reads files of arrivals: CSV with a header, and a column of counts by bin or
// of timestamps.
#ifndef INVOCATOR_COORDINATOR_SHAPES_COUNTS_FILE_H_
#define INVOCATOR_COORDINATOR_SHAPES_COUNTS_FILE_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "coordinator/text/csv_reader.h"

namespace invocator {

// Opens a file and reads its header. `column`: name of the wanted column;
// empty: `default_column`, or the only one. INVALID_ARGUMENT, with the columns
// that there are, if it is missing or there twice.
struct CallsColumn {
  CsvReader reader;
  size_t index = 0;

  // Of the row that the reader has last read.
  absl::string_view cell() const { return reader.fields()[index]; }
};
absl::StatusOr<CallsColumn> OpenCallsColumn(const std::string& path,
                                            const std::string& column,
                                            absl::string_view default_column);

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
