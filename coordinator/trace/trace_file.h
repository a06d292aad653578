// Reads a CSV file of a trace row by row: finds columns by name, hashes the
// bytes as it reads them.
//
// Treats the file as hostile: memory is bounded by the CSV reader's limits.
// Errors are INVALID_ARGUMENT and name file and line, or the system's.
#ifndef INVOCATOR_COORDINATOR_TRACE_TRACE_FILE_H_
#define INVOCATOR_COORDINATOR_TRACE_TRACE_FILE_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "coordinator/text/csv_reader.h"
#include "coordinator/trace/trace.h"

namespace invocator {

class TraceFile {
 public:
  // Opens the file and reads its header.
  static absl::StatusOr<TraceFile> Open(const std::string& path);

  const std::vector<std::string>& header() const { return header_; }
  // Index of the only column of that name.
  absl::StatusOr<size_t> Column(absl::string_view name) const;

  // Goes to the next row. False at the end.
  absl::StatusOr<bool> Next() { return reader_.Next(); }
  // Of the row. REQUIRES: column < header().size()
  absl::string_view cell(size_t column) const {
    return reader_.fields()[column];
  }
  // Whether a cell is empty, or NaN as programs write an empty one.
  bool IsMissing(size_t column) const;
  // Number of calls in a cell.
  absl::StatusOr<uint32_t> Count(size_t column) const;
  // Error about a cell: "... COLUMN is "VALUE", expected EXPECTATION".
  absl::Status CellError(size_t column, absl::string_view expectation) const;
  template <typename... Args>
  absl::Status Error(const Args&... args) const {
    return reader_.Error(args...);
  }

  // The file as read. REQUIRES: Next returned false; called once
  TraceSource Source() const;

 private:
  struct Hashed;

  TraceFile(CsvReader reader, std::string path, std::shared_ptr<Hashed> hashed)
      : reader_(std::move(reader)),
        path_(std::move(path)),
        hashed_(std::move(hashed)) {}

  CsvReader reader_;
  std::string path_;
  std::shared_ptr<Hashed> hashed_;  // fed by the reader's source
  std::vector<std::string> header_;
};

// "12", or "12.0" as a floating-point column has it. Nullopt for fractions,
// other text and more than a plan may have at once.
std::optional<uint32_t> ParseCalls(absl::string_view text);

// A finite decimal number, with exponent or not.
std::optional<double> ParseFinite(absl::string_view text);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_TRACE_TRACE_FILE_H_
