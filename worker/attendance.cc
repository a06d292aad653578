#include "worker/attendance.h"

#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "spdlog/spdlog.h"
#include "worker/coordinator_channel.h"

namespace invocator {
namespace {

constexpr absl::Duration kRequestPeriod = absl::Milliseconds(100);

// A coordinator that refuses us now would refuse us again.
bool IsForGood(const absl::Status& status) {
  return absl::IsUnauthenticated(status) || absl::IsPermissionDenied(status) ||
         absl::IsUnimplemented(status) || absl::IsInvalidArgument(status);
}

// DEADLINE_EXCEEDED if no coordinator has welcomed us in time.
absl::Status AttendOne(Agent& agent, const Agent::Dial& dial,
                       const AttendanceOptions& options) {
  const absl::Time deadline = absl::Now() + options.join_timeout;
  const auto nobody = [&](const absl::Status& why) {
    return absl::DeadlineExceededError(absl::StrCat(
        "no coordinator at ", options.coordinator, " has welcomed us within ",
        absl::FormatDuration(options.join_timeout), ": ", why.message()));
  };
  absl::Status status = AwaitCoordinator(
      dial(), options.join_timeout, [&agent] { return agent.stop_requested(); },
      [&](const std::string& reason) {
        spdlog::warn("cannot reach {} yet: {}", options.coordinator,
                     ExplainUnreachable(reason, options.has_tls));
      });
  if (absl::IsDeadlineExceeded(status)) return nobody(status);
  if (!status.ok()) return status;
  status = agent.Join(dial, deadline - absl::Now());
  return absl::IsDeadlineExceeded(status) && !agent.welcomed() ? nobody(status)
                                                               : status;
}

}  // namespace

int AttendRuns(Agent& agent, const Agent::Dial& dial,
               const AttendanceOptions& options) {
  while (true) {
    const absl::Status status = AttendOne(agent, dial, options);
    if (absl::IsCancelled(status) && agent.stop_requested() && !agent.began()) {
      spdlog::info("ended as asked, with nothing to play");
      return 0;
    }
    if (status.ok()) {
      spdlog::info(agent.left_early()
                       ? "left the run: all that was planned for this worker "
                         "was sent or handed back"
                       : "run ended");
    } else {
      spdlog::error("{}", status.ToString());
    }
    if (options.once || agent.stop_requested() || IsForGood(status) ||
        (absl::IsDeadlineExceeded(status) && !agent.welcomed())) {
      return status.ok() ? 0 : 3;
    }
    if (status.ok()) continue;
    const absl::Time again = absl::Now() + options.between_runs;
    while (absl::Now() < again && !agent.stop_requested()) {
      absl::SleepFor(kRequestPeriod);
    }
  }
}

}  // namespace invocator
