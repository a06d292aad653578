#include "worker/agent/attendance.h"

#include <string>

#include "absl/status/status.h"
#include "absl/time/clock.h"
#include "common/process/last_words.h"
#include "common/process/log.h"
#include "worker/agent/coordinator_channel.h"

namespace invocator {
namespace {

constexpr absl::Duration kRequestPeriod = absl::Milliseconds(100);

// A coordinator that refuses us now would refuse us again.
bool IsForGood(const absl::Status& status) {
  return absl::IsUnauthenticated(status) || absl::IsPermissionDenied(status) ||
         absl::IsUnimplemented(status) || absl::IsInvalidArgument(status);
}

// How one attendance ended, and how far it got.
struct Attended {
  absl::Status status;
  bool welcomed = false;
  bool began = false;
  bool left_early = false;
};

Attended AttendOne(Agent& agent, const Dial& dial,
                   const AttendanceOptions& options) {
  const absl::Time deadline = absl::Now() + options.join_timeout;
  Attended attended;
  attended.status = AwaitCoordinator(
      dial(), options.join_timeout, [&agent] { return agent.stop_requested(); },
      [&](const std::string& reason) {
        Log().warn("cannot reach {} yet: {}", options.coordinator,
                   ExplainUnreachable(reason, options.has_tls));
      });
  // Taking gRPC down would wait for it, too.
  if (absl::IsInternal(attended.status)) EndAtOnce(attended.status.message());
  if (attended.status.ok()) {
    attended.status = agent.Join(dial, deadline - absl::Now());
    attended.welcomed = agent.welcomed();
    attended.began = agent.began();
    attended.left_early = agent.left_early();
  }
  return attended;
}

}  // namespace

int AttendRuns(Agent& agent, const Dial& dial,
               const AttendanceOptions& options) {
  while (true) {
    const Attended attended = AttendOne(agent, dial, options);
    const absl::Status& status = attended.status;
    const bool nobody_came =
        absl::IsDeadlineExceeded(status) && !attended.welcomed;
    if (absl::IsCancelled(status) && agent.stop_requested() &&
        !attended.began) {
      Log().info("ended as asked, with nothing to play");
      return 0;
    }
    if (nobody_came) {
      Log().error("no coordinator at {} has welcomed us within {}: {}",
                  options.coordinator,
                  absl::FormatDuration(options.join_timeout),
                  std::string(status.message()));
    } else if (!status.ok()) {
      Log().error("{}", status.ToString());
    } else {
      Log().info(attended.left_early
                     ? "left the run: all that was planned for this worker "
                       "was sent or handed back"
                     : "run ended");
    }
    if (options.once || agent.stop_requested() || IsForGood(status) ||
        nobody_came) {
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
