// Feeds bytes to the CSV reader, whole and one at a time. Both give the same
// rows, whose fields are clean and within the limits; written again, they are
// read again as the same rows.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "common/words/utf8.h"
#include "coordinator/text/csv_field.h"
#include "coordinator/text/csv_reader.h"

namespace invocator {
namespace {

using Rows = std::vector<std::vector<std::string>>;

constexpr CsvLimits kLimits = {
    .most_fields = 20, .most_row_bytes = 200, .needs_last_break = false};

void Expect(bool holds) {
  if (!holds) std::abort();
}

absl::StatusOr<Rows> ReadAll(ByteSource source) {
  CsvReader reader(std::move(source), "fuzz", kLimits);
  Rows rows;
  while (true) {
    const absl::StatusOr<bool> more = reader.Next();
    if (!more.ok()) {
      Expect(!more.status().message().empty());
      return more.status();
    }
    if (!*more) return rows;
    Expect(reader.fields().size() <= kLimits.most_fields);
    for (const absl::string_view field : reader.fields()) {
      Expect(!FirstInvalidUtf8(field).has_value());
      Expect(field.find('\0') == absl::string_view::npos);
    }
    rows.emplace_back(reader.fields().begin(), reader.fields().end());
  }
}

std::string Text(const Rows& rows) {
  std::string text;
  for (const auto& row : rows) {
    for (size_t i = 0; i < row.size(); ++i) {
      text += (i > 0 ? "," : "") + CsvField(row[i]);
    }
    text += '\n';
  }
  return text;
}

}  // namespace
}  // namespace invocator

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace invocator;  // NOLINT(google-build-using-namespace)
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  const auto rows = ReadAll(TextSource(text));
  const auto bytewise =
      ReadAll([source = TextSource(text)](char* into, size_t) {
        return source(into, 1);
      });
  Expect(rows.status() == bytewise.status());
  if (!rows.ok()) return 0;
  Expect(*rows == *bytewise);
  // A mark at the start would be skipped.
  if (rows->empty() || rows->front().front().rfind("\xEF\xBB\xBF", 0) == 0)
    return 0;
  const auto again = ReadAll(TextSource(Text(*rows)));
  // Quoting may have made a row too long.
  if (again.ok()) Expect(*again == *rows);
  return 0;
}
