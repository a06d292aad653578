// The conductor takes a fleet through one run, by the protocol of
// proto/fleet.proto: gather, prepare, start, collect. It decides nothing about
// what is played and keeps no results; those go to a sink.
//
// Used by one thread. Every wait has a deadline and notices interrupts. Borrows
// fleet, clock and sink.
#ifndef INVOCATOR_COORDINATOR_CONDUCTOR_H_
#define INVOCATOR_COORDINATOR_CONDUCTOR_H_

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/clock.h"
#include "common/plan.h"
#include "common/share.h"
#include "coordinator/clock_sync.h"
#include "coordinator/fleet.h"
#include "proto/fleet.pb.h"

namespace invocator {

// One worker of the run, as the conductor knows it.
struct RunWorker {
  size_t session = 0;
  std::string name;
  uint32_t threads = 0;
  ClockSync clock;
  bool assigned = false;
  bool ready = false;
  std::optional<wire::Done> done;
  bool lost = false;
  wire::Ack ack;
};

// What comes back during a run; `worker` counts from 0.
class ResultSink {
 public:
  virtual ~ResultSink() = default;
  // An error ends the run: the worker sent what none of ours would.
  virtual absl::Status OnProgress(size_t worker,
                                  const wire::Progress& progress) = 0;
  virtual absl::Status OnRecords(size_t worker,
                                 const wire::RecordBatch& batch) = 0;
  // Called about ten times a second.
  virtual void OnTick(double elapsed_s) = 0;
  // The workers have been told to stop: to drain, or to end at once if `now`.
  virtual void OnStop(bool /*now*/) {}
};

class Conductor {
 public:
  // `interrupts`: how often the user has asked to stop.
  Conductor(Fleet& fleet, const SteadyClock& clock,
            std::function<int()> interrupts);

  // Waits until `count` workers have said Hello; later ones are turned away.
  // CANCELLED when interrupted.
  absl::Status Gather(size_t count, absl::Duration timeout);

  // Hands out shares (by worker) and payloads, measures clocks, and waits until
  // every worker is ready. RESOURCE_EXHAUSTED for a plan too large to send.
  absl::Status Prepare(const Plan& plan,
                       const std::vector<std::vector<Share>>& partition,
                       const wire::RunSettings& settings,
                       absl::Duration timeout);

  // Fixes the start and plays to the end, at most `longest` after it. Returns
  // OK when every worker is done, also after an interrupt.
  absl::Status Play(absl::Duration longest, ResultSink& sink);

  // Lets the workers go, also those that joined too late or will. The reason
  // is theirs to log.
  void Dismiss(const absl::Status& reason) { fleet_.Close(reason); }

  const std::vector<RunWorker>& workers() const { return workers_; }
  bool interrupted() const { return interrupts_() > 0; }

 private:
  // Handles events until `done` is true. DEADLINE_EXCEEDED names `what`.
  absl::Status Until(const std::function<bool()>& done, int64_t deadline_ns,
                     absl::string_view what, bool may_be_interrupted);
  absl::Status Handle(Fleet::Event event);
  absl::Status HandleInRun(size_t worker, const wire::WorkerMessage& message);
  absl::Status HandleResult(size_t worker, const wire::WorkerMessage& message);
  absl::Status StartAnew(const RunWorker& worker, int64_t late_ns);
  absl::Status Greet(size_t session, const wire::WorkerMessage& message);
  void SendPayloads(size_t session, const Plan& plan);
  void SendStarts();
  void ForwardInterrupts();

  Fleet& fleet_;
  const SteadyClock& clock_;
  const std::function<int()> interrupts_;
  size_t wanted_ = 0;  // workers
  std::vector<RunWorker> workers_;
  std::map<size_t, size_t> by_session_;  // session -> worker
  std::map<uint64_t, int64_t> pings_;    // number -> sent at
  uint64_t last_ping_ = 0;
  ResultSink* sink_ = nullptr;  // during Play
  int64_t start_ns_ = 0;        // by our clock
  int64_t start_lead_ns_ = 0;
  int starts_ = 0;
  int stops_sent_ = 0;
};

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_CONDUCTOR_H_
