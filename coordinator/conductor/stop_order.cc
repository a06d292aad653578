#include "coordinator/conductor/stop_order.h"

#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/plan/piece.h"

namespace invocator {

void StopOrder::Give(bool now) {
  if (given_ && given_->from_ns() == 0 && given_->now() >= now) return;
  losses_.OnStop(now);
  if (now) at_once_ns_ = clock_.NowNs();
  Send(now, 0);
}

void StopOrder::GiveFrom(int64_t from_ns) {
  if (given_) return;
  from_ns_ = from_ns;
  losses_.OnStopFrom(from_ns);
  Send(/*now=*/false, from_ns);
}

void StopOrder::Send(bool now, int64_t from_ns) {
  wire::CoordinatorMessage stop;
  stop.mutable_stop()->set_now(now);
  stop.mutable_stop()->set_from_ns(from_ns);
  given_ = stop.stop();
  for (const RunWorker& worker : roster_.workers()) {
    if (worker.session) fleet_.Send(*worker.session, stop);
  }
}

absl::Status StopOrder::CutDone(int64_t stopped_from_ns,
                                RunWorker& worker) const {
  if (stopped_from_ns == 0) return absl::OkStatus();
  if (from_ns_ == 0 || stopped_from_ns < from_ns_) {
    return absl::InvalidArgumentError(
        absl::StrFormat("stopped from %.3f s on, which was not ordered",
                        static_cast<double>(stopped_from_ns) / 1e9));
  }
  CutFrom(stopped_from_ns, worker.pieces);
  return absl::OkStatus();
}

void StopOrder::CutRest() {
  if (from_ns_ == 0) return;
  for (RunWorker& worker : roster_.workers()) {
    if (worker.done && worker.done->stopped_from_ns != 0) continue;
    const int64_t ended_ns =
        worker.done ? worker.done->ended_ns : worker.loss.silent_from_ns;
    CutFrom(std::max(from_ns_, ended_ns), worker.pieces);
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
