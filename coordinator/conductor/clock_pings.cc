#include "coordinator/conductor/clock_pings.h"

#include <cstdlib>
#include <utility>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "common/process/log.h"
#include "coordinator/fleet/clock_sync.h"

namespace invocator {
namespace {

constexpr int kPings = ClockSync::kWindow;
// API Gateway takes signatures up to 5 minutes old.
constexpr int64_t kMaxWallOffsetS = 60;

}  // namespace

void ClockPings::Begin() {
  for (const RunWorker& worker : roster_.workers()) {
    if (!worker.lost()) Send(worker);
  }
}

void ClockPings::Take(RunWorker& worker, const wire::ClockPong& pong,
                      int64_t received_ns) {
  worker.clock.AddSample(pong.sent_ns(), received_ns, pong.steady_ns());
  const int64_t ours_s = absl::ToUnixSeconds(absl::Now());
  if (pong.wall_unix_s() > 0 && worker.wall_offset_s == 0 &&
      std::abs(pong.wall_unix_s() - ours_s) > kMaxWallOffsetS) {
    worker.wall_offset_s = pong.wall_unix_s() - ours_s;
    Log().warn(
        "worker {}'s wall clock is {} s {} ours: AWS refuses signatures that "
        "are 5 minutes off",
        worker.name, std::abs(worker.wall_offset_s),
        worker.wall_offset_s > 0 ? "ahead of" : "behind");
  }
}

void ClockPings::GoOn(const RunWorker& worker) {
  if (!IsMeasured(worker)) Send(worker);
}

bool ClockPings::IsMeasured(const RunWorker& worker) {
  return worker.clock.samples() >= kPings;
}

void ClockPings::Send(const RunWorker& worker) {
  if (!worker.session) return;
  wire::CoordinatorMessage ping;
  ping.mutable_clock_ping()->set_sent_ns(clock_.NowNs());
  fleet_.Send(*worker.session, std::move(ping));
}

}  // namespace invocator
