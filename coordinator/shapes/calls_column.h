// Reads one column of a CSV file of calls, found by its name in the header.
#ifndef INVOCATOR_COORDINATOR_SHAPES_CALLS_COLUMN_H_
#define INVOCATOR_COORDINATOR_SHAPES_CALLS_COLUMN_H_

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "coordinator/text/csv_reader.h"

namespace invocator {

struct CallsColumn {
  CsvReader reader;  // stands behind the header
  size_t index = 0;

  // The cell of the reader's last row.
  absl::string_view cell() const { return reader.fields()[index]; }
  // The cell for a message; says so if the whole line is empty.
  std::string Shown() const {
    const bool is_empty_line = reader.fields().size() == 1 && cell().empty();
    return is_empty_line ? "an empty line" : QuotedField(cell());
  }
};

// Opens a file and reads its header. `column`: name of the wanted column;
// empty: `default_column`, or the only one. INVALID_ARGUMENT, with the names of
// the file's columns, if it is missing or occurs twice.
absl::StatusOr<CallsColumn> OpenCallsColumn(const std::string& path,
                                            const std::string& column,
                                            absl::string_view default_column);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_SHAPES_CALLS_COLUMN_H_
