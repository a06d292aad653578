#include "gateway/web_identity.h"

#include <nlohmann/json.hpp>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace invocator {
namespace {

using Json = nlohmann::json;

// The object that a part of a JWT is; of another kind if it is none.
Json Decoded(absl::string_view part) {
  std::string text;
  if (!absl::WebSafeBase64Unescape(part, &text)) return Json();
  return Json::parse(text, nullptr, /*allow_exceptions=*/false);
}

absl::Status Missing(absl::string_view claim) {
  return absl::InvalidArgumentError(
      absl::StrCat("Missing a required claim: ", claim));
}

absl::StatusOr<std::string> Text(const Json& claims, const char* claim) {
  const auto value = claims.find(claim);
  if (value == claims.end()) return Missing(claim);
  const Json& first =
      value->is_array() && !value->empty() ? value->front() : *value;
  if (!first.is_string()) return Missing(claim);
  return first.get<std::string>();
}

}  // namespace

absl::StatusOr<WebIdentity> ParseWebIdentity(absl::string_view token) {
  const std::vector<absl::string_view> parts = absl::StrSplit(token, '.');
  const Json claims =
      parts.size() == 3 && Decoded(parts[0]).is_object() && !parts[2].empty()
          ? Decoded(parts[1])
          : Json();
  if (!claims.is_object()) {
    return absl::InvalidArgumentError(
        "The ID Token provided is not a valid JWT. (You may see this error if "
        "you sent an Access Token)");
  }
  const absl::StatusOr<std::string> issuer = Text(claims, "iss");
  if (!issuer.ok()) return issuer.status();
  const absl::StatusOr<std::string> subject = Text(claims, "sub");
  if (!subject.ok()) return subject.status();
  const absl::StatusOr<std::string> audience = Text(claims, "aud");
  if (!audience.ok()) return audience.status();
  const auto expiry = claims.find("exp");
  if (expiry == claims.end() || !expiry->is_number()) return Missing("exp");
  return WebIdentity{*issuer, *subject, *audience, expiry->get<double>()};
}

}  // namespace invocator
