#include "coordinator/shapes/calls_column.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "common/words/listing.h"

namespace invocator {
namespace {

// Columns of traces are functions: thousands of them.
constexpr size_t kMostColumns = 100'000;

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
    return calls.reader.Error(
        "is empty, expected a header and a column ",
        QuotedField(column.empty() ? default_column : column));
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
    return calls.reader.Error("has ", found, " columns ", QuotedField(wanted));
  }
  std::vector<std::string> quoted;
  for (const absl::string_view name : names) {
    constexpr size_t kShown = 20;
    if (quoted.size() == kShown) break;
    quoted.push_back(QuotedField(name));
  }
  return calls.reader.Error("has no column ", QuotedField(wanted), ", found ",
                            Counted(names.size(), "column"), ": ",
                            FirstFew(quoted),
                            column.empty() ? "; \"column\" names another" : "");
}

}  // namespace invocator
