#include "coordinator/shapes/counts_file.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "common/arrivals/arrival_spec.h"
#include "common/words/decimal.h"
#include "common/words/listing.h"

namespace invocator {
namespace {

// Columns of traces are functions: thousands of them.
constexpr size_t kMostColumns = 100'000;

std::string Quoted(absl::string_view text) { return QuotedField(text); }

}  // namespace

absl::StatusOr<CallsColumn> OpenCallsColumn(const std::string& path,
                                            const std::string& column,
                                            absl::string_view default_column) {
  absl::StatusOr<CsvReader> opened = CsvReader::Open(
      path, {.most_fields = kMostColumns, .needs_last_break = false});
  if (!opened.ok()) return opened.status();
  CallsColumn calls{*std::move(opened)};
  const absl::StatusOr<bool> has_header = calls.reader.Next();
  if (!has_header.ok()) return has_header.status();
  const auto& names = calls.reader.fields();
  if (!*has_header) {
    return calls.reader.Error("is empty, expected a header and a column ",
                              Quoted(column.empty() ? default_column : column));
  }
  if (column.empty() && names.size() == 1) return calls;
  const absl::string_view wanted = column.empty() ? default_column : column;
  size_t found = 0;
  for (size_t i = 0; i < names.size(); ++i) {
    if (absl::StripAsciiWhitespace(names[i]) != wanted) continue;
    calls.index = i;
    ++found;
  }
  if (found == 1) return calls;
  if (found > 1) {
    return calls.reader.Error("has ", found, " columns ", Quoted(wanted));
  }
  std::vector<std::string> quoted;
  for (const absl::string_view name : names) {
    constexpr size_t kShown = 20;
    if (quoted.size() == kShown) break;
    quoted.push_back(Quoted(name));
  }
  return calls.reader.Error("has no column ", Quoted(wanted), ", found ",
                            Counted(names.size(), "column"), ": ",
                            FirstFew(quoted),
                            column.empty() ? "; \"column\" names another" : "");
}

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
                                 kMaxCallsAtOnce, ", found ",
                                 Quoted(calls->cell()));
    }
    if (file.counts.size() < most_bins) {
      file.counts.push_back(static_cast<uint32_t>(*count));
    } else {
      file.calls_beyond += static_cast<uint64_t>(*count);
    }
  }
}

}  // namespace invocator
