// Takes a fleet through one run (proto/fleet.proto): gather, prepare, start,
// collect. Passes each message to the class that handles it. Results go to a
// sink.
//
// Belongs to one thread. Every wait has a deadline. An interrupt ends a wait
// before the start, and stops the workers after it. Borrows fleet, clock and
// sink.
#ifndef INVOCATOR_COORDINATOR_CONDUCTOR_CONDUCTOR_H_
#define INVOCATOR_COORDINATOR_CONDUCTOR_CONDUCTOR_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/base/clock.h"
#include "common/plan/plan.h"
#include "common/plan/run_settings.h"
#include "common/plan/share.h"
#include "coordinator/conductor/admission.h"
#include "coordinator/conductor/clock_pings.h"
#include "coordinator/conductor/departures.h"
#include "coordinator/conductor/loss_policy.h"
#include "coordinator/conductor/losses.h"
#include "coordinator/conductor/preparation.h"
#include "coordinator/conductor/report_collector.h"
#include "coordinator/conductor/result_sink.h"
#include "coordinator/conductor/start_agreement.h"
#include "coordinator/conductor/stop_order.h"
#include "coordinator/fleet/fleet.h"
#include "coordinator/fleet/heartbeat.h"
#include "coordinator/fleet/roster.h"
#include "proto/fleet.pb.h"

namespace invocator {

struct ConductorOptions {
  OnWorkerLoss on_worker_loss = OnWorkerLoss::kFinish;
  // For workers in other processes, which can lose the connection and rejoin. A
  // worker in this process has no lease.
  std::optional<LeaseTerms> leases = LeaseTerms();
};

class Conductor {
 public:
  // `interrupts`: number of requests to stop so far.
  Conductor(Fleet& fleet, const SteadyClock& clock,
            std::function<int()> interrupts,
            const ConductorOptions& options = {});

  // Waits until `count` workers have said Hello; later ones are turned away.
  // CANCELLED when interrupted.
  absl::Status Gather(size_t count, absl::Duration timeout);

  // Hands out shares (by worker), payloads and timestamps, measures clocks, and
  // waits until every worker that is not lost is ready. RESOURCE_EXHAUSTED for
  // a plan too large to send; else the reason why no worker is left, or a
  // worker's Failure.
  absl::Status Prepare(const Plan& plan,
                       const std::vector<std::vector<Share>>& partition,
                       const RunSettings& settings, absl::Duration timeout);

  // Agrees on a start and plays to the end, at most `longest` after it. OK when
  // every worker is done or given up, also after an interrupt; an error if all
  // were lost. CANCELLED when interrupted before the start.
  absl::Status Play(absl::Duration longest, ResultSink& sink);

  // Ends all streams, including those of workers that join too late. Workers
  // that are not done log the reason.
  void Dismiss(const absl::Status& reason);

  const std::vector<RunWorker>& workers() const { return roster_.workers(); }
  bool interrupted() const { return interrupts_() > 0; }
  // True if the loss of a worker ended the run.
  bool aborted() const { return !losses_.aborted().ok(); }

 private:
  enum class Phase { kGathering, kPreparing, kPlaying };

  // Handles messages until `done` is true. DEADLINE_EXCEEDED names `what`.
  absl::Status Until(absl::FunctionRef<bool()> done, int64_t deadline_ns,
                     absl::string_view what, bool may_be_interrupted);
  bool All(absl::FunctionRef<bool(const RunWorker&)> holds) const;
  // OK while a worker is left, else the reason of the losses.
  absl::Status AllLost() const;

  absl::Status Handle(const Fleet::Event& event);
  absl::Status HandleInRun(RunWorker& worker, const Fleet::Event& event);
  void OnPong(RunWorker& worker, const wire::ClockPong& pong,
              int64_t received_ns);
  void OnStreamEnd(size_t index);

  absl::Status HandOut(Preparation& preparation, absl::Duration timeout);
  absl::Status MeasureClocks();
  absl::Status AgreeOnStart();
  // Stops all workers that may be sending, and awaits their last reports.
  void EndAtOnce();

  // Timed work.
  void Tend();
  // If `why` is a missed deadline, marks `late` workers as lost.
  // An error if the run cannot go on.
  absl::Status LoseThose(absl::FunctionRef<bool(const RunWorker&)> late,
                         const absl::Status& why);
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
  ClockPings pings_;
  StartAgreement agreement_;
  StopOrder stop_;
  ReportCollector collector_;
  ResultSink* sink_ = nullptr;  // from Play on
  bool begun_ = false;          // a start was agreed on
  bool ending_ = false;         // the run cannot go on
  int interrupts_heeded_ = 0;
  int64_t tick_ns_;
  int64_t next_tend_ns_ = 0;
};

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_CONDUCTOR_CONDUCTOR_H_
