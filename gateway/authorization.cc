#include "gateway/authorization.h"

#include <algorithm>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "absl/time/civil_time.h"
#include "common/base/sha256.h"
#include "common/http/http_syntax.h"

namespace invocator {
namespace {

constexpr absl::string_view kAlgorithm = "AWS4-HMAC-SHA256";

// AWS quotes a header it cannot read by its hash, not to leak a secret.
std::string Hashed(absl::string_view text) {
  const Sha256Digest digest = Sha256(text);
  return absl::Base64Escape(absl::string_view(
      reinterpret_cast<const char*>(digest.data()), digest.size()));
}

absl::Status NotKeyValue(absl::string_view value) {
  return absl::InvalidArgumentError(absl::StrCat(
      "Invalid key=value pair (missing equal-sign) in Authorization header "
      "(hashed with SHA-256 and encoded with Base64): '",
      Hashed(value), "'."));
}

// The parameters of the header, each at most once.
class Parameters {
 public:
  // What is wrong with it, or nullopt.
  std::optional<std::string> Add(absl::string_view key,
                                 absl::string_view value) {
    for (auto& [name, found] : values_) {
      if (name != key) continue;
      if (found) {
        return absl::StrCat("Authorization header has parameter '", name,
                            "' more than once. ");
      }
      found = value;
      return std::nullopt;
    }
    return std::string("Authorization header has an unknown parameter. ");
  }

  // Empty if it is not there.
  absl::string_view Get(absl::string_view key) const {
    for (const auto& [name, found] : values_) {
      if (name == key) return found.value_or("");
    }
    return "";
  }

 private:
  std::pair<absl::string_view, std::optional<absl::string_view>> values_[3] = {
      {"Credential", std::nullopt},
      {"SignedHeaders", std::nullopt},
      {"Signature", std::nullopt}};
};

// True for names in lower case, sorted, each once, as the IAM guide demands.
// AWS builds its canonical request from such a list, so no signature matches
// any other.
bool IsCanonicalList(const std::vector<absl::string_view>& names) {
  for (size_t i = 0; i < names.size(); ++i) {
    if (!IsHttpToken(names[i]) || (i > 0 && names[i] <= names[i - 1]) ||
        absl::c_any_of(names[i], [](char c) {
          return absl::ascii_isupper(static_cast<unsigned char>(c));
        })) {
      return false;
    }
  }
  return true;
}

}  // namespace

bool Authorization::Signs(absl::string_view header) const {
  return std::any_of(signed_headers.begin(), signed_headers.end(),
                     [&](absl::string_view name) {
                       return absl::EqualsIgnoreCase(name, header);
                     });
}

absl::StatusOr<Authorization> ParseAuthorization(absl::string_view value,
                                                 bool has_date) {
  std::pair<absl::string_view, absl::string_view> parts =
      absl::StrSplit(value, absl::MaxSplits(' ', 1));
  if (absl::StartsWith(parts.first, "AWS4-") && parts.first != kAlgorithm) {
    return absl::InvalidArgumentError(
        absl::StrCat("Unsupported AWS 'algorithm': '", parts.first, "'."));
  }
  const bool is_ours = parts.first == kAlgorithm;
  Parameters parameters;
  std::string missing;  // or wrong
  for (absl::string_view pair : absl::StrSplit(parts.second, ',')) {
    pair = absl::StripAsciiWhitespace(pair);
    size_t equal_sign = pair.find('=');
    if (equal_sign == pair.npos) return NotKeyValue(value);
    if (!is_ours) continue;
    const auto wrong =
        parameters.Add(pair.substr(0, equal_sign), pair.substr(equal_sign + 1));
    if (wrong && !absl::StrContains(missing, *wrong)) missing += *wrong;
  }
  for (absl::string_view name : {"Credential", "Signature", "SignedHeaders"}) {
    if (!parameters.Get(name).empty()) continue;
    absl::StrAppend(&missing, "Authorization header requires '", name,
                    "' parameter. ");
  }
  if (!has_date) {
    absl::StrAppend(&missing,
                    "Authorization header requires existence of either a "
                    "'X-Amz-Date' or a 'Date' header. ");
  }
  if (!missing.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat(missing,
                     "(Hashed with SHA-256 and encoded with Base64) "
                     "Authorization=",
                     Hashed(value)));
  }

  const absl::string_view credential = parameters.Get("Credential");
  // A key id holds no slash.
  std::vector<absl::string_view> scope = absl::StrSplit(credential, '/');
  if (scope.size() != 5) {
    return absl::InvalidArgumentError(absl::StrCat(
        "Credential must have exactly 5 slash-delimited elements, e.g. "
        "keyid/date/region/service/term, got '",
        credential, "'"));
  }
  Authorization result{scope[0],
                       scope[1],
                       scope[2],
                       scope[3],
                       scope[4],
                       /*signed_headers=*/{},
                       parameters.Get("Signature")};
  result.signed_headers = absl::StrSplit(parameters.Get("SignedHeaders"), ';');
  if (!IsCanonicalList(result.signed_headers)) {
    return absl::InvalidArgumentError(absl::StrCat(
        "'SignedHeaders' in the AWS Authorization must be lower-case names in "
        "alphabetical order, each once, got '",
        parameters.Get("SignedHeaders"), "'"));
  }
  return result;
}

std::optional<absl::Time> ParseAmzDate(absl::string_view text) {
  auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (text.size() != 16 || text[8] != 'T' || text[15] != 'Z' ||
      std::count_if(text.begin(), text.end(), is_digit) != 14) {
    return std::nullopt;
  }
  auto number = [&](size_t at, size_t digits) {
    int value = 0;
    for (char c : text.substr(at, digits)) value = value * 10 + (c - '0');
    return value;
  };
  int year = number(0, 4), month = number(4, 2), day = number(6, 2);
  int hour = number(9, 2), minute = number(11, 2), second = number(13, 2);
  absl::CivilSecond civil(year, month, day, hour, minute, second);
  // Civil times normalise the 32nd of a month, which is none.
  if (civil.year() != year || civil.month() != month || civil.day() != day ||
      civil.hour() != hour || civil.minute() != minute ||
      civil.second() != second) {
    return std::nullopt;
  }
  return absl::FromCivil(civil, absl::UTCTimeZone());
}

bool IsRegionWord(absl::string_view region) {
  return !region.empty() && absl::c_all_of(region, [](char c) {
    return absl::ascii_islower(static_cast<unsigned char>(c)) ||
           absl::ascii_isdigit(static_cast<unsigned char>(c)) || c == '-';
  });
}

}  // namespace invocator
