// One stay in a fleet, from Hello to the coordinator's last word: joins, takes
// an assignment, has its engines play it, and reports what came of it. When the
// stream breaks it plays on within its lease and rejoins. The order of messages
// is that of proto/fleet.proto.
//
// Used by one thread; borrows options and clocks.
#ifndef INVOCATOR_WORKER_MEMBERSHIP_H_
#define INVOCATOR_WORKER_MEMBERSHIP_H_

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
#include "common/clock.h"
#include "common/credentials_refresher.h"
#include "common/payload_assembler.h"
#include "worker/absence.h"
#include "worker/agent.h"
#include "worker/armed_start.h"
#include "worker/assignment.h"
#include "worker/bell.h"
#include "worker/chunk_queue.h"
#include "worker/cpu_meter.h"
#include "worker/departure.h"
#include "worker/engine_group.h"
#include "worker/fleet_stream.h"
#include "worker/patience.h"
#include "worker/reporter.h"

namespace invocator {

class Membership {
 public:
  Membership(const AgentOptions& options, const SteadyClock& steady,
             const WallClock& wall, const Agent::Dial& dial,
             const std::atomic<int>& stop_requests);

  // As Agent::Join. `welcome`: how long for the coordinator to welcome us.
  absl::Status Run(absl::Duration welcome);

  bool welcomed() const { return welcomed_; }
  bool began() const { return playing_ || done_; }
  bool left_early() const { return departure_.leaving(); }

 private:
  // From now on the coordinator has so long to do what is named.
  void Await(absl::string_view what, absl::Duration length) {
    patience_.Await(what, length, steady_.NowNs());
  }
  // When there is something to do, though nobody rings.
  int64_t NextLookNs() const;
  // Ends what goes on, tells the coordinator, and waits for it to close.
  void Fail(absl::Status status);
  void SendFailure();

  // The stream, and what becomes of it. Three of them return how the stay has
  // ended, or nullopt.
  std::optional<absl::Status> LookAtStream();
  std::optional<absl::Status> OnClosed(const absl::Status& closed);
  std::optional<absl::Status> LookAtAbsence();
  bool MayRejoin() const { return leased_ && start_.was_armed(); }
  void LoseStream(Absence::Cause cause);
  void Redial();
  void Send(wire::WorkerMessage message);

  // What the coordinator says.
  absl::Status Handle(const wire::CoordinatorMessage& message);
  absl::Status OnResume(const wire::Resume& resume);
  void OnPing(const wire::ClockPing& ping);
  absl::Status OnAssignment(const wire::Assignment& message);
  absl::Status OnPayloadChunk(const wire::PayloadChunk& chunk);
  absl::Status GetReady();
  absl::Status OnStart(const wire::Start& start);
  absl::Status OnExtend(const wire::Extend& extend);
  void OnStop(const wire::Stop& stop);

  // Whoever has asked the worker to stop. Returns how the stay has ended, or
  // nullopt.
  std::optional<absl::Status> HeedRequests();
  void Leave();
  // Whatever is awaited, not for longer than a moment.
  void Hurry();

  // The engines begin, if it is time to.
  void BeginInTime();
  bool armed() const { return start_.at_ns() && !playing_ && !done_; }
  // Reports what engines have recorded, and sends what there is room for.
  void Report();
  void SendReports();
  bool QueueDone();
  // The engines have ended: now it is the coordinator's turn.
  void AwaitEnd();

  const AgentOptions& options_;
  const SteadyClock& steady_;
  const WallClock& wall_;
  const Agent::Dial& dial_;
  Bell bell_;
  std::optional<FleetStream> stream_;
  ChunkQueue queue_;
  int64_t now_ns_ = 0;  // of this turn

  Patience patience_;
  absl::Status failure_;

  // The stay.
  Departure departure_;
  std::string member_key_;
  bool welcomed_ = false;
  std::optional<Assignment> assignment_;
  std::optional<PayloadAssembler> payloads_;
  std::unique_ptr<CredentialsRefresher> credentials_;
  // After what its engines borrow, so that it is destroyed before.
  std::unique_ptr<EngineGroup> engines_;
  uint64_t extends_ = 0;
  ArmedStart start_;
  bool leased_ = false;
  bool playing_ = false;  // from the start to Done
  bool stopped_ = false;  // by the coordinator
  bool done_ = false;
  CpuMeter cpu_;

  Reporter reporter_;
  int64_t next_progress_ns_ = 0;

  Absence absence_;
  int64_t heard_ns_ = 0;
};

}  // namespace invocator

#endif  // INVOCATOR_WORKER_MEMBERSHIP_H_
