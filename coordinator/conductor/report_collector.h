// Collects workers' reports during a run, each once and in order, however often
// a stream breaks. Passes them to the sink and acknowledges them.
//
// Used by the run's thread. Borrows fleet, clock, roster, losses, stop order
// and sink.
#ifndef INVOCATOR_COORDINATOR_CONDUCTOR_REPORT_COLLECTOR_H_
#define INVOCATOR_COORDINATOR_CONDUCTOR_REPORT_COLLECTOR_H_

#include <cstdint>

#include "absl/status/status.h"
#include "common/base/clock.h"
#include "coordinator/conductor/losses.h"
#include "coordinator/conductor/result_sink.h"
#include "coordinator/conductor/stop_order.h"
#include "coordinator/fleet/fleet.h"
#include "coordinator/fleet/roster.h"
#include "proto/fleet.pb.h"

namespace invocator {

class ReportCollector {
 public:
  ReportCollector(Fleet& fleet, const SteadyClock& clock, Roster& roster,
                  Losses& losses, const StopOrder& stop)
      : fleet_(fleet),
        clock_(clock),
        roster_(roster),
        losses_(losses),
        stop_(stop) {}

  // From now on workers may report.
  void Open(ResultSink& sink) { sink_ = &sink; }

  // INVALID_ARGUMENT for a report out of order, or one that the sink refuses.
  // `run_ns`: since the start.
  absl::Status Take(RunWorker& worker, const wire::Report& report,
                    int64_t run_ns);

  // Sends each worker one Ack for all its reports since the last call.
  void SendAcks();

 private:
  absl::Status TakeDone(RunWorker& worker, const wire::Done& message,
                        int64_t run_ns);

  Fleet& fleet_;
  const SteadyClock& clock_;
  Roster& roster_;
  Losses& losses_;
  const StopOrder& stop_;
  ResultSink* sink_ = nullptr;
};

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_CONDUCTOR_REPORT_COLLECTOR_H_
