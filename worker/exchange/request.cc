#include "worker/exchange/request.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/base/sha256.h"
#include "common/http/user_agent.h"

namespace invocator {
namespace {

std::string UrlOf(const InstancePlan& instance,
                  absl::string_view endpoint_url) {
  const Endpoint& endpoint = instance.endpoint;
  const std::string base =
      endpoint_url.empty()
          ? absl::StrCat(instance.plain_http ? "http://" : "https://",
                         endpoint.host)
          : std::string(endpoint_url);
  return absl::StrCat(base, endpoint.path, endpoint.query.empty() ? "" : "?",
                      endpoint.query);
}

bool HasHeader(const std::vector<Header>& headers, absl::string_view name) {
  return std::any_of(headers.begin(), headers.end(), [&](const Header& h) {
    return absl::EqualsIgnoreCase(h.first, name);
  });
}

// As few as AWS asks for, since a hop may change the others: x-amz-* must be
// signed, content-type is wise (IAM user guide, "Create a signed AWS API
// request").
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

}  // namespace

const PreparedSignature::Stamp* InstanceRequest::StampAt(size_t body,
                                                         int64_t unix_s) {
  if (signer == nullptr) return nullptr;
  if (follower != nullptr) follower->Follow(unix_s);
  BodyRequest& request = bodies[body];
  if (!request.signature) {
    request.signature = std::make_unique<PreparedSignature>(
        *signer, *instance->signing, instance->method, instance->endpoint,
        HeadersToSign(headers), Sha256Hex(request.body));
  }
  return &request.signature->At(unix_s);
}

absl::string_view TargetOf(absl::string_view url) {
  const size_t target = url.find('/', url.find("://") + 3);
  return target == absl::string_view::npos ? "/" : url.substr(target);
}

std::vector<Header> SentHeaders(const InstanceRequest& request,
                                absl::string_view body) {
  std::vector<Header> headers = request.headers;
  if (!HasHeader(headers, "user-agent")) {
    headers.emplace_back("User-Agent", kUserAgent);
  }
  if (!HasHeader(headers, "accept")) headers.emplace_back("Accept", "*/*");
  if (!body.empty() || (request.method != "GET" && request.method != "HEAD")) {
    headers.emplace_back("Content-Length", absl::StrCat(body.size()));
  }
  return headers;
}

std::vector<InstanceRequest> PrepareRequests(const Plan& plan,
                                             const std::vector<Share>& shares,
                                             absl::string_view endpoint_url,
                                             Signer* signer) {
  std::vector<InstanceRequest> requests(plan.instances.size());
  for (const Share& share : shares) {
    InstanceRequest& request = requests[share.instance];
    if (!request.bodies.empty()) continue;  // another stripe of it
    const InstancePlan& instance = plan.instances[share.instance];
    request.instance = &instance;
    request.url = UrlOf(instance, endpoint_url);
    request.method = instance.method;
    request.timeout = instance.timeout;
    request.headers = instance.headers;
    if (instance.payload_set && !HasHeader(request.headers, "content-type")) {
      request.headers.emplace_back("Content-Type", "application/json");
    }
    request.headers.emplace_back("Host", instance.endpoint.host);
    if (instance.signing) request.signer = signer;
    if (instance.payload_set) {
      const PayloadSet& bodies = plan.payload_sets[*instance.payload_set];
      request.bodies.resize(bodies.size());
      for (size_t i = 0; i < bodies.size(); ++i) {
        request.bodies[i].body = bodies[i];
      }
    } else {
      request.bodies.resize(1);
    }
  }
  return requests;
}

}  // namespace invocator
