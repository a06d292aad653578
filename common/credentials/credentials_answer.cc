#include "common/credentials/credentials_answer.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "common/words/foreign_text.h"

namespace invocator {
namespace {

using Json = nlohmann::json;

constexpr size_t kMaxQuotedBytes = 300;

absl::StatusOr<Json> ParseObject(absl::string_view text) {
  if (text.size() > kMaxAnswerBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("the answer is larger than ", kMaxAnswerBytes, " bytes"));
  }
  Json json = Json::parse(text.begin(), text.end(), /*cb=*/nullptr,
                          /*allow_exceptions=*/false);
  if (!json.is_object()) {
    return absl::InvalidArgumentError("the answer is not a JSON object");
  }
  return json;
}

// "" for a key that is absent or null; an error for a value that is not a
// string.
absl::StatusOr<std::string> Text(const Json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || found->is_null()) return "";
  if (!found->is_string()) {
    return absl::InvalidArgumentError(
        absl::StrCat("\"", key, "\" of the answer is not a string"));
  }
  return found->get<std::string>();
}

absl::StatusOr<FoundCredentials> ReadCredentials(const Json& object,
                                                 const char* token_key) {
  FoundCredentials found;
  std::string expiration;
  const std::pair<const char*, std::string*> parts[] = {
      {"AccessKeyId", &found.credentials.access_key_id},
      {"SecretAccessKey", &found.credentials.secret_access_key},
      {token_key, &found.credentials.session_token},
      {"Expiration", &expiration}};
  for (const auto& [key, part] : parts) {
    absl::StatusOr<std::string> text = Text(object, key);
    if (!text.ok()) return text.status();
    *part = *std::move(text);
  }
  const absl::Status status = CheckCredentials(found.credentials);
  if (!status.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat("the answer holds no credentials: ", status.message()));
  }
  if (!expiration.empty()) {
    const absl::StatusOr<absl::Time> time = ParseExpiration(expiration);
    if (!time.ok()) return time.status();
    found.expires_at = *time;
  }
  return found;
}

}  // namespace

std::string Quotable(absl::string_view text) {
  return CleanLine(text, kMaxQuotedBytes);
}

absl::StatusOr<absl::Time> ParseExpiration(absl::string_view text) {
  absl::Time time;
  // ParseTime also knows "infinite-future" and the like.
  if (text.find('T') == absl::string_view::npos ||
      !absl::ParseTime(absl::RFC3339_full, text, &time, nullptr)) {
    return absl::InvalidArgumentError(
        "the answer's expiration is not a time such as 2026-08-30T12:36:00Z");
  }
  return time;
}

absl::StatusOr<FoundCredentials> ParseMetadataAnswer(absl::string_view text) {
  const absl::StatusOr<Json> json = ParseObject(text);
  if (!json.ok()) return json.status();
  const absl::StatusOr<std::string> code = Text(*json, "Code");
  if (!code.ok()) return code.status();
  if (!code->empty() && *code != "Success") {
    const absl::StatusOr<std::string> words = Text(*json, "Message");
    return absl::FailedPreconditionError(
        absl::StrCat("the answer is ", Quotable(*code), ": ",
                     Quotable(words.ok() ? *words : "")));
  }
  return ReadCredentials(*json, "Token");
}

absl::StatusOr<FoundCredentials> ParseProcessAnswer(absl::string_view text) {
  const absl::StatusOr<Json> json = ParseObject(text);
  if (!json.ok()) return json.status();
  const auto version = json->find("Version");
  if (version == json->end() || !version->is_number_integer() ||
      *version != 1) {
    return absl::InvalidArgumentError(
        "the answer has no \"Version\": 1, the only one there is");
  }
  return ReadCredentials(*json, "SessionToken");
}

}  // namespace invocator
