#include "coordinator/run/book_closing.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/words/listing.h"
#include "coordinator/books/accounting.h"

namespace invocator {

RunReport BookClosing::Close(const RunEnding& ending, uint64_t refused,
                             const VerdictLimits& limits) {
  RunReport report;
  report.test_name = plan_.test_name;
  report.seed = plan_.seed;
  report.interrupted = ending.interrupted;
  CountLost();
  for (size_t i = 0; i < plan_.instances.size(); ++i) {
    Totals& totals = merger_.instances()[i];
    totals.planned = census_.instances[i].count;
    totals.planned_digest = census_.instances[i].digest;
    CountUntouched(totals);
    const std::string& name = plan_.instances[i].name;
    for (std::string& error :
         CheckBooks(absl::StrCat("instance ", name), totals)) {
      report.book_errors.push_back(std::move(error));
    }
  }
  report.total = merger_.Total();
  for (std::string& error : CheckBooks("total", report.total)) {
    report.book_errors.push_back(std::move(error));
  }
  FillFailures(report);
  if (ending.refused && report.total.unsent > 0) {
    report.stopped = absl::StrCat(
        "the first ", refused,
        " invocations were all refused with an authentication error");
  }
  FillWorkers(ending, report);
  CompareRows(report);
  RunEnding how = ending;
  how.refused = !report.stopped.empty();  // all may have been sent by then
  FillSpans(how, report);
  for (size_t i = 0; i < plan_.instances.size(); ++i) {
    report.instances.emplace_back(plan_.instances[i].name,
                                  std::move(merger_.instances()[i]));
  }
  std::vector<NamedEngine> engines;
  for (const WorkerReport& worker : report.workers) {
    const std::string of = report.workers.size() > 1
                               ? absl::StrCat("worker ", worker.name, "'s ")
                               : "";
    for (size_t i = 0; i < worker.engines.size(); ++i) {
      engines.push_back({absl::StrCat(of, "engine ", i), worker.engines[i]});
    }
  }
  report.verdict =
      Judge(report.total, engines, report.losses, ending.interrupted, limits);
  return report;
}

void BookClosing::FillFailures(RunReport& report) const {
  const auto describe = [&](Reason reason, uint64_t count,
                            const FirstFailures::Failure* first) {
    FailureReport failure;
    failure.reason = reason;
    failure.count = count;
    if (first != nullptr) {
      failure.first = first->sample;
      failure.instance = plan_.instances[first->sample.instance].name;
      failure.worker = workers_[first->worker].name;
    }
    return failure;
  };
  for (size_t i = 0; i < kReasons; ++i) {
    const uint64_t count = report.total.reasons[i];
    if (count == 0) continue;
    const auto reason = static_cast<Reason>(i);
    const auto& known = merger_.failures().Of(reason);
    report.failures.push_back(
        describe(reason, count, known ? &*known : nullptr));
  }
  merger_.failures().ForEachOfInstances(
      [&](uint32_t instance, Reason reason,
          const FirstFailures::Failure& first) {
        const uint64_t count =
            merger_.instances()[instance].reasons[static_cast<size_t>(reason)];
        if (count == 0) return;
        report.instance_failures[instance].push_back(
            describe(reason, count, &first));
      });
}

void BookClosing::CountLost() {
  std::vector<size_t> silent;
  std::vector<PieceList> due_of;
  for (size_t i = 0; i < workers_.size(); ++i) {
    if (workers_[i].done || !workers_[i].lost()) continue;
    silent.push_back(i);
    due_of.push_back({workers_[i].pieces, workers_[i].loss.silent_from_ns});
  }
  const auto due = CountPieces(plan_, census_, due_of);
  for (size_t n = 0; n < silent.size(); ++n) {
    for (size_t instance = 0; instance < due[n].size(); ++instance) {
      const uint64_t told = merger_.touched(silent[n])[instance];
      if (due[n][instance] <= told) continue;
      const uint64_t lost = due[n][instance] - told;
      for (Totals* totals :
           {&merger_.instances()[instance], &merger_.workers()[silent[n]]}) {
        totals->sent += lost;
        totals->outcomes[static_cast<size_t>(Outcome::kLost)] += lost;
      }
    }
  }
}

std::vector<PieceSum> BookClosing::PlannedByWorker() const {
  // Something has moved from one worker to another.
  if (std::any_of(workers_.begin(), workers_.end(), [](const RunWorker& w) {
        return w.pieces.size() > 1 ||
               (!w.pieces.empty() && w.pieces[0].until_ns != Piece::kForever);
      })) {
    std::vector<PieceList> lists;
    lists.reserve(workers_.size());
    for (const RunWorker& worker : workers_) lists.push_back({worker.pieces});
    return SumPieces(plan_, lists);
  }
  std::vector<PieceSum> planned;
  planned.reserve(census_.planned.size());
  for (size_t i = 0; i < census_.planned.size(); ++i) {
    planned.push_back({census_.PlannedOf(i), census_.digests[i]});
  }
  return planned;
}

void BookClosing::FillWorkers(const RunEnding& ending, RunReport& report) {
  const std::vector<PieceSum> planned = PlannedByWorker();
  for (size_t i = 0; i < workers_.size(); ++i) {
    const RunWorker& from = workers_[i];
    WorkerReport& worker = report.workers.emplace_back();
    worker.name = from.name;
    worker.threads = from.threads;
    worker.totals = std::move(merger_.workers()[i]);
    worker.totals.planned = planned[i].count;
    worker.totals.planned_digest = planned[i].digest;
    const uint64_t untouched = CountUntouched(worker.totals);
    const uint64_t lost =
        worker.totals.outcomes[static_cast<size_t>(Outcome::kLost)];
    if (from.leave.at_ns) {
      worker.left_at_s = static_cast<double>(*from.leave.at_ns) / 1e9;
      if (!from.leave.notice.empty())
        report.departures.push_back(from.leave.notice);
    }
    if (from.lost() && lost + untouched > 0) {
      worker.lost = true;
      report.losses.push_back(absl::StrCat(
          from.loss.why.message(), ": it may have sent ",
          Counted(lost, "invocation"),
          " that it did not report, and did not send ", untouched));
    } else if (!from.leave.notice.empty() &&
               (untouched > 0 || ending.aborted)) {
      report.losses.push_back(absl::StrCat(from.leave.notice, "; ",
                                           CountedWere(untouched, "invocation"),
                                           " not sent"));
    } else if (!from.done && !from.lost() && !report.interrupted) {
      report.book_errors.push_back(
          absl::StrCat("worker ", worker.name,
                       " did not say how it ended: what it sent "
                       "after its last report is counted as unsent"));
    } else if (from.done && from.done->schedule_exhausted &&
               from.done->extends == from.extends.size() && untouched > 0) {
      report.book_errors.push_back(
          absl::StrCat("worker ", worker.name,
                       " played its whole share, but did not report ",
                       Counted(untouched, "invocation")));
    } else if (from.done && from.done->extends < from.extends.size() &&
               untouched > 0 && !ending.cut_short()) {
      report.losses.push_back(
          absl::StrCat("worker ", worker.name, " ended before it could play ",
                       Counted(untouched, "invocation"), " given to it"));
    }
    worker.clock_offset_ns = from.clock.marked().offset_ns;
    worker.clock_uncertainty_ns = from.clock.marked().uncertainty_ns();
    if (const auto drift = from.clock.DriftSinceMark()) {
      worker.clock_drift = {drift->ppm, drift->uncertainty_ppm};
    }
    for (std::string& error :
         CheckBooks(absl::StrCat("worker ", worker.name), worker.totals)) {
      report.book_errors.push_back(std::move(error));
    }
    if (!from.done) continue;
    if (from.done->records_lost > 0) {
      report.book_errors.push_back(
          absl::StrCat("worker ", worker.name, " had no room left for ",
                       Counted(from.done->records_lost, "record"),
                       ", which invocations.csv lacks"));
    }
    worker.threads = static_cast<uint32_t>(from.done->engines.size());
    worker.start_error_ns = from.done->start_error_ns;
    worker.cpu_s = from.done->cpu_s;
    worker.max_rss_bytes = from.done->max_rss_bytes;
    worker.engines = from.done->engines;
  }
  // Interrupted while workers joined: shares of the missing ones have no
  // worker.
  if (planned.size() > workers_.size()) {
    WorkerReport& absent = report.workers.emplace_back();
    for (size_t i = workers_.size(); i < planned.size(); ++i) {
      absent.totals.planned += planned[i].count;
    }
    CountUntouched(absent.totals);
  }
}

void BookClosing::CompareRows(RunReport& report) const {
  if (rows_ == nullptr) return;
  for (size_t i = 0; i < workers_.size(); ++i) {
    const RowLedger::Difference of = rows_->DifferenceOf(i);
    const auto& done = workers_[i].done;
    const uint64_t told = done ? done->records_lost : 0;
    // A lost worker's last records may have arrived without its last counts.
    std::vector<std::string>& words = done ? report.book_errors : report.losses;
    if (of.beyond > 0) {
      words.push_back(absl::StrCat(
          "invocations.csv has ", Counted(of.beyond, "row"), " of worker ",
          workers_[i].name, " for invocations that it did not report"));
    }
    if (record_ratio_ >= 1 && of.lacking > told) {
      words.push_back(absl::StrCat(
          "invocations.csv lacks ", Counted(of.lacking - told, "row"),
          " of invocations that worker ", workers_[i].name, " reported"));
    }
    if (record_ratio_ < 1 || !done) continue;
    for (const auto& [instances, what] :
         {std::pair(of.other_invocations, "invocations"),
          std::pair(of.other_outcomes, "outcomes")}) {
      if (instances == 0) continue;
      words.push_back(absl::StrCat("rows of worker ", workers_[i].name,
                                   " in invocations.csv have other ", what,
                                   " than it reported, in ", instances,
                                   " instances"));
    }
  }
  if (rows_->disputed() > 0) {
    report.book_errors.push_back(absl::StrCat(
        CountedWere(rows_->disputed(), "record"),
        " sent by two workers: invocations.csv has the first of each, which "
        "may be the wrong one"));
  }
}

void BookClosing::FillSpans(const RunEnding& ending, RunReport& report) const {
  int64_t last_sent_ns = 0;
  int64_t ended_ns = 0;
  int64_t last_lost_ns = 0;  // what is lost may have been sent until then
  for (const RunWorker& worker : workers_) {
    if (worker.done) {
      last_sent_ns = std::max(last_sent_ns, worker.done->last_sent_ns);
      ended_ns = std::max(ended_ns, worker.done->ended_ns);
    } else {
      last_lost_ns = std::max(last_lost_ns, worker.loss.silent_from_ns);
    }
  }
  const double planned_s = plan_.duration_s;
  const double last_sent_s = static_cast<double>(last_sent_ns) / 1e9;
  const double ended_s = static_cast<double>(ended_ns) / 1e9;
  const double last_lost_s = static_cast<double>(last_lost_ns) / 1e9;
  report.planned_span_s = planned_s;
  report.sent_span_s = ending.cut_short()
                           ? std::min(planned_s, std::max(ended_s, last_lost_s))
                           : std::max(planned_s, last_sent_s);
  report.completed_span_s =
      ending.cut_short() ? ended_s : std::max(planned_s, ended_s);
}

}  // namespace invocator
