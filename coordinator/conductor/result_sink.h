// Receives a run's results as they arrive.
//
// Called by the run's thread.
#ifndef INVOCATOR_COORDINATOR_CONDUCTOR_RESULT_SINK_H_
#define INVOCATOR_COORDINATOR_CONDUCTOR_RESULT_SINK_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "common/plan/piece.h"
#include "common/wire/progress_codec.h"

namespace invocator {

namespace wire {
class RecordBatch;
}

// `worker` counts from 0.
class ResultSink {
 public:
  virtual ~ResultSink() = default;
  // Sets the worker's current pieces of the plan. Called before every report.
  virtual void OnPieces(size_t /*worker*/,
                        const std::vector<Piece>& /*pieces*/) {}
  // The worker is lost: nothing is known of its calls in flight. Called now and
  // then until it is back.
  virtual void OnLost(size_t /*worker*/) {}
  // An error means that the worker broke the protocol.
  virtual absl::Status OnProgress(size_t worker,
                                  const ProgressReader& progress) = 0;
  virtual absl::Status OnRecords(size_t worker,
                                 const wire::RecordBatch& batch) = 0;
  // The worker's last report.
  virtual absl::Status OnDone(size_t /*worker*/) { return absl::OkStatus(); }
  // INVALID_ARGUMENT if the worker has reported calls other than those of its
  // `pieces` scheduled before `from_ns`.
  virtual absl::Status CheckSilence(size_t /*worker*/,
                                    const std::vector<Piece>& /*pieces*/,
                                    int64_t /*from_ns*/) const {
    return absl::OkStatus();
  }
  // Whether all calls of its `pieces` that the worker has not reported can be
  // scheduled before `before_ns`.
  virtual bool LacksOnly(size_t /*worker*/,
                         const std::vector<Piece>& /*pieces*/,
                         int64_t /*before_ns*/) {
    return false;
  }
  // Called about ten times a second.
  virtual void OnTick(double elapsed_s) = 0;
  // True if the run should end early, as after an interrupt. Called now and
  // then until the run is stopped. `silent`: whether a worker is lost or has
  // ended.
  virtual bool WantsStop(absl::FunctionRef<bool(size_t)> /*silent*/) {
    return false;
  }
  // Instant of the run from which on no call is wanted any more, `run_ns` being
  // now. Called after WantsStop, until it gives one.
  virtual std::optional<int64_t> WantsStopFrom(
      int64_t /*run_ns*/, absl::FunctionRef<bool(size_t)> /*silent*/) {
    return std::nullopt;
  }
  // The user has asked to stop: workers drain, or end at once if `now`.
  virtual void OnStop(bool /*now*/) {}
};

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_CONDUCTOR_RESULT_SINK_H_
