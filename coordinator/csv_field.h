// Quotes a field of a CSV file as RFC 4180 has it.
#ifndef INVOCATOR_COORDINATOR_CSV_FIELD_H_
#define INVOCATOR_COORDINATOR_CSV_FIELD_H_

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"

namespace invocator {

// The text itself unless it holds a comma, a quote or a line break.
inline std::string CsvField(absl::string_view text) {
  if (text.find_first_of(",\"\r\n") == absl::string_view::npos) {
    return std::string(text);
  }
  return absl::StrCat("\"", absl::StrReplaceAll(text, {{"\"", "\"\""}}), "\"");
}

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_CSV_FIELD_H_
