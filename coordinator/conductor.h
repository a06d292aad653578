// The conductor takes a fleet through one run, by the protocol of
// proto/fleet.proto: gather, prepare, start, collect. It hands each message to
// the one whom it concerns, and waits. It decides nothing about what is played
// and keeps no results; those go to a sink.
//
// Used by one thread. Every wait has a deadline; until the start an interrupt
// ends it, from then on it stops the workers. Borrows fleet, clock and sink.
#ifndef INVOCATOR_COORDINATOR_CONDUCTOR_H_
#define INVOCATOR_COORDINATOR_CONDUCTOR_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/clock.h"
#include "common/plan.h"
#include "common/share.h"
#include "coordinator/admission.h"
#include "coordinator/departures.h"
#include "coordinator/fleet.h"
#include "coordinator/heartbeat.h"
#include "coordinator/losses.h"
#include "coordinator/preparation.h"
#include "coordinator/report_collector.h"
#include "coordinator/result_sink.h"
#include "coordinator/roster.h"
#include "coordinator/start_agreement.h"
#include "coordinator/worker_loss.h"
#include "proto/fleet.pb.h"

namespace invocator {

struct ConductorOptions {
  OnWorkerLoss on_worker_loss = OnWorkerLoss::kFinish;
  // Of workers in other processes, which may be cut off and come back. One in
  // this process has no lease.
  std::optional<LeaseTerms> leases = LeaseTerms();
};

class Conductor {
 public:
  // `interrupts`: how often the user has asked to stop.
  Conductor(Fleet& fleet, const SteadyClock& clock,
            std::function<int()> interrupts,
            const ConductorOptions& options = {});

  // Waits until `count` workers have said Hello; later ones are turned away.
  // CANCELLED when interrupted.
  absl::Status Gather(size_t count, absl::Duration timeout);

  // Hands out shares (by worker) and payloads, measures clocks, and waits until
  // every worker is ready. A worker that is lost meanwhile is not waited for.
  // RESOURCE_EXHAUSTED for a plan too large to send; else why no worker is
  // left, or what a worker says is wrong with its share.
  absl::Status Prepare(const Plan& plan,
                       const std::vector<std::vector<Share>>& partition,
                       const wire::RunSettings& settings,
                       absl::Duration timeout);

  // Agrees on a start and plays to the end, at most `longest` after it. Returns
  // OK when every worker is done or given up, also after an interrupt; if all
  // were lost, why. CANCELLED when interrupted before the start.
  absl::Status Play(absl::Duration longest, ResultSink& sink);

  // Lets the workers go, also those that joined too late or will. The reason is
  // for those to log who are not done; a run that ends early was stopped by
  // Play.
  void Dismiss(const absl::Status& reason);

  const std::vector<RunWorker>& workers() const { return roster_.workers(); }
  bool interrupted() const { return interrupts_() > 0; }
  // By the loss of a worker.
  bool aborted() const { return !losses_.aborted().ok(); }

 private:
  enum class Phase { kGathering, kPreparing, kPlaying };

  // Handles what comes until `done` is true. DEADLINE_EXCEEDED names `what`.
  absl::Status Until(absl::FunctionRef<bool()> done, int64_t deadline_ns,
                     absl::string_view what, bool may_be_interrupted);
  bool All(absl::FunctionRef<bool(const RunWorker&)> holds) const;
  // Why no worker is left, or OK if one is.
  absl::Status AllLost() const;

  absl::Status Handle(const Fleet::Event& event);
  absl::Status HandleInRun(RunWorker& worker, const Fleet::Event& event);
  void OnPong(RunWorker& worker, const wire::ClockPong& pong,
              int64_t received_ns);
  void OnStreamEnd(size_t index);

  absl::Status HandOut(Preparation& preparation, absl::Duration timeout);
  absl::Status MeasureClocks();
  void SendPing(const RunWorker& worker);
  absl::Status AgreeOnStart();
  void LoseUnreachable();
  // Stops everybody who may be sending, and awaits what it has sent.
  void EndAtOnce();

  // What is due by the passing of time.
  void Tend();
  // If `why` is a deadline's, loses the workers that are `late`. Returns why
  // the run cannot go on, or OK.
  absl::Status LoseThose(absl::FunctionRef<bool(const RunWorker&)> late,
                         const absl::Status& why);
  void SendStop(bool now);
  int64_t RunNs() const { return clock_.NowNs() - agreement_.start_ns(); }

  Fleet& fleet_;
  const SteadyClock& clock_;
  const std::function<int()> interrupts_;
  const ConductorOptions options_;
  Phase phase_ = Phase::kGathering;
  Roster roster_;
  Heartbeat heartbeat_;
  Admission admission_;
  Losses losses_;
  Departures departures_;
  StartAgreement agreement_;
  ReportCollector collector_;
  ResultSink* sink_ = nullptr;  // from Play on
  bool begun_ = false;          // a start was agreed on
  bool ending_ = false;         // the run cannot go on
  int interrupts_heeded_ = 0;
  int64_t tick_ns_;
  int64_t next_tend_ns_ = 0;
  std::optional<bool> stop_sent_;  // its `now`
  std::optional<int64_t> stop_now_ns_;
};

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_CONDUCTOR_H_
