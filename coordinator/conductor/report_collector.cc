#include "coordinator/conductor/report_collector.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/wire/done_codec.h"
#include "common/wire/progress_codec.h"

namespace invocator {
namespace {

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
  if (report.number() != worker.reports.merged + 1) {
    return absl::InvalidArgumentError(
        absl::StrCat("sent report ", report.number(), ", expected ",
                     worker.reports.merged + 1));
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
  worker.reports.merged = report.number();
  worker.reports.last_ns = clock_.NowNs();
  if (HoldsSomething(report))
    worker.reports.brought_ns = worker.reports.last_ns;
  return absl::OkStatus();
}

absl::Status ReportCollector::TakeDone(RunWorker& worker,
                                       const wire::Done& message,
                                       int64_t run_ns) {
  absl::StatusOr<WorkerDone> read = FromWire(message, run_ns);
  if (!read.ok()) return read.status();
  absl::Status counted = sink_->OnDone(roster_.IndexOf(worker));
  if (!counted.ok()) return counted;
  absl::Status ordered = stop_.CutDone(read->stopped_from_ns, worker);
  if (!ordered.ok()) return ordered;
  const WorkerDone& done = worker.done.emplace(*std::move(read));
  absl::string_view why;
  if (done.lease_ended) {
    why = " stopped because its lease was not renewed in time";
  } else if (!done.schedule_exhausted && !losses_.MayEnd(worker, run_ns) &&
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
    if (!worker.session || worker.reports.acked == worker.reports.merged)
      continue;
    worker.reports.acked = worker.reports.merged;
    wire::CoordinatorMessage message;
    message.mutable_ack()->set_reports(worker.reports.acked);
    fleet_.Send(*worker.session, std::move(message));
  }
}

}  // namespace invocator
