#include "gateway/sts_answers.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"

namespace invocator {
namespace {

std::string Escaped(absl::string_view text) {
  std::string escaped;
  for (char c : text) {
    if (c == '&') {
      escaped += "&amp;";
    } else if (c == '<') {
      escaped += "&lt;";
    } else if (c == '>') {
      escaped += "&gt;";
    } else {
      const bool stays =
          absl::ascii_isprint(static_cast<unsigned char>(c)) || c == '\n';
      escaped += stays ? c : '?';
    }
  }
  return escaped;
}

std::string Nested(absl::string_view name, absl::string_view xml) {
  return absl::StrCat("<", name, ">\n", xml, "</", name, ">\n");
}

GatewayAnswer Document(int status, absl::string_view root,
                       absl::string_view xml, std::string request_id) {
  GatewayAnswer answer;
  answer.status = status;
  answer.content_type = "text/xml";
  answer.front = GatewayAnswer::Front::kSts;
  answer.counted = false;
  answer.body = absl::StrCat(
      "<", root, " xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\n", xml,
      "</", root, ">\n");
  answer.request_id = std::move(request_id);
  return answer;
}

}  // namespace

std::string XmlText(absl::string_view name, absl::string_view text) {
  return absl::StrCat("<", name, ">", Escaped(text), "</", name, ">\n");
}

std::string XmlOfSession(const RoleSession& session) {
  const Credentials& keys = session.keys.credentials;
  return absl::StrCat(
      Nested("AssumedRoleUser",
             absl::StrCat(XmlText("AssumedRoleId", AssumedRoleId(session.arn)),
                          XmlText("Arn", session.arn))),
      Nested("Credentials",
             absl::StrCat(XmlText("AccessKeyId", keys.access_key_id),
                          XmlText("SecretAccessKey", keys.secret_access_key),
                          XmlText("SessionToken", keys.session_token),
                          XmlText("Expiration",
                                  absl::FormatTime("%Y-%m-%dT%H:%M:%SZ",
                                                   session.keys.expires_at,
                                                   absl::UTCTimeZone())))));
}

GatewayAnswer StsResult(absl::string_view action, absl::string_view xml,
                        std::string request_id) {
  const std::string metadata =
      Nested("ResponseMetadata", XmlText("RequestId", request_id));
  return Document(
      200, absl::StrCat(action, "Response"),
      absl::StrCat(Nested(absl::StrCat(action, "Result"), xml), metadata),
      std::move(request_id));
}

GatewayAnswer StsFault(int status, absl::string_view code,
                       absl::string_view message, std::string request_id) {
  const std::string xml =
      absl::StrCat(Nested("Error", absl::StrCat(XmlText("Type", "Sender"),
                                                XmlText("Code", code),
                                                XmlText("Message", message))),
                   XmlText("RequestId", request_id));
  return Document(status, "ErrorResponse", xml, std::move(request_id));
}

GatewayAnswer StsRefusal(const Refusal& refusal, std::string request_id) {
  struct Words {
    absl::string_view error_type;
    absl::string_view code;
    int status;
  };
  static constexpr Words kWords[] = {
      {"IncompleteSignatureException", "IncompleteSignature", 400},
      {"MissingAuthenticationTokenException", "MissingAuthenticationToken",
       403},
      {"UnrecognizedClientException", "InvalidClientTokenId", 403},
      {"ExpiredTokenException", "ExpiredToken", 403},
      {"InvalidSignatureException", "SignatureDoesNotMatch", 403},
  };
  for (const Words& words : kWords) {
    if (words.error_type != refusal.error_type) continue;
    return StsFault(words.status, words.code, refusal.message,
                    std::move(request_id));
  }
  return StsFault(403, "AccessDenied", refusal.message, std::move(request_id));
}

}  // namespace invocator
