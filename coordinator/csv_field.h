// Fields of a CSV file, quoted as RFC 4180 has it.
#ifndef INVOCATOR_COORDINATOR_CSV_FIELD_H_
#define INVOCATOR_COORDINATOR_CSV_FIELD_H_

#include <string>

#include "absl/strings/string_view.h"

namespace invocator {

// A name that a user chose, as it is: it is the key by which rows, summary and
// workload belong together.
std::string CsvField(absl::string_view text);

// What a target said. It becomes one clean line (common/foreign_text.h), with
// an apostrophe before it where a spreadsheet would take it for a formula:
// where it begins with = + - or @ and is no id. The ids that AWS gives (base64,
// also URL-safe, and UUIDs) stay as they are, so that they can be looked up in
// its logs; some begin with + or -, but without a parenthesis none of them is a
// formula that calls anything.
std::string ForeignCsvField(absl::string_view text);

// Neither of these changes it: words of letters, digits and - _ / alone, not
// empty, that begin with a letter or digit. Fast, for ids of targets.
bool IsPlainCsvField(absl::string_view text);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_CSV_FIELD_H_
