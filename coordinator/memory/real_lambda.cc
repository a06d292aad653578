#include "coordinator/memory/real_lambda.h"

#include <random>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/base/clock.h"
#include "common/http/http_fetch.h"
#include "common/process/say.h"

namespace invocator {
namespace {

constexpr absl::Duration kRenewBefore = absl::Minutes(5);

// Current credentials of this process, renewed when they are about to expire,
// as at the end of a long run. If that fails, the old ones stay in use.
absl::StatusOr<Credentials> Renewed(ChosenCredentials& chosen,
                                    const GiveUp& give_up) {
  if (absl::Now() + kRenewBefore >= chosen.found.expires_at) {
    absl::StatusOr<FoundCredentials> found = chosen.source.fetch(give_up);
    if (found.ok()) {
      chosen.found = *std::move(found);
    } else if (absl::Now() >= chosen.found.expires_at) {
      return found.status();
    }
  }
  return chosen.found.credentials;
}

}  // namespace

void AskAnew(ChosenCredentials& chosen, const GiveUp& give_up) {
  if (chosen.found.ask_again_after == absl::InfiniteDuration()) return;
  absl::StatusOr<FoundCredentials> found = chosen.source.fetch(give_up);
  if (found.ok()) chosen.found = *std::move(found);
}

LambdaSystem RealLambda(ChosenCredentials& chosen, const TargetOptions& target,
                        const GiveUp& give_up, const GiveUp& give_up_change) {
  LambdaSystem system;
  system.give_up = give_up;
  system.fetch = [=](const HttpRequest& request) {
    HttpRequest asked = request;
    asked.target = target;
    asked.give_up = request.method == "PUT" ? give_up_change : give_up;
    return HttpFetch(asked);
  };
  system.credentials = [&chosen, give_up] { return Renewed(chosen, give_up); };
  system.say = [](const std::string& words) {
    Say(absl::StrCat("invocator: ", words));
  };
  system.unix_s = [] { return SystemWallClock().NowUnixS(); };
  system.steady_ns = [] { return SystemSteadyClock().NowNs(); };
  system.sleep = [give_up](absl::Duration duration) {
    return Pause(duration, give_up);
  };
  system.jitter = [generator =
                       std::mt19937_64(std::random_device()())]() mutable {
    return std::generate_canonical<double, 53>(generator);
  };
  return system;
}

}  // namespace invocator
