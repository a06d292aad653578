// Reads a CSV table with rows by bin, such as timeline.csv and workers.csv: its
// columns by name, its cells as counts and latencies.
//
// Treats the text as hostile. Errors are INVALID_ARGUMENT and name file, line,
// column, value and expectation. Borrows text and bins, which must outlive it.
#ifndef INVOCATOR_COORDINATOR_TIMELINE_BIN_TABLE_H_
#define INVOCATOR_COORDINATOR_TIMELINE_BIN_TABLE_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/result/time_bins.h"
#include "coordinator/text/csv_reader.h"

namespace invocator {

// Limit of a count. Sums over all bins and lanes then fit into 64 bits.
inline constexpr uint64_t kMaxBinCount = uint64_t{1} << 46;

// "1.5": bins begin at whole tenths of a second.
std::string BinSecondsText(double seconds);

class BinTable {
 public:
  // `columns`: names of the columns to read. Others are ignored, since later
  // versions may write more.
  static absl::StatusOr<BinTable> Open(absl::string_view text,
                                       const std::string& file,
                                       const TimeBins& bins,
                                       std::vector<std::string> columns);

  // Goes to the next row. False at the end.
  absl::StatusOr<bool> Next() { return reader_.Next(); }
  // Whether the row belongs to this bin, by its start alone.
  bool IsOf(uint32_t bin) const;
  absl::Status ExpectBin(uint32_t bin) const;

  // Cells of the row; `column` is an index of `columns`.
  absl::string_view Text(size_t column) const;
  absl::Status ExpectText(size_t column, absl::string_view text) const;
  absl::StatusOr<uint64_t> Count(size_t column) const;
  // From a cell in microseconds; nullopt for an empty one.
  absl::StatusOr<std::optional<int64_t>> LatencyNs(size_t column) const;

  // An error of the row, or of the end.
  template <typename... Args>
  absl::Status Error(const Args&... args) const {
    return reader_.Error(args...);
  }

 private:
  BinTable(absl::string_view text, const std::string& file,
           const TimeBins& bins, std::vector<std::string> columns);

  absl::Status ReadHeader();

  CsvReader reader_;
  const TimeBins& bins_;
  std::vector<std::string> columns_;  // start and width before the others
  std::vector<size_t> places_;        // in the file, by column
};

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_TIMELINE_BIN_TABLE_H_
