// A worker that invokes nothing: it speaks a worker's side of the fleet
// protocol over a real stream, and reports what it is told to have sent.
//
// Thread-safe but for Report and Send..., which one thread calls. Must outlive
// its stream: destroyed only after closed().
#ifndef INVOCATOR_TESTS_BENCH_SIMULATED_WORKER_H_
#define INVOCATOR_TESTS_BENCH_SIMULATED_WORKER_H_

#include <grpcpp/grpcpp.h>

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "common/channel/write_queue.h"
#include "common/plan/share.h"
#include "common/result/bin_totals.h"
#include "common/result/record.h"
#include "common/result/time_bins.h"
#include "common/wire/record_codec.h"
#include "proto/fleet.grpc.pb.h"

namespace invocator {

// How far all workers together have got. Thread-safe.
class Scoreboard {
 public:
  struct Counts {
    size_t welcomed = 0, assigned = 0, started = 0, closed = 0;
    std::string first_failure;  // how the first stream that failed ended
  };

  template <typename Change>
  void Update(Change change) {
    const std::lock_guard lock(mutex_);
    change(counts_);
    changed_.notify_all();
  }
  // Waits until `done` is true of them, or a stream has failed, or the
  // deadline; returns them.
  template <typename Done>
  Counts Await(Done done, std::chrono::steady_clock::time_point deadline) {
    std::unique_lock lock(mutex_);
    changed_.wait_until(lock, deadline, [&] {
      return done(counts_) || !counts_.first_failure.empty();
    });
    return counts_;
  }

 private:
  std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  Counts counts_;
};

class SimulatedWorker final
    : private grpc::ClientBidiReactor<wire::WorkerMessage,
                                      wire::CoordinatorMessage> {
 public:
  // Dials on a connection of its own and says Hello. Borrows the scoreboard.
  SimulatedWorker(const std::string& coordinator, size_t number,
                  Scoreboard& scoreboard);

  // What it was assigned; the plan is kept by the worker of number 0 alone.
  // REQUIRES: the scoreboard counts it as started.
  const std::vector<Share>& shares() const { return shares_; }
  const wire::Assignment& assignment() const { return assignment_; }
  // By the machine's steady clock, as is everything it says to be its own.
  int64_t start_ns() const { return start_ns_; }

  // An invocation has ended. `digest_term`: common/plan/digest.h. `sampled`: it
  // is to be among the records.
  void Report(const Record& record, uint64_t digest_term, bool sampled);
  // Sends what was reported since the last time, as records and as progress.
  void SendRecords();
  void SendProgress();
  void SendDone(int64_t ended_ns);

 private:
  struct InstanceTally {
    uint32_t instance = 0;
    uint64_t sent = 0;
    uint64_t digest = 0;
    std::map<uint32_t, BinTotals> bins;  // by tick
  };

  void OnReadDone(bool ok) override;
  void OnWriteDone(bool ok) override { writes_.OnWriteDone(ok); }
  void OnDone(const grpc::Status& status) override;
  void Handle(const wire::CoordinatorMessage& message);
  void ReadyIfComplete();
  void SendReport(wire::Report report);
  InstanceTally& TallyOf(uint32_t instance);

  const size_t number_;
  Scoreboard& scoreboard_;
  std::unique_ptr<wire::Fleet::Stub> stub_;
  grpc::ClientContext context_;
  wire::CoordinatorMessage incoming_;
  WriteQueue<wire::WorkerMessage> writes_;

  wire::Assignment assignment_;
  std::vector<Share> shares_;
  uint64_t bytes_left_ = 0;  // of payloads and timestamps
  std::optional<TimeBins> bins_;
  int64_t start_ns_ = 0;
  bool started_ = false;

  std::vector<InstanceTally> tallies_;
  wire::Report records_;
  std::optional<RecordEncoder> encoder_;
  uint64_t reports_ = 0;
};

}  // namespace invocator

#endif  // INVOCATOR_TESTS_BENCH_SIMULATED_WORKER_H_
