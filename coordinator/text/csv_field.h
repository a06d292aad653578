// Formats fields of a CSV file, quoted as in RFC 4180.
#ifndef INVOCATOR_COORDINATOR_TEXT_CSV_FIELD_H_
#define INVOCATOR_COORDINATOR_TEXT_CSV_FIELD_H_

#include <string>

#include "absl/strings/string_view.h"

namespace invocator {

// A name that a user chose, unchanged: it is the key that connects rows,
// summary and workload.
std::string CsvField(absl::string_view text);

// Text of a target, as one clean line (common/words/foreign_text.h). Text that
// begins with = + - or @ gets a leading apostrophe, so that no spreadsheet
// takes it for a formula. This includes AWS's base64 ids that begin with + or
// -. Other ids stay unchanged, so that they can be found in AWS's logs.
std::string ForeignCsvField(absl::string_view text);

// True for text that neither function changes: one or more letters, digits, - _
// and /, the first a letter or digit. Fast, for ids of targets.
bool IsPlainCsvField(absl::string_view text);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_TEXT_CSV_FIELD_H_
