#include "worker/setup/allowed_hosts.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "common/words/foreign_text.h"

namespace invocator {
namespace {

constexpr uint16_t kHttpPort = 80;
constexpr uint16_t kHttpsPort = 443;

bool MatchesGlob(absl::string_view glob, absl::string_view text) {
  size_t g = 0;
  size_t t = 0;
  // Resume point when the last '*' must match one more character.
  size_t after_star = absl::string_view::npos;
  size_t taken = 0;
  while (t < text.size()) {
    if (g < glob.size() && glob[g] == '*') {
      after_star = ++g;
      taken = t;
    } else if (g < glob.size() && (glob[g] == '?' || glob[g] == text[t])) {
      ++g;
      ++t;
    } else if (after_star != absl::string_view::npos) {
      g = after_star;
      t = ++taken;
    } else {
      return false;
    }
  }
  return glob.find_first_not_of('*', g) == absl::string_view::npos;
}

}  // namespace

absl::StatusOr<AllowedHosts> AllowedHosts::Create(
    const std::vector<std::string>& patterns) {
  AllowedHosts allowed;
  for (const std::string& text : patterns) {
    absl::string_view rest = text;
    Pattern pattern{"", "*"};
    const size_t colon = rest.find(':', rest.rfind(']') + 1);
    if (colon != absl::string_view::npos) {
      pattern.port = std::string(rest.substr(colon + 1));
      rest = rest.substr(0, colon);
    }
    pattern.host = absl::AsciiStrToLower(rest);
    if (pattern.host.empty() || pattern.port.empty() ||
        pattern.host.find('/') != std::string::npos ||
        pattern.port.find_first_not_of("0123456789*?") != std::string::npos) {
      return absl::InvalidArgumentError(absl::StrCat(
          "--allow-host '", text,
          "': expected a pattern of host or host:port, as "
          "*.execute-api.us-east-1.amazonaws.com or 127.0.0.1:9000"));
    }
    allowed.patterns_.push_back(std::move(pattern));
  }
  return allowed;
}

bool AllowedHosts::Allow(const Address& target) const {
  // In brackets again, as in a pattern.
  const std::string whole = target.ToString();
  const size_t colon = whole.rfind(':');
  const absl::string_view host = absl::string_view(whole).substr(0, colon);
  const absl::string_view port = absl::string_view(whole).substr(colon + 1);
  return patterns_.empty() ||
         std::any_of(patterns_.begin(), patterns_.end(),
                     [&](const Pattern& pattern) {
                       return MatchesGlob(pattern.host, host) &&
                              MatchesGlob(pattern.port, port);
                     });
}

absl::Status AllowedHosts::Check(const Plan& plan,
                                 absl::string_view endpoint_url) const {
  if (patterns_.empty()) return absl::OkStatus();
  for (const InstancePlan& instance : plan.instances) {
    const std::string& host = instance.endpoint.host;
    const absl::StatusOr<Address> target =
        endpoint_url.empty()
            ? ParseAddress(host, instance.plain_http ? kHttpPort : kHttpsPort)
            : AddressOfUrl(endpoint_url);
    // Anything but a plain address might lead anywhere.
    if (target.ok() && Allow(*target)) continue;
    return absl::PermissionDeniedError(absl::StrCat(
        "instance \"", CleanLine(instance.name), "\" would be sent to ",
        target.ok() ? target->ToString() : CleanLine(host),
        ", which no --allow-host of this worker allows"));
  }
  return absl::OkStatus();
}

}  // namespace invocator
