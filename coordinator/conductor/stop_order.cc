#include "coordinator/conductor/stop_order.h"

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "proto/fleet.pb.h"

namespace invocator {

void StopOrder::Give(bool now) {
  if (given_ && *given_ >= now) return;
  given_ = now;
  losses_.OnStop(now);
  if (now) at_once_ns_ = clock_.NowNs();
  wire::CoordinatorMessage stop;
  stop.mutable_stop()->set_now(now);
  for (const RunWorker& worker : roster_.workers()) {
    if (worker.session) fleet_.Send(*worker.session, stop);
  }
}

void StopOrder::Enforce(int64_t now_ns) {
  if (!at_once_ns_) return;
  const bool may_yet_end = now_ns < *at_once_ns_ + kPatienceNs;
  for (RunWorker& worker : roster_.workers()) {
    if (!worker.MayYetSend() || (worker.session && may_yet_end)) continue;
    losses_.Lose(worker,
                 absl::UnavailableError(absl::StrCat(
                     "worker ", worker.name, " did not say how it ended")),
                 /*for_good=*/true);
  }
}

void StopOrder::LoseUnreachable() {
  for (RunWorker& worker : roster_.workers()) {
    if (worker.lost() || worker.session || !worker.started()) continue;
    losses_.Lose(worker,
                 absl::UnavailableError(absl::StrCat(
                     "worker ", worker.name,
                     " could not be told that the run was called off")),
                 /*for_good=*/true);
  }
}

}  // namespace invocator
