#include "worker/request.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/sha256.h"

namespace invocator {
namespace {

std::string UrlOf(const Endpoint& endpoint, absl::string_view endpoint_url) {
  const std::string base =
      endpoint_url.empty() ? absl::StrCat("https://", endpoint.host)
                           : std::string(absl::StripSuffix(endpoint_url, "/"));
  return absl::StrCat(base, endpoint.path, endpoint.query.empty() ? "" : "?",
                      endpoint.query);
}

bool HasHeader(const std::vector<Header>& headers, absl::string_view name) {
  return std::any_of(headers.begin(), headers.end(), [&](const Header& h) {
    return absl::EqualsIgnoreCase(h.first, name);
  });
}

// As few as AWS asks for, since a hop may change the others: x-amz-* must be
// signed, content-type is wise (AWS-FACTS 1.6).
std::vector<Header> HeadersToSign(const std::vector<Header>& headers) {
  std::vector<Header> chosen;
  for (const Header& header : headers) {
    const std::string name = absl::AsciiStrToLower(header.first);
    if (name == "content-type" || absl::StartsWith(name, "x-amz-")) {
      chosen.push_back(header);
    }
  }
  return chosen;
}

// Hashes of bodies that instances share are made once.
class BodyHashes {
 public:
  explicit BodyHashes(const Plan& plan) : plan_(plan) {}

  const std::vector<std::string>& Of(size_t payload_set) {
    std::vector<std::string>& hashes = hashes_[payload_set];
    if (hashes.empty()) {
      for (const std::string& body : plan_.payload_sets[payload_set]) {
        hashes.push_back(Sha256Hex(body));
      }
    }
    return hashes;
  }

 private:
  const Plan& plan_;
  std::map<size_t, std::vector<std::string>> hashes_;
};

}  // namespace

bool NeedsCredentials(const Plan& plan) {
  return std::any_of(
      plan.instances.begin(), plan.instances.end(),
      [](const InstancePlan& i) { return i.signing.has_value(); });
}

std::vector<InstanceRequest> PrepareRequests(const Plan& plan,
                                             absl::string_view endpoint_url,
                                             Signer* signer) {
  BodyHashes hashes(plan);
  const std::string empty_hash = Sha256Hex("");
  std::vector<InstanceRequest> requests;
  requests.reserve(plan.instances.size());
  for (const InstancePlan& instance : plan.instances) {
    InstanceRequest request;
    request.url = UrlOf(instance.endpoint, endpoint_url);
    request.method = instance.method;
    request.timeout = instance.timeout;
    request.headers = instance.headers;
    if (instance.payload_set && !HasHeader(request.headers, "content-type")) {
      request.headers.emplace_back("Content-Type", "application/json");
    }
    const std::vector<Header> to_sign = HeadersToSign(request.headers);
    request.headers.emplace_back("Host", instance.endpoint.host);
    if (instance.signing && !signer->credentials().session_token.empty()) {
      request.headers.emplace_back("X-Amz-Security-Token",
                                   signer->credentials().session_token);
    }
    auto add_body = [&](absl::string_view body, absl::string_view hash) {
      BodyRequest& added = request.bodies.emplace_back();
      added.body = body;
      if (instance.signing) {
        added.signature.emplace(*signer, *instance.signing, instance.method,
                                instance.endpoint, to_sign, hash);
      }
    };
    if (instance.payload_set) {
      const PayloadSet& bodies = plan.payload_sets[*instance.payload_set];
      const auto& body_hashes = hashes.Of(*instance.payload_set);
      request.bodies.reserve(bodies.size());
      for (size_t i = 0; i < bodies.size(); ++i) {
        add_body(bodies[i], body_hashes[i]);
      }
    } else {
      add_body("", empty_hash);
    }
    requests.push_back(std::move(request));
  }
  return requests;
}

}  // namespace invocator
