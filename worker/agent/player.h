// Plays a worker's assignment with an EngineGroup: from the assignment and its
// chunks to the report of Done. Sends nothing; its reports wait in an outbox.
//
// Belongs to the stream thread. Borrows options, clocks and departure. Rings
// the borrowed bell, from any thread, when engines have records or have ended.
#ifndef INVOCATOR_WORKER_AGENT_PLAYER_H_
#define INVOCATOR_WORKER_AGENT_PLAYER_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/base/clock.h"
#include "common/credentials/credentials_refresher.h"
#include "common/wire/payload_assembler.h"
#include "common/wire/tape_assembler.h"
#include "proto/fleet.pb.h"
#include "worker/agent/armed_start.h"
#include "worker/agent/bell.h"
#include "worker/agent/departure.h"
#include "worker/recording/chunk_queue.h"
#include "worker/recording/reporter.h"
#include "worker/setup/agent_options.h"
#include "worker/setup/assignment.h"
#include "worker/setup/cpu_meter.h"
#include "worker/setup/engine_group.h"

namespace invocator {

class Player {
 public:
  Player(const AgentOptions& options, const SteadyClock& steady,
         const WallClock& wall, const Departure& departure, Bell& bell);

  // The coordinator's messages. INVALID_ARGUMENT for one out of order.
  // As ReadAssignment and TapeAssembler; an error also if the worker's target
  // does not fit.
  absl::Status Assign(const wire::Assignment& message);
  absl::Status Append(const wire::PayloadChunk& chunk);
  absl::Status Append(const wire::TapeChunk& chunk);
  // As ArmedStart::Take.
  absl::StatusOr<wire::WorkerMessage> TakeStart(const wire::Start& start);
  // Has no effect on a leaving worker: the message crossed our Leave.
  absl::Status Extend(const wire::Extend& extend);
  // The coordinator's Stop. INVALID_ARGUMENT for one with an instant, if there
  // is nothing to play yet.
  absl::Status Stop(const wire::Stop& stop);
  // If there are no engines yet, they are stopped as soon as there are.
  void Stop(bool now);
  // Renews the lease, by the steady clock; has no effect before there are
  // engines.
  void SetSendUntil(int64_t until_steady_ns);

  // Finds credentials and makes the engines; may take long. Ends early when
  // `cut_off` returns true, or the worker is asked to stop: CANCELLED then.
  // REQUIRES: complete()
  absl::Status GetReady(const std::function<bool()>& cut_off);
  // Starts the engines when it is time; true if they were started now.
  bool BeginInTime(int64_t now_ns);
  // Makes the engines end at an instant shortly ahead. Returns that instant,
  // since the run's start. REQUIRES: playing()
  int64_t Leave();
  // Queues the engines' records, counts if they are due, and Done when the
  // engines have ended.
  void QueueReports(bool is_due);

  bool assigned() const { return phase_ > Phase::kUnassigned; }
  // True if all payloads and timestamps have come. REQUIRES: assigned()
  bool complete() const { return payloads_->complete() && tapes_->complete(); }
  bool began() const { return phase_ >= Phase::kPlaying; }
  // Until Done is queued.
  bool playing() const { return phase_ == Phase::kPlaying; }
  bool done() const { return phase_ == Phase::kDone; }
  // True if the engines began and have ended.
  bool ended() const { return began() && engines_->ended(); }
  // Whether it may play without a stream: with a lease, once armed.
  bool MayPlayAlone() const {
    return engines_ && engines_->leased() && start_.was_armed();
  }
  // Instant at which the engines are to begin; INT64_MAX if it is not set, or
  // past.
  int64_t BeginNs() const { return armed() ? start_.BeginNs() : INT64_MAX; }
  // Longest time from the start to the end of the plan's drain.
  // REQUIRES: assigned()
  absl::Duration LongestPlay() const;
  // Extends taken so far.
  uint64_t extends() const { return extends_; }
  // When done: an error if the lease's end cut the playing short.
  const absl::Status& played() const { return played_; }

  Outbox& outbox() { return reporter_.outbox(); }
  const Outbox& outbox() const { return reporter_.outbox(); }

 private:
  // In this order.
  enum class Phase {
    kUnassigned,
    kPreparing,  // receives payloads, then timestamps
    kReady,      // has engines; waits for the start
    kPlaying,    // until Done is queued
    kDone,
  };

  bool armed() const { return start_.at_ns() && phase_ == Phase::kReady; }
  bool QueueDone(const ProgressInstant& instant);

  const AgentOptions& options_;
  const SteadyClock& steady_;
  const WallClock& wall_;
  const Departure& departure_;
  Bell& bell_;
  ChunkQueue queue_;

  Phase phase_ = Phase::kUnassigned;
  std::optional<Assignment> assignment_;
  std::optional<PayloadAssembler> payloads_;
  std::optional<TapeAssembler> tapes_;
  std::unique_ptr<CredentialsRefresher> credentials_;
  // Destroyed before the members that its engines borrow.
  std::unique_ptr<EngineGroup> engines_;
  std::optional<bool> stop_;  // sent before there were engines: its `now`
  uint64_t extends_ = 0;
  int64_t stopped_from_ns_ = 0;  // as in Done
  ArmedStart start_;
  absl::Status played_;
  CpuMeter cpu_;

  Reporter reporter_;
  int progress_held_ = 0;  // periods without one, for a backlog
};

}  // namespace invocator

#endif  // INVOCATOR_WORKER_AGENT_PLAYER_H_
