#include "coordinator/conductor/report_collector.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

namespace invocator {
namespace {

constexpr int64_t kMostClockErrorNs = 60'000'000'000;
constexpr int kMostEngines = 4096;

bool IsBetween(double value, double least, double most) {
  return value >= least && value <= most;  // NaN is not
}

// Whether this can be what came of a run that began so long ago.
bool IsSane(const wire::Done& done, int64_t run_ns) {
  const int64_t limit_ns = run_ns + kMostClockErrorNs;
  const double limit_s = static_cast<double>(limit_ns) / 1e9;
  for (int64_t ns :
       {done.start_error_ns(), done.last_sent_ns(), done.ended_ns()}) {
    if (ns < 0 || ns > limit_ns) return false;
  }
  return IsBetween(done.cpu_s(), 0, limit_s * kMostEngines) &&
         done.engines_size() <= kMostEngines &&
         std::all_of(done.engines().begin(), done.engines().end(),
                     [&](const wire::EngineReport& engine) {
                       return IsBetween(engine.busy_ratio(), 0, 1) &&
                              IsBetween(engine.at_limit_s(), 0, limit_s);
                     });
}

// Whether the report is more than a sign of life.
bool HoldsSomething(const wire::Report& report) {
  return !report.has_progress() || report.progress().instances_size() > 0;
}

}  // namespace

absl::Status ReportCollector::Take(RunWorker& worker,
                                   const wire::Report& report, int64_t run_ns) {
  if (sink_ == nullptr || worker.done) {
    return absl::InvalidArgumentError("sent a report out of order");
  }
  if (report.number() != worker.reports + 1) {
    return absl::InvalidArgumentError(absl::StrCat(
        "sent report ", report.number(), ", expected ", worker.reports + 1));
  }
  const size_t index = roster_.IndexOf(worker);
  sink_->OnPieces(index, worker.pieces);
  absl::Status status;
  switch (report.kind_case()) {
    case wire::Report::kProgress:
      status = sink_->OnProgress(index, report.progress());
      break;
    case wire::Report::kRecords:
      status = sink_->OnRecords(index, report.records());
      break;
    case wire::Report::kDone:
      status = TakeDone(worker, report.done(), run_ns);
      break;
    case wire::Report::KIND_NOT_SET:
      status = absl::InvalidArgumentError("sent a report of nothing");
      break;
  }
  if (!status.ok()) return status;
  worker.reports = report.number();
  worker.reported_ns = clock_.NowNs();
  if (HoldsSomething(report)) worker.brought_ns = worker.reported_ns;
  return absl::OkStatus();
}

absl::Status ReportCollector::TakeDone(RunWorker& worker,
                                       const wire::Done& done, int64_t run_ns) {
  if (!IsSane(done, run_ns)) {
    return absl::InvalidArgumentError("sent numbers that cannot be");
  }
  absl::Status counted = sink_->OnDone(roster_.IndexOf(worker));
  if (!counted.ok()) return counted;
  worker.done = done;
  absl::string_view why;
  if (done.lease_ended()) {
    why = " stopped because its lease was not renewed in time";
  } else if (!done.schedule_exhausted() && !losses_.MayEnd(worker, run_ns) &&
             !sink_->LacksOnly(roster_.IndexOf(worker), worker.pieces,
                               losses_.DrainedNs(run_ns))) {
    why = " ended in the middle of its share, without a reason";
  }
  if (!why.empty() && !worker.lost()) {
    losses_.Lose(
        worker,
        absl::UnavailableError(absl::StrCat("worker ", worker.name, why)),
        /*for_good=*/false);
  }
  return absl::OkStatus();
}

void ReportCollector::SendAcks() {
  for (RunWorker& worker : roster_.workers()) {
    if (!worker.session || worker.acked == worker.reports) continue;
    worker.acked = worker.reports;
    wire::CoordinatorMessage message;
    message.mutable_ack()->set_reports(worker.acked);
    fleet_.Send(*worker.session, std::move(message));
  }
}

}  // namespace invocator
