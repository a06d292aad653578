// A worker's part in one run, from Hello to the end of the stream: joins, takes
// an assignment, has its Player play it, and sends the reports. When the stream
// breaks, it plays on within its lease and rejoins. Protocol:
// proto/fleet.proto.
//
// Belongs to one thread. Borrows options and clocks.
#ifndef INVOCATOR_WORKER_AGENT_MEMBERSHIP_H_
#define INVOCATOR_WORKER_AGENT_MEMBERSHIP_H_

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/base/clock.h"
#include "proto/fleet.pb.h"
#include "worker/agent/absence.h"
#include "worker/agent/bell.h"
#include "worker/agent/departure.h"
#include "worker/agent/fleet_stream.h"
#include "worker/agent/patience.h"
#include "worker/agent/player.h"
#include "worker/setup/agent_options.h"

namespace invocator {

class Membership {
 public:
  Membership(const AgentOptions& options, const SteadyClock& steady,
             const WallClock& wall, const Dial& dial,
             const std::atomic<int>& stop_requests);

  // See Agent::Join.
  absl::Status Run(absl::Duration welcome);

  bool welcomed() const { return welcomed_; }
  bool began() const { return player_.began(); }
  bool left_early() const { return departure_.leaving(); }

 private:
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
  void LoseStream(Absence::Cause cause);
  void Redial();
  void Send(wire::WorkerMessage message);

  // Messages of the coordinator.
  absl::Status Handle(const wire::CoordinatorMessage& message);
  absl::Status OnResume(const wire::Resume& resume);
  void OnPing(const wire::ClockPing& ping);
  absl::Status OnAssignment(const wire::Assignment& message);
  template <typename Chunk>
  absl::Status OnChunk(const Chunk& chunk);
  // Reports Ready once all payloads and timestamps have come.
  absl::Status AwaitChunks();
  absl::Status OnStart(const wire::Start& start);

  // Requests to stop. Returns the end of the membership, or nullopt.
  std::optional<absl::Status> HeedRequests();
  void Leave();
  // Shortens the current wait to a moment.
  void Hurry();

  // Has the player begin in time and queue its reports.
  void TendPlayer();
  void SendReports();
  // The engines have ended: waits for the coordinator to close the stream.
  void AwaitEnd();

  const AgentOptions& options_;
  const SteadyClock& steady_;
  const WallClock& wall_;
  const Dial& dial_;
  Bell bell_;
  std::optional<FleetStream> stream_;
  int64_t now_ns_ = 0;  // of this turn

  Patience patience_;
  absl::Status failure_;  // ends the playing

  bool welcomed_ = false;
  std::string member_key_;
  Departure departure_;
  Player player_;
  int64_t next_progress_ns_ = 0;

  Absence absence_;
  int64_t heard_ns_ = 0;
};

}  // namespace invocator

#endif  // INVOCATOR_WORKER_AGENT_MEMBERSHIP_H_
