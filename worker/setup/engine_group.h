// Engines of one worker in one run: owns their threads, invokers and recorders.
//
// Belongs to the stream thread. Borrows plan, queue and clocks, which must
// outlive it.
#ifndef INVOCATOR_WORKER_SETUP_ENGINE_GROUP_H_
#define INVOCATOR_WORKER_SETUP_ENGINE_GROUP_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/aws/sigv4.h"
#include "common/base/clock.h"
#include "common/base/io_mode.h"
#include "common/credentials/credentials_cell.h"
#include "common/http/target_options.h"
#include "common/plan/plan.h"
#include "common/plan/share.h"
#include "common/result/worker_done.h"
#include "worker/engine/engine.h"
#include "worker/engine/extender.h"
#include "worker/engine/run_clock.h"
#include "worker/net/host_addresses.h"
#include "worker/recording/chunk_queue.h"

namespace invocator {

struct EngineGroupOptions {
  uint32_t engines = 1;
  uint32_t max_in_flight = 1;     // all engines together; >= engines
  uint32_t warm_connections = 0;  // per host; at most max_in_flight
  TargetOptions target;
  std::string endpoint_url;
  bool http2 = false;
  IoMode io = IoMode::kAuto;
  // Of HTTP/2, per host, opened ahead; 0: one for each engine, when it is
  // needed.
  uint32_t connections = 0;
  bool extensible = false;  // shares of any instance may be added
  // Returning true ends Create early: lookups and connections may take long.
  std::function<bool()> give_up = [] { return false; };
  bool pin = false;  // each engine to a separate core
  // Its max_in_flight is set for each engine. Its spin_ns is the upper limit:
  // engines spin as long as waking up takes on this machine
  // (worker/engine/spin_window.h).
  EngineOptions engine;
};

class EngineGroup {
 public:
  // Prepares requests, looks hosts up, opens connections and starts a thread
  // for every engine; sends no calls yet. A host that cannot be found or
  // reached is logged and is no error. `credentials` must outlive the group; it
  // may be null if nothing is signed.
  // RESOURCE_EXHAUSTED if there are not enough threads.
  static absl::StatusOr<std::unique_ptr<EngineGroup>> Create(
      const Plan& plan, const std::vector<Share>& shares,
      const CredentialsCell* credentials, ChunkQueue& queue,
      const SteadyClock& steady, const WallClock& wall,
      const EngineGroupOptions& options);
  // Stops at once and joins.
  ~EngineGroup();

  // Starts every engine; `on_ended` is called on the thread of the last to end.
  void Start(int64_t start_steady_ns, std::function<void()> on_ended);
  void Stop(bool now);
  bool stopped() const { return stopped_; }
  // See Engine::SetSendUntil; by the steady clock.
  void SetSendUntil(int64_t until_steady_ns);
  // Whether SetSendUntil was called.
  bool leased() const { return send_until_steady_ns_ != Schedule::kNever; }
  // Adds the calls of those shares that are scheduled at `from_ns` or later.
  // The report counts the additions that every engine took.
  // REQUIRES: options.extensible; the shares are valid for the plan
  void Extend(const std::vector<Share>& shares, int64_t from_ns) {
    extender_.Extend(shares, from_ns);
  }
  // The next two end every engine, as Engine::Leave, and include additions made
  // before the call. Both return an instant since the run's start from which on
  // no call is sent. Of several instants the earliest holds. REQUIRES: Start
  //
  // At an instant a moment ahead; calls in flight have a few seconds to end.
  int64_t Leave();
  // At `from_ns`, or a moment ahead if that is later; calls in flight have the
  // usual drain time.
  int64_t StopFrom(int64_t from_ns);
  bool ended() const { return running_.load() == 0; }

  uint64_t in_flight() const;
  // Every call that ended before this instant of the run is in the queue.
  // 0 before the start.
  int64_t FlushedUntilNs() const;

  // REQUIRES: ended()
  void FillReport(WorkerDone& done);

 private:
  struct Member;
  EngineGroup(const Plan& plan, uint32_t engines, const SteadyClock& steady);

  // Before the start. Failures are logged; CANCELLED if given up.
  absl::Status LookUpHosts(const std::function<bool()>& give_up);
  // Decides how many connections each engine opens before the start, by itself:
  // its event loop belongs to its thread.
  void ShareConnections(uint32_t count);
  absl::Status StartThreads();
  absl::Status Warm(Member& member);
  absl::Status AwaitConnections(const std::function<bool()>& give_up);
  void Play(Member& member, const RunClock& clock);
  // Makes the engines hold from `from_ns` on, or from later if that is too
  // soon for them. Returns the instant.
  int64_t HoldFrom(int64_t from_ns);
  void EndAfterAdditions();

  const SteadyClock& steady_;
  HostAddresses addresses_;
  std::vector<std::unique_ptr<Member>> members_;
  int64_t warm_until_ns_ = 0;  // by the steady clock
  std::atomic<bool> gave_up_ = false;
  std::promise<RunClock> start_;  // awaited by the threads
  std::function<void()> on_ended_;
  std::atomic<size_t> running_ = 0;
  bool stopped_ = false;
  int64_t start_steady_ns_ = 0;
  int64_t send_until_steady_ns_ = Schedule::kNever;
  int64_t held_from_ns_ = Schedule::kNever;
  int64_t hold_drain_end_ns_ = Schedule::kNever;
  Extender extender_;  // ends before the engines that it adds to
};

}  // namespace invocator

#endif  // INVOCATOR_WORKER_SETUP_ENGINE_GROUP_H_
