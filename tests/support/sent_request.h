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

inline constexpr char kMismatch[] =
    "InvalidSignatureException: The request signature we calculated does not "
    "match the signature you provided. Check your AWS Secret Access Key and "
    "signing method. Consult the service documentation for details.";
inline constexpr char kInvalidToken[] =
    "UnrecognizedClientException: The security token included in the request "
    "is invalid.";

}  // namespace invocator

#endif  // INVOCATOR_TESTS_SUPPORT_SENT_REQUEST_H_
