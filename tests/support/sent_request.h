// Requests as a client sends them to the gateway, and what its verifier says of
// them in words.
#ifndef INVOCATOR_TESTS_SUPPORT_SENT_REQUEST_H_
#define INVOCATOR_TESTS_SUPPORT_SENT_REQUEST_H_

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/aws/credentials.h"
#include "gateway/request.h"
#include "gateway/verifier.h"

namespace invocator {

inline constexpr char kHost[] = "abc123.execute-api.us-east-1.amazonaws.com";
inline constexpr char kAmzDate[] = "20260823T120000Z";

inline Credentials DemoPair(std::string token = "") {
  return {"AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
          std::move(token)};
}

inline absl::Time SignedAt() { return absl::FromUnixSeconds(1787486400); }

// A request with its own memory.
struct Sent {
  std::string method = "POST";
  std::string path = "/default/chameleon";
  std::string query;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body = R"({"n":1})";

  std::string& Header(absl::string_view name) {
    for (auto& [its_name, value] : headers) {
      if (its_name == name) return value;
    }
    return headers.emplace_back(std::string(name), "").second;
  }
  void Remove(absl::string_view name) {
    std::erase_if(headers, [&](auto& header) { return header.first == name; });
  }
};

// Borrows `sent`.
inline ReceivedRequest Received(const Sent& sent) {
  ReceivedRequest request;
  request.method = sent.method;
  request.path = sent.path;
  request.query = sent.query;
  request.body = sent.body;
  for (const auto& [name, value] : sent.headers) {
    request.headers.emplace_back(name, value);
  }
  return request;
}

// "ErrorType: message", or "accepted".
inline std::string WordsOf(const std::optional<Refusal>& refusal) {
  if (!refusal) return "accepted";
  return absl::StrCat(refusal->error_type, ": ", refusal->message);
}

inline std::string AuthorizationOf(absl::string_view scope,
                                   absl::string_view names,
                                   absl::string_view signature) {
  return absl::StrCat("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260823/",
                      scope, "/aws4_request, SignedHeaders=", names,
                      ", Signature=", signature);
}

// This signature, like those in tests, was made by botocore 1.29.27 (Debian's
// python3-botocore): SigV4Auth(Credentials, "execute-api",
// region).add_auth(AWSRequest(...)) with its clock at 2026-08-23 12:00:00 UTC.
inline Sent SignedByBotocore() {
  Sent sent;
  sent.headers = {
      {"Host", kHost},
      {"Content-Type", "application/json"},
      {"X-Amz-Date", kAmzDate},
      {"Authorization",
       AuthorizationOf("us-east-1/execute-api", "content-type;host;x-amz-date",
                       "73b7992c6c5587126a9c6e7df76d45ed044c75ef1c2c8c3e7da339"
                       "5758a78da9")}};
  return sent;
}

// Of the demo pair's keys, at the instant of the signature, if not said
// otherwise.
inline std::optional<Refusal> Verify(
    const Sent& sent, absl::Time wall = SignedAt(),
    const Credentials& accepted = DemoPair(),
    absl::string_view service = "execute-api") {
  return Verifier(accepted).Verify(Received(sent), wall, service);
}

inline constexpr char kMismatch[] =
    "InvalidSignatureException: The request signature we calculated does not "
    "match the signature you provided. Check your AWS Secret Access Key and "
    "signing method. Consult the service documentation for details.";
inline constexpr char kInvalidToken[] =
    "UnrecognizedClientException: The security token included in the request "
    "is invalid.";

}  // namespace invocator

#endif  // INVOCATOR_TESTS_SUPPORT_SENT_REQUEST_H_
