#include "common/credentials/sts_answer.h"

#include <array>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/credentials/credentials_answer.h"

namespace invocator {
namespace {

// The text between <name ...> and the next </name>. These answers do not nest
// elements of the same name.
std::optional<absl::string_view> Element(absl::string_view xml,
                                         absl::string_view name) {
  const std::string begin = absl::StrCat("<", name);
  size_t at = 0;
  while ((at = xml.find(begin, at)) != absl::string_view::npos) {
    at += begin.size();
    if (at == xml.size()) return std::nullopt;
    // <CredentialsX> is another element.
    if (xml[at] != '>' &&
        !absl::ascii_isspace(static_cast<unsigned char>(xml[at]))) {
      continue;
    }
    const size_t from = xml.find('>', at);
    if (from == absl::string_view::npos || xml[from - 1] == '/') {
      return std::nullopt;
    }
    const size_t to = xml.find(absl::StrCat("</", name, ">"), from);
    if (to == absl::string_view::npos) return std::nullopt;
    return xml.substr(from + 1, to - from - 1);
  }
  return std::nullopt;
}

// The character that "amp", "#38" or "#x26" stands for.
std::optional<char> Character(absl::string_view reference) {
  constexpr std::array<std::pair<absl::string_view, char>, 5> kNamed = {
      {{"amp", '&'}, {"lt", '<'}, {"gt", '>'}, {"quot", '"'}, {"apos", '\''}}};
  for (const auto& [name, character] : kNamed) {
    if (reference == name) return character;
  }
  int code = 0;
  if (!absl::ConsumePrefix(&reference, "#")) return std::nullopt;
  const bool is_hex = absl::ConsumePrefix(&reference, "x");
  if (reference.empty() || reference.size() > 4 ||
      !(is_hex ? absl::SimpleHexAtoi(reference, &code)
               : absl::SimpleAtoi(reference, &code)) ||
      code < 1 || code > 127) {
    return std::nullopt;
  }
  return static_cast<char>(code);
}

// The text of an element, with its references resolved; one that is unknown
// stays as it is, and fails where it matters.
std::string Text(absl::string_view xml, absl::string_view name) {
  absl::string_view raw =
      absl::StripAsciiWhitespace(Element(xml, name).value_or(""));
  std::string text;
  while (!raw.empty()) {
    const size_t end =
        raw.front() == '&' ? raw.find(';') : absl::string_view::npos;
    if (end != absl::string_view::npos) {
      if (const auto character = Character(raw.substr(1, end - 1))) {
        text += *character;
        raw.remove_prefix(end + 1);
        continue;
      }
    }
    text += raw.front();
    raw.remove_prefix(1);
  }
  return text;
}

}  // namespace

absl::StatusOr<FoundCredentials> ParseStsCredentials(absl::string_view xml) {
  const std::optional<absl::string_view> element =
      xml.size() > kMaxAnswerBytes ? std::nullopt : Element(xml, "Credentials");
  if (!element) {
    return absl::InvalidArgumentError(
        "the answer has no <Credentials> element");
  }
  FoundCredentials found;
  found.credentials = {Text(*element, "AccessKeyId"),
                       Text(*element, "SecretAccessKey"),
                       Text(*element, "SessionToken")};
  const absl::Status status = CheckCredentials(found.credentials);
  if (!status.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat("the answer holds no credentials: ", status.message()));
  }
  const absl::StatusOr<absl::Time> expires_at =
      ParseExpiration(Text(*element, "Expiration"));
  if (!expires_at.ok()) return expires_at.status();
  found.expires_at = *expires_at;
  return found;
}

StsError ParseStsError(absl::string_view xml) {
  xml = xml.substr(0, kMaxAnswerBytes);
  const absl::string_view error = Element(xml, "Error").value_or("");
  return {Text(error, "Code"), Text(error, "Message")};
}

}  // namespace invocator
