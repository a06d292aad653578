#include "common/aws/masking.h"

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"

namespace invocator {
namespace {

constexpr absl::string_view kTokenName = "x-amz-security-token";
constexpr absl::string_view kSignatureName = "Signature=";
// Characters between a name and its value: in headers, JSON, queries and
// printed maps.
constexpr absl::string_view kBetween = ":=\"' [\\";

bool EqualsIgnoreCaseAt(absl::string_view text, size_t at,
                        absl::string_view wanted) {
  return absl::EqualsIgnoreCase(text.substr(at, wanted.size()), wanted);
}

// Whether a token or a signature goes on at `at`. JSON may write a slash as
// "\/"; "\n" ends it.
bool IsOfSecret(absl::string_view text, size_t at) {
  const char c = text[at];
  if (c == '\\') return absl::StartsWith(text.substr(at + 1), "/");
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
         absl::StrContains("+/=%_-.", c);
}

}  // namespace

std::string MaskSessionTokens(absl::string_view text) {
  std::string masked;
  size_t at = 0;
  while (at < text.size()) {
    const bool is_token = EqualsIgnoreCaseAt(text, at, kTokenName);
    if (!is_token && !EqualsIgnoreCaseAt(text, at, kSignatureName)) {
      masked.push_back(text[at++]);
      continue;
    }
    size_t value = at + (is_token ? kTokenName : kSignatureName).size();
    while (is_token && value < text.size() &&
           absl::StrContains(kBetween, text[value]) &&
           text.substr(value, 2) != "\\n") {
      ++value;
    }
    masked.append(text.data() + at, value - at);
    at = value;
    while (at < text.size() && IsOfSecret(text, at)) ++at;
    if (at > value) masked.append(is_token ? kMaskedToken : kMasked);
  }
  return masked;
}

}  // namespace invocator
