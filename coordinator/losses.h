// The losses of a run: notices workers that are lost, by their leases, and does
// what the policy says: goes on without them, ends the run, or has the others
// play what was planned for them.
//
// Used by the run's thread. Borrows fleet, clock, roster and heartbeat.
#ifndef INVOCATOR_COORDINATOR_LOSSES_H_
#define INVOCATOR_COORDINATOR_LOSSES_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/clock.h"
#include "common/plan.h"
#include "coordinator/fleet.h"
#include "coordinator/heartbeat.h"
#include "coordinator/piece.h"
#include "coordinator/roster.h"
#include "coordinator/worker_loss.h"

namespace invocator {

class Losses {
 public:
  // Without `leases` a worker whose stream has ended has ended itself.
  Losses(Fleet& fleet, const SteadyClock& clock, Roster& roster,
         Heartbeat& heartbeat, OnWorkerLoss policy,
         const std::optional<LeaseTerms>& leases);

  // Everybody who is left is ready to play. From now on what was planned for
  // one who is lost can be given to the others; that of those who were lost
  // before is given now. `drain`: as of RunSettings.
  void BeginPlaying(const Plan& plan, absl::Duration drain);
  // The run's start, by our clock, as it was last sent.
  void SetStart(int64_t start_ns) { start_ns_ = start_ns; }

  // The worker is lost. With `for_good` it cannot come back; else it may, until
  // some time after its lease.
  void Lose(RunWorker& worker, const absl::Status& why, bool for_good);

  // What was planned for a worker that leaves, from then on, and the Extends
  // after the first `extends_taken`, goes the way that the policy says. Returns
  // what becomes of it, in words.
  std::string HandOver(RunWorker& leaver, uint64_t extends_taken);

  // Everybody has been told to stop, and to await calls in flight unless `now`:
  // nothing is given to others any more.
  void OnStop(bool now);

  // Of what is scheduled before this instant, a worker may lack some now: their
  // drain has ended.
  int64_t DrainedNs(int64_t run_ns) const;
  // Whether a worker may end now, before it has played all of its share: after
  // a Stop, after a Leave, or at the end of the plan's drain; with an Extend,
  // which may come too late, also at the end of the plan.
  bool MayEnd(const RunWorker& worker, int64_t run_ns) const;

  // Looks at leases.
  void Tend();

  // Not OK: a loss that ends the run.
  const absl::Status& aborted() const { return aborted_; }

 private:
  int64_t LeasedUntilNs(const RunWorker& worker) const;
  // Looks at whether it reports; without reports there are no more leases.
  void LookAtReports(RunWorker& worker, int64_t now_ns);
  // Loses it if it was stopped, but does not say that it is done.
  void LookAtEnd(RunWorker& worker, int64_t now_ns);
  void GiveUp(RunWorker& worker);
  void Replan(RunWorker& lost);
  // Nothing is scheduled at that instant or later.
  bool IsAfterAll(int64_t at_ns) const;
  // Those who can be given more to play. Workers whose streams are broken, but
  // whose leases hold, are heirs only if there are no others.
  std::vector<RunWorker*> Heirs();
  // Divides what lies at that instant or later among them; what is then left of
  // `pieces` lies before. False if there is nothing.
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
  bool stopping_ = false;
  bool blocking_ = false;
  double duration_s_ = 0;
  int64_t drain_ns_ = 0;
  int64_t start_ns_ = 0;
  int64_t tended_ns_ = 0;
  int64_t attentive_since_ns_ = 0;  // without standing still
  absl::Status aborted_;
};

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_LOSSES_H_
