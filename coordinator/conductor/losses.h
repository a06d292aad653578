// Detects lost workers by their leases and applies the policy: the others go
// on, the run ends, or the others also play the lost share.
//
// Belongs to the run's thread. Borrows fleet, clock, roster and heartbeat.
#ifndef INVOCATOR_COORDINATOR_CONDUCTOR_LOSSES_H_
#define INVOCATOR_COORDINATOR_CONDUCTOR_LOSSES_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/base/clock.h"
#include "common/plan/piece.h"
#include "common/plan/plan.h"
#include "coordinator/conductor/loss_policy.h"
#include "coordinator/fleet/fleet.h"
#include "coordinator/fleet/heartbeat.h"
#include "coordinator/fleet/roster.h"

namespace invocator {

class Losses {
 public:
  // Without `leases` a worker is lost when its stream ends.
  Losses(Fleet& fleet, const SteadyClock& clock, Roster& roster,
         Heartbeat& heartbeat, OnWorkerLoss policy,
         const std::optional<LeaseTerms>& leases);

  // All remaining workers are ready. From now on the others can take over a
  // lost worker's share; shares lost earlier are handed over now. `drain`: from
  // RunSettings.
  void BeginPlaying(const Plan& plan, absl::Duration drain);
  // The start sent last, by our clock.
  void SetStart(int64_t start_ns) { start_ns_ = start_ns; }

  // Marks the worker as lost. It may come back until some time after its lease,
  // unless `for_good`.
  void Lose(RunWorker& worker, const absl::Status& why, bool for_good);

  // Applies the policy to a leaving worker: to its calls from its Leave on, and
  // to the Extends after the first `extends_taken`. Returns the outcome as
  // text.
  std::string HandOver(RunWorker& leaver, uint64_t extends_taken);

  // All workers were stopped; they await calls in flight unless `now`. From
  // here on nothing is handed over.
  void OnStop(bool now);
  // The same, but the workers play on up to that instant of the run, which is
  // the plan's end from now on.
  void OnStopFrom(int64_t from_ns);

  // The drain of calls scheduled before this instant has ended, so a worker's
  // reports may lack them.
  int64_t DrainedNs(int64_t run_ns) const;
  // Whether a worker may end before it has played its whole share: after a Stop
  // (without an instant) or a Leave, or at the end of the plan's drain. With an
  // Extend, which may come too late, also at the end of the plan.
  bool MayEnd(const RunWorker& worker, int64_t run_ns) const;

  // Checks reports and leases.
  void Tend();

  // The loss that ended the run, if one did.
  const absl::Status& aborted() const { return aborted_; }

 private:
  int64_t LeasedUntilNs(const RunWorker& worker) const;
  // Ends the leases of a worker that does not report.
  void WatchReports(RunWorker& worker, int64_t now_ns);
  // Marks a stopped worker as lost if it does not send Done in time.
  void WatchEnd(RunWorker& worker, int64_t now_ns);
  void GiveUp(RunWorker& worker);
  // Hands over a lost worker's share; false if nobody plays it.
  bool Replan(RunWorker& lost);
  // True if nothing is scheduled at that instant or later.
  bool IsAfterAll(int64_t at_ns) const;
  // Workers that can take more shares. Workers with a broken stream but a valid
  // lease count only if there are no others.
  std::vector<RunWorker*> Heirs();
  // Whether any other worker is still in the run.
  bool HasOthers(const RunWorker& lost) const;
  // The latest instant that a worker's clock may show at `run_ns` of ours.
  static int64_t LatestNs(int64_t run_ns);
  // Divides the part of `pieces` from `at_ns` on among the heirs and cuts it
  // off `pieces`. False if that part is empty.
  bool Give(std::vector<Piece>& pieces, int64_t at_ns,
            const std::vector<RunWorker*>& heirs);
  void Extend(RunWorker& heir, const Piece& piece);

  Fleet& fleet_;
  const SteadyClock& clock_;
  Roster& roster_;
  Heartbeat& heartbeat_;
  const OnWorkerLoss policy_;
  const std::optional<LeaseTerms> leases_;
  bool playing_ = false;
  bool stopping_ = false;    // nothing is handed over
  bool ends_early_ = false;  // workers may end at any time
  bool blocking_ = false;
  std::vector<size_t> places_;  // of instances (version_group.h)
  double end_ns_ = 0;           // of the plan
  int64_t drain_ns_ = 0;
  int64_t start_ns_ = 0;
  int64_t tended_ns_ = 0;
  int64_t attentive_since_ns_ = 0;  // last standstill of our thread
  absl::Status aborted_;
};

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_CONDUCTOR_LOSSES_H_
