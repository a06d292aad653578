// Anything a worker may say, in any order: it joins or not, answers starts,
// reports, and whatever came of it can be closed into a summary. Without gRPC:
// what the conductor does with a message is done here by its parts.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "common/plan/partition.h"
#include "common/process/log.h"
#include "coordinator/books/census.h"
#include "coordinator/conductor/admission.h"
#include "coordinator/conductor/losses.h"
#include "coordinator/conductor/report_collector.h"
#include "coordinator/conductor/start_agreement.h"
#include "coordinator/conductor/stop_order.h"
#include "coordinator/fleet/fleet.h"
#include "coordinator/fleet/heartbeat.h"
#include "coordinator/fleet/roster.h"
#include "coordinator/progress/progress_line.h"
#include "coordinator/report/summary.h"
#include "coordinator/report/text_report.h"
#include "coordinator/run/result_book.h"
#include "proto/fleet.pb.h"
#include "tests/fuzz/message_list.h"
#include "tests/support/plans.h"

namespace invocator {
namespace {

// The conductor's parts, in a run of one worker.
class Run {
 public:
  explicit Run(Fleet& fleet)
      : heartbeat_(fleet, clock_, LeaseTerms()),
        admission_(fleet, roster_, heartbeat_, /*tells=*/false),
        losses_(fleet, clock_, roster_, heartbeat_, OnWorkerLoss::kReplan,
                LeaseTerms()),
        agreement_(fleet, clock_, roster_, heartbeat_, losses_),
        stop_(fleet, clock_, roster_, losses_),
        collector_(fleet, clock_, roster_, losses_, stop_),
        book_(plan_, census_, {"w"}, nullptr, progress_) {
    admission_.Open(1);
  }

  void Take(const wire::WorkerMessage& message) {
    if (!roster_.BySession(kSession)) {
      if (roster_.size() > 0 && roster_[0].loss.given_up) return;
      admission_.Greet(kSession, message, std::nullopt);
      if (roster_.size() > 0) roster_[0].pieces = {{WholeShares(plan_)}};
      return;
    }
    RunWorker& worker = roster_[0];
    const absl::Status status = TakeOf(worker, message);
    if (!status.ok()) losses_.Lose(worker, status, /*for_good=*/true);
  }

  void End() {
    agreement_.Conclude();
    losses_.Tend();
    collector_.SendAcks();
    if (roster_.size() == 0) return;
    const RunReport report =
        book_.Close(roster_.workers(), RunEnding(), VerdictLimits());
    SummaryJson(report);
    TextReport(report);
  }

 private:
  static constexpr size_t kSession = 1 << 30;  // the fleet has none such

  // As Conductor::HandleInRun does: who changes that changes this.
  absl::Status TakeOf(RunWorker& worker, const wire::WorkerMessage& message) {
    using Kind = wire::WorkerMessage::KindCase;
    switch (message.kind_case()) {
      case Kind::kClockPong:
        worker.clock.AddSample(message.clock_pong().sent_ns(), clock_.NowNs(),
                               message.clock_pong().steady_ns());
        return absl::OkStatus();
      case Kind::kReady:
        if (worker.ready()) return absl::InvalidArgumentError("ready twice");
        worker.stage = RunWorker::Stage::kReady;
        losses_.BeginPlaying(plan_, absl::ZeroDuration());
        agreement_.Begin();
        collector_.Open(book_);
        return absl::OkStatus();
      case Kind::kStartArmed:
        return agreement_.OnArmed(worker, message.start_armed());
      case Kind::kStartMissed:
        return agreement_.OnMissed(worker, message.start_missed());
      case Kind::kReport:
        return collector_.Take(worker, message.report(),
                               clock_.NowNs() - agreement_.start_ns());
      case Kind::kFailure:
        return absl::Status(
            message.failure().code() == 0
                ? absl::StatusCode::kUnknown
                : static_cast<absl::StatusCode>(message.failure().code()),
            message.failure().message());
      default:
        return absl::InvalidArgumentError("out of order");
    }
  }

  const SystemSteadyClock clock_;
  const Plan plan_ = PlanOf(
      {ListInstance("f", {1, 1, 1}, 10), ListInstance("g", {2}, 10)}, 10);
  const Census census_ = TakeCensus(plan_, {WholeShares(plan_)});
  ProgressLine progress_{stderr};
  Roster roster_;
  Heartbeat heartbeat_;
  Admission admission_;
  Losses losses_;
  StartAgreement agreement_;
  StopOrder stop_;
  ReportCollector collector_;
  ResultBook book_;
};

}  // namespace
}  // namespace invocator

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const std::unique_ptr<invocator::Fleet>* const fleet = [] {
    invocator::Log().set_level(spdlog::level::off);
    return new std::unique_ptr<invocator::Fleet>(*invocator::Fleet::Create(""));
  }();
  invocator::Run run(**fleet);
  for (const auto& message :
       invocator::ReadMessages<invocator::wire::WorkerMessage>(data, size)) {
    run.Take(message);
  }
  run.End();
  return 0;
}
