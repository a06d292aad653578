#include "common/aws_host.h"

#include <algorithm>
#include <array>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/endpoint.h"

namespace invocator {
namespace {

constexpr std::array<absl::string_view, 7> kDomains = {
    "amazonaws.com",     "amazonaws.com.cn", "amazonaws.eu",
    "api.aws",           "on.aws",           "api.amazonwebservices.com.cn",
    "vpce.amazonaws.com"};

absl::string_view DomainOfPartition(absl::string_view region) {
  if (absl::StartsWith(region, "cn-")) return "amazonaws.com.cn";
  if (absl::StartsWith(region, "eusc-")) return "amazonaws.eu";
  return "amazonaws.com";
}

}  // namespace

bool IsAwsDomain(absl::string_view domain) {
  return std::find(kDomains.begin(), kDomains.end(), domain) != kDomains.end();
}

bool IsAwsHost(absl::string_view host) {
  if (ScopeFromHost(host)) return true;
  const std::string name =
      absl::AsciiStrToLower(host.substr(0, host.rfind(':')));
  for (size_t dot = name.find('.'); dot != name.npos;
       dot = name.find('.', dot + 1)) {
    if (IsAwsDomain(absl::string_view(name).substr(dot + 1))) return true;
  }
  return false;
}

std::string ServiceHost(absl::string_view service, absl::string_view region) {
  return absl::StrCat(service, ".", region, ".", DomainOfPartition(region));
}

}  // namespace invocator
