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
#include "common/record_codec.h"
#include "worker/agent.h"
#include "worker/assignment.h"
#include "worker/bell.h"
#include "worker/chunk_queue.h"
#include "worker/engine_group.h"
#include "worker/fleet_stream.h"
#include "worker/outbox.h"
#include "worker/tally.h"

namespace invocator {

class Membership {
 public:
  Membership(const AgentOptions& options, const SteadyClock& steady,
             const WallClock& wall, const Agent::Dial& dial);

  // As Agent::Join.
  absl::Status Run(const std::atomic<bool>& stop_requested);

 private:
  // From now on the coordinator has `patience` to do what is named.
  void Await(absl::string_view what, absl::Duration patience);
  // When there is something to do, though nobody rings.
  int64_t NextLookNs() const;
  // Ends what goes on, tells the coordinator, and waits for it to close.
  void Fail(absl::Status status);

  // The stream, and what becomes of it. The first two return how the stay has
  // ended, or nullopt.
  std::optional<absl::Status> LookAtStream();
  std::optional<absl::Status> LookAtAbsence();
  bool MayRejoin() const { return leased_ && may_rejoin_; }
  void LoseStream(int64_t redial_in_ns);
  void Redial();
  void Send(wire::WorkerMessage message);

  // What the coordinator says.
  absl::Status Handle(const wire::CoordinatorMessage& message);
  absl::Status OnResume(const wire::Resume& resume);
  void OnPing(const wire::ClockPing& ping);
  absl::Status OnAssignment(const wire::Assignment& message);
  absl::Status OnPayloadChunk(const wire::PayloadChunk& chunk);
  absl::Status GetReady();
  // Finds credentials, and keeps them fresh from now on.
  absl::Status FindOwnCredentials();
  absl::Status OnStart(const wire::Start& start);
  absl::Status OnExtend(const wire::Extend& extend);
  void OnStop(const wire::Stop& stop);
  void HeedRequest();

  // The engines begin.
  void Begin();
  // Takes what engines have recorded, and sends what there is to say.
  void Report();
  void TakeRecords();
  void QueueRecords();
  // Everything counted goes into the outbox; false while there is no room.
  bool QueueProgress();
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

  absl::string_view awaited_;
  int64_t deadline_ns_ = INT64_MAX;
  absl::Status failure_;

  // The stay.
  std::string member_key_;
  bool welcomed_ = false;
  std::optional<Assignment> assignment_;
  std::optional<PayloadAssembler> payloads_;
  std::optional<Tally> tally_;
  std::unique_ptr<CredentialsRefresher> credentials_;
  // After what its engines borrow, so that it is destroyed before.
  std::unique_ptr<EngineGroup> engines_;
  uint64_t extends_ = 0;
  std::optional<int64_t> armed_start_ns_;
  bool may_rejoin_ = false;  // a start was armed
  bool leased_ = false;
  bool playing_ = false;  // from the start to Done
  bool stop_heeded_ = false;
  bool done_ = false;
  double cpu_at_start_s_ = 0;

  // Reports.
  Outbox outbox_;
  std::optional<wire::Report> batch_;  // of records, which is being filled
  std::optional<RecordEncoder> encoder_;
  std::optional<wire::Report> pending_;  // a Progress that found no room
  bool more_progress_ = false;
  uint64_t records_lost_ = 0;
  int64_t next_progress_ns_ = 0;

  // A broken stream.
  bool resumed_ = true;  // reports may be sent
  std::optional<int64_t> away_since_ns_;
  int64_t redial_ns_ = 0;
  int64_t redial_backoff_ns_ = 0;
  int64_t resume_deadline_ns_ = 0;
  int64_t heard_ns_ = 0;
};

}  // namespace invocator

#endif  // INVOCATOR_WORKER_MEMBERSHIP_H_
