// Targets that a worker allows its coordinator.
//
// A pattern is a glob on host or host:port: '*' stands for any characters, '?'
// for one, case does not matter, and a pattern without a port matches any. An
// IPv6 address is written in brackets. Thread-compatible.
#ifndef INVOCATOR_WORKER_SETUP_ALLOWED_HOSTS_H_
#define INVOCATOR_WORKER_SETUP_ALLOWED_HOSTS_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/http/address.h"
#include "common/plan/plan.h"

namespace invocator {

class AllowedHosts {
 public:
  // Allows everything.
  AllowedHosts() = default;

  // Without patterns, allows everything too. INVALID_ARGUMENT for a pattern
  // that no target can match: an empty one, or one with a scheme or a path.
  static absl::StatusOr<AllowedHosts> Create(
      const std::vector<std::string>& patterns);

  bool Allow(const Address& target) const;

  // PERMISSION_DENIED naming instance, address and option for the first
  // instance whose requests would go elsewhere: to `endpoint_url`, or to its
  // own host where that is empty.
  absl::Status Check(const Plan& plan, absl::string_view endpoint_url) const;

 private:
  struct Pattern {
    std::string host;
    std::string port;
  };

  std::vector<Pattern> patterns_;
};

}  // namespace invocator

#endif  // INVOCATOR_WORKER_SETUP_ALLOWED_HOSTS_H_
