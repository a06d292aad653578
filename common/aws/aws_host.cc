#include "common/aws/aws_host.h"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"

namespace invocator {
namespace {

constexpr std::array<absl::string_view, 7> kDomains = {
    "amazonaws.com",     "amazonaws.com.cn", "amazonaws.eu",
    "api.aws",           "on.aws",           "api.amazonwebservices.com.cn",
    "vpce.amazonaws.com"};

// us-east-1, us-gov-west-1, eusc-de-east-1, ...
bool IsRegion(absl::string_view label) {
  const std::vector<absl::string_view> words = absl::StrSplit(label, '-');
  const auto all = [](absl::string_view word, bool (*is)(unsigned char)) {
    return !word.empty() && std::all_of(word.begin(), word.end(), [is](char c) {
      return is(static_cast<unsigned char>(c));
    });
  };
  return words.size() >= 3 && all(words.back(), absl::ascii_isdigit) &&
         std::all_of(words.begin(), words.end() - 1,
                     [&](absl::string_view word) {
                       return all(word, absl::ascii_isalpha);
                     });
}

bool IsAwsDomain(absl::string_view domain) {
  return std::find(kDomains.begin(), kDomains.end(), domain) != kDomains.end();
}

std::string LowerCaseName(absl::string_view host) {
  return absl::AsciiStrToLower(host.substr(0, host.rfind(':')));
}

absl::string_view DomainOfPartition(absl::string_view region) {
  if (absl::StartsWith(region, "cn-")) return "amazonaws.com.cn";
  if (absl::StartsWith(region, "eusc-")) return "amazonaws.eu";
  return "amazonaws.com";
}

}  // namespace

std::optional<SigningScope> ScopeFromHost(absl::string_view host) {
  const std::string name = LowerCaseName(host);
  const std::vector<absl::string_view> labels = absl::StrSplit(name, '.');
  for (size_t i = labels.size(); i-- > 1;) {
    if (!IsRegion(labels[i])) continue;
    const absl::string_view service = labels[i - 1];
    const std::string suffix = absl::StrJoin(
        labels.begin() + static_cast<long>(i) + 1, labels.end(), ".");
    // "execute-api" before a region says enough under any suffix: partitions
    // bring new ones, and hosts in shared workloads are anonymised.
    if (service == "execute-api" && i >= 2 && !suffix.empty()) {
      return SigningScope{std::string(labels[i]), "execute-api"};
    }
    if ((service == "lambda" || service == "lambda-fips" ||
         (service == "lambda-url" && i >= 2)) &&
        IsAwsDomain(suffix)) {
      return SigningScope{std::string(labels[i]), "lambda"};
    }
  }
  return std::nullopt;
}

bool IsAwsHost(absl::string_view host) {
  if (ScopeFromHost(host)) return true;
  const std::string name = LowerCaseName(host);
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
