#include "coordinator/text/csv_field.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "common/words/foreign_text.h"

namespace invocator {
namespace {

bool IsAlphanumeric(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c));
}

bool IsOfId(char c) {
  return IsAlphanumeric(c) || absl::StrContains("+-_/", c);
}

// Spreadsheets of East Asia take the full-width forms too.
bool BeginsLikeFormula(absl::string_view text) {
  for (absl::string_view sign :
       {"=", "+", "-", "@", "\uFF1D", "\uFF0B", "\uFF0D", "\uFF20"}) {
    if (absl::StartsWith(text, sign)) return true;
  }
  return false;
}

}  // namespace

std::string CsvField(absl::string_view text) {
  if (text.find_first_of(",\"\r\n") == absl::string_view::npos) {
    return std::string(text);
  }
  return absl::StrCat("\"", absl::StrReplaceAll(text, {{"\"", "\"\""}}), "\"");
}

std::string ForeignCsvField(absl::string_view text) {
  const std::string line = CleanLine(text);
  // Blanks before it do not keep a spreadsheet from reading a formula.
  const bool guard = BeginsLikeFormula(absl::StripLeadingAsciiWhitespace(line));
  return CsvField(absl::StrCat(guard ? "'" : "", line));
}

bool IsPlainCsvField(absl::string_view text) {
  return !text.empty() && IsAlphanumeric(text.front()) &&
         std::all_of(text.begin(), text.end(), IsOfId);
}

}  // namespace invocator
