#include "coordinator/shapes/counts_file.h"

#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "common/arrivals/arrival_spec.h"
#include "common/words/decimal.h"
#include "coordinator/shapes/calls_column.h"

namespace invocator {

absl::StatusOr<CountsFile> ReadCountsFile(const std::string& path,
                                          const std::string& column,
                                          size_t most_bins) {
  absl::StatusOr<CallsColumn> calls = OpenCallsColumn(path, column, "count");
  if (!calls.ok()) return calls.status();
  CountsFile file;
  while (true) {
    const absl::StatusOr<bool> more = calls->reader.Next();
    if (!more.ok()) return more.status();
    if (!*more) return file;
    const absl::string_view cell = absl::StripAsciiWhitespace(calls->cell());
    const std::optional<int64_t> count =
        IsDecimal(cell) ? ScaledDecimal(cell, 0) : std::nullopt;
    if (!count || *count > int64_t{kMaxCallsAtOnce}) {
      return calls->reader.Error("expected a number of calls, 0 to ",
                                 kMaxCallsAtOnce, ", found ", calls->Shown());
    }
    if (file.counts.size() < most_bins) {
      file.counts.push_back(static_cast<uint32_t>(*count));
    } else {
      file.calls_beyond += static_cast<uint64_t>(*count);
    }
  }
}

}  // namespace invocator
