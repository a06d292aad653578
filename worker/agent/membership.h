// A worker's part in one run, from Hello to the end of the stream: joins, takes
// an assignment, plays it with an EngineGroup, and reports. When the stream
// breaks, it plays on within its lease and rejoins. Protocol:
// proto/fleet.proto.
//
// Belongs to one thread. Borrows options and clocks.
#ifndef INVOCATOR_WORKER_AGENT_MEMBERSHIP_H_
#define INVOCATOR_WORKER_AGENT_MEMBERSHIP_H_

#include <grpcpp/channel.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/base/clock.h"
#include "common/credentials/credentials_refresher.h"
#include "common/wire/payload_assembler.h"
#include "worker/agent/absence.h"
#include "worker/agent/armed_start.h"
#include "worker/agent/bell.h"
#include "worker/agent/departure.h"
#include "worker/agent/fleet_stream.h"
#include "worker/agent/patience.h"
#include "worker/recording/chunk_queue.h"
#include "worker/recording/reporter.h"
#include "worker/setup/agent_options.h"
#include "worker/setup/assignment.h"
#include "worker/setup/cpu_meter.h"
#include "worker/setup/engine_group.h"

namespace invocator {

class Membership {
 public:
  Membership(const AgentOptions& options, const SteadyClock& steady,
             const WallClock& wall, const Dial& dial,
             const std::atomic<int>& stop_requests);

  // See Agent::Join.
  absl::Status Run(absl::Duration welcome);

  bool welcomed() const { return phase_ > Phase::kJoining; }
  bool began() const { return phase_ >= Phase::kPlaying; }
  bool left_early() const { return departure_.leaving(); }

 private:
  // In this order. A failure ends any of them.
  enum class Phase {
    kJoining,    // waits for Welcome
    kMember,     // waits for an assignment
    kPreparing,  // assigned; receives payloads
    kReady,      // has engines; waits for the start
    kPlaying,    // until Done is queued
    kDone,       // delivers the last reports
  };

  // Sets the deadline for the coordinator's next step.
  void Await(absl::string_view what, absl::Duration length) {
    patience_.Await(what, length, steady_.NowNs());
  }
  // Time of the next timed work.
  int64_t NextLookNs() const;
  // Stops the engines, sends Failure, and waits for the coordinator to close
  // the stream.
  void Fail(absl::Status status);
  void SendFailure();

  // The stream. The first three return the end of the membership, or nullopt.
  // Gives up a stream that is broken or silent, and dials when it is time.
  std::optional<absl::Status> TendStream();
  std::optional<absl::Status> OnClosed(const absl::Status& closed);
  std::optional<absl::Status> TendAbsence();
  void TakeMessages();
  // End of a membership that failed. `closed`: the stream's status, or the
  // error of a wait for it.
  absl::Status AfterFailure(const absl::Status& closed) const;
  bool MayRejoin() const {
    return engines_ && engines_->leased() && start_.was_armed();
  }
  void LoseStream(Absence::Cause cause);
  void Redial();
  void Send(wire::WorkerMessage message);

  // Messages of the coordinator.
  absl::Status Handle(const wire::CoordinatorMessage& message);
  absl::Status OnResume(const wire::Resume& resume);
  void OnPing(const wire::ClockPing& ping);
  absl::Status OnAssignment(const wire::Assignment& message);
  absl::Status OnPayloadChunk(const wire::PayloadChunk& chunk);
  absl::Status GetReady();
  absl::Status OnStart(const wire::Start& start);
  absl::Status OnExtend(const wire::Extend& extend);
  void OnStop(const wire::Stop& stop);

  // Requests to stop. Returns the end of the membership, or nullopt.
  std::optional<absl::Status> HeedRequests();
  void Leave();
  // Shortens the current wait to a moment.
  void Hurry();

  // Starts the engines when it is time.
  void BeginInTime();
  bool armed() const { return start_.at_ns() && phase_ == Phase::kReady; }
  // Queues the engines' records, and Done when they have ended.
  void QueueReports();
  void SendReports();
  bool QueueDone(const ProgressInstant& instant);
  // The engines have ended: waits for the coordinator to close the stream.
  void AwaitEnd();

  const AgentOptions& options_;
  const SteadyClock& steady_;
  const WallClock& wall_;
  const Dial& dial_;
  Bell bell_;
  std::optional<FleetStream> stream_;
  ChunkQueue queue_;
  int64_t now_ns_ = 0;  // of this turn

  Patience patience_;
  absl::Status failure_;

  // The membership.
  Phase phase_ = Phase::kJoining;
  Departure departure_;
  std::string member_key_;
  std::optional<Assignment> assignment_;
  std::optional<PayloadAssembler> payloads_;
  std::unique_ptr<CredentialsRefresher> credentials_;
  // Destroyed before the members that its engines borrow.
  std::unique_ptr<EngineGroup> engines_;
  std::optional<bool> stop_;  // sent before there were engines: its `now`
  uint64_t extends_ = 0;
  ArmedStart start_;
  absl::Status played_;  // an error if the lease's end cut the playing short
  CpuMeter cpu_;

  Reporter reporter_;
  int64_t next_progress_ns_ = 0;
  int progress_held_ = 0;  // periods without one, for a backlog

  Absence absence_;
  int64_t heard_ns_ = 0;
};

}  // namespace invocator

#endif  // INVOCATOR_WORKER_AGENT_MEMBERSHIP_H_
