#include "common/aws/function_name.h"

#include <algorithm>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/words/foreign_text.h"

namespace invocator {
namespace {

constexpr size_t kMaxNameBytes = 140;
constexpr size_t kAccountDigits = 12;

bool IsWord(absl::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](unsigned char c) {
           return absl::ascii_isalnum(c) || c == '-' || c == '_';
         });
}

bool IsAccount(absl::string_view text) {
  return text.size() == kAccountDigits &&
         std::all_of(text.begin(), text.end(),
                     [](unsigned char c) { return absl::ascii_isdigit(c); });
}

}  // namespace

absl::StatusOr<FunctionName> ParseFunctionName(absl::string_view text) {
  const absl::Status wrong = absl::InvalidArgumentError(absl::StrCat(
      "\"", CleanLine(text, 200),
      "\" is not a Lambda function: expected its name (letters, digits, '-', "
      "'_'), name:alias or an ARN"));
  if (text.size() > kMaxNameBytes) return wrong;
  const std::vector<absl::string_view> parts = absl::StrSplit(text, ':');
  FunctionName function;
  size_t at = 0;
  if (parts[0] == "arn") {
    // arn:partition:lambda:region:account:function:name[:qualifier]
    if (parts.size() < 7 || !absl::StartsWith(parts[1], "aws") ||
        !IsWord(parts[1]) || parts[2] != "lambda" || !IsWord(parts[3]) ||
        !IsAccount(parts[4]) || parts[5] != "function") {
      return wrong;
    }
    function.region = std::string(parts[3]);
    at = 4;
  }
  if (IsAccount(parts[at]) && at + 1 < parts.size()) {
    function.account = std::string(parts[at++]);
  }
  if (parts[at] == "function" && at + 1 < parts.size()) ++at;
  if (!IsWord(parts[at])) return wrong;
  function.name = std::string(parts[at++]);
  if (at < parts.size()) {
    if (parts[at] != "$LATEST" && !IsWord(parts[at])) return wrong;
    function.qualifier = std::string(parts[at++]);
  }
  if (at != parts.size()) return wrong;
  return function;
}

}  // namespace invocator
