#include "common/process/command_line.h"

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace invocator {

absl::StatusOr<std::vector<std::string>> SplitCommandLine(
    absl::string_view line) {
  std::vector<std::string> words;
  bool in_word = false;
  char quote = '\0';
  for (size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    const bool is_blank = c == ' ' || c == '\t' || c == '\r' || c == '\n';
    if (quote == '\0' && is_blank) {
      in_word = false;
      continue;
    }
    if (!in_word) words.emplace_back();
    in_word = true;
    if (quote == '\0' && (c == '\'' || c == '"')) {
      quote = c;
    } else if (c == quote) {
      quote = '\0';
    } else if (c == '\\' && quote != '\'') {
      if (++i == line.size()) {
        return absl::InvalidArgumentError("a '\\' has nothing behind it");
      }
      // Within double quotes a backslash is literal unless it escapes
      // something.
      if (quote == '"' && line[i] != '"' && line[i] != '\\') {
        words.back() += '\\';
      }
      words.back() += line[i];
    } else {
      words.back() += c;
    }
  }
  if (quote != '\0') {
    return absl::InvalidArgumentError(
        absl::StrCat("a ", std::string(1, quote), " is not closed"));
  }
  return words;
}

}  // namespace invocator
