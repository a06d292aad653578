// A conductor with a fleet of fake workers, over in-process channels.
#ifndef INVOCATOR_TESTS_SUPPORT_CONDUCTOR_FIXTURE_H_
#define INVOCATOR_TESTS_SUPPORT_CONDUCTOR_FIXTURE_H_

#include <gtest/gtest.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "coordinator/conductor/conductor.h"
#include "proto/fleet.pb.h"
#include "tests/support/fake_worker.h"
#include "tests/support/plans.h"

namespace invocator {

inline constexpr absl::Duration kLong = absl::Seconds(10);
inline constexpr absl::Duration kShort = absl::Milliseconds(100);

class CountingSink final : public ResultSink {
 public:
  absl::Status OnProgress(size_t worker,
                          const ProgressReader& progress) override {
    for (size_t i = 0; i < progress.size(); ++i) {
      sent_ += progress.totals(i).sent();
    }
    last_worker_ = worker;
    return status_;
  }
  absl::Status OnRecords(size_t, const wire::RecordBatch& batch) override {
    records_ += batch.instance_size();
    return status_;
  }
  void OnTick(double) override {
    if (on_tick_) on_tick_();
  }
  void OnStop(bool now) override { stops_.push_back(now); }
  bool WantsStop(absl::FunctionRef<bool(size_t)> silent) override {
    return wants_stop_ && wants_stop_(silent);
  }

  std::optional<int64_t> WantsStopFrom(
      int64_t run_ns, absl::FunctionRef<bool(size_t)> silent) override {
    return wants_stop_from_ ? wants_stop_from_(run_ns, silent) : std::nullopt;
  }

  absl::Status status_;
  std::function<void()> on_tick_;
  std::vector<bool> stops_;
  std::function<bool(absl::FunctionRef<bool(size_t)> silent)> wants_stop_;
  std::function<std::optional<int64_t>(int64_t run_ns,
                                       absl::FunctionRef<bool(size_t)> silent)>
      wants_stop_from_;
  uint64_t sent_ = 0;
  int records_ = 0;
  size_t last_worker_ = SIZE_MAX;
};

class ConductorFixture : public testing::Test {
 protected:
  explicit ConductorFixture(const ConductorOptions& options = {})
      : conductor_(
            *fleet_, clock_, [this] { return interrupts_.load(); }, options),
        plan_(PlanOf({ListInstance("f", {1}, 10)}, 10)) {}
  ~ConductorFixture() override {
    conductor_.Dismiss(absl::CancelledError("the test has ended"));
    workers_.clear();
  }

  void Join(FakeWorker::Script script) {
    workers_.push_back(std::make_unique<FakeWorker>(fleet_->InProcessChannel(),
                                                    std::move(script)));
  }
  // Ends the streams and waits for the scripts: what they noted can be read.
  void EndScripts(const absl::Status& reason = absl::OkStatus()) {
    conductor_.Dismiss(reason);
    workers_.clear();
  }
  absl::Status Gather() { return conductor_.Gather(workers_.size(), kLong); }
  absl::Status GatherAndPrepare(absl::Duration timeout = kLong) {
    absl::Status status = Gather();
    if (!status.ok()) return status;
    std::vector<std::vector<Share>> partition;
    for (size_t i = 0; i < workers_.size(); ++i) {
      partition.push_back({{0, i, workers_.size()}});
    }
    return conductor_.Prepare(plan_, partition, settings_, timeout);
  }
  absl::Status PlayAll(absl::Duration longest = kLong) {
    absl::Status status = GatherAndPrepare();
    return status.ok() ? conductor_.Play(longest, sink_) : status;
  }

  const SystemSteadyClock clock_;
  std::unique_ptr<Fleet> fleet_ = *Fleet::Create("");
  std::atomic<int> interrupts_ = 0;
  Conductor conductor_;
  Plan plan_;
  RunSettings settings_;
  CountingSink sink_;
  std::vector<std::unique_ptr<FakeWorker>> workers_;
};

}  // namespace invocator

#endif  // INVOCATOR_TESTS_SUPPORT_CONDUCTOR_FIXTURE_H_
