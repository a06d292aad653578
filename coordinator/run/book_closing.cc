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
  report.warmup_s = plan_.warmup_s;
  CountLost();
  for (size_t i = 0; i < plan_.instances.size(); ++i) {
    if (!merger_.warmup().empty()) CloseInstance(i, /*warmup=*/true, report);
    CloseInstance(i, /*warmup=*/false, report);
    const ArrivalSpec& arrivals = plan_.instances[i].arrivals;
    if (!arrivals.version || arrivals.version->index > 0) continue;
    report.versions.push_back({arrivals.stream, arrivals.version->pairing, i,
                               arrivals.version->count});
  }
  const Totals books = report.Books();
  for (std::string& error : CheckBooks("total", books)) {
    report.book_errors.push_back(std::move(error));
  }
  report.aborted_by = ending.threshold;
  if (ending.stopped_from_ns) {
    report.stopped_at_s = static_cast<double>(*ending.stopped_from_ns) / 1e9;
  }
  FillInFlight(report);
  report.lane_names = LaneNames(merger_.timeline().lanes(), plan_);
  FillFailures(report);
  if (ending.refused && books.unsent > 0) {
    report.stopped = absl::StrCat(
        "the first ", refused,
        " invocations were all refused with an authentication error");
  }
  FillWorkers(ending, report);
  CompareRows(report);
  RunEnding how = ending;
  how.refused = !report.stopped.empty();  // all may have been sent by then
  FillSpans(how, report);
  std::vector<NamedEngine> engines;
  for (const WorkerReport& worker : report.workers) {
    const std::string of = report.workers.size() > 1
                               ? absl::StrCat("worker ", worker.name, "'s ")
                               : "";
    for (size_t i = 0; i < worker.engines.size(); ++i) {
      engines.push_back({absl::StrCat(of, "engine ", i), worker.engines[i]});
    }
  }
  // The verdict covers the warm-up, too: the generator has to keep its schedule
  // from the first call on.
  Totals both;
  both.Merge(report.total);
  both.Merge(report.warmup_total);
  if (ending.threshold) both.unsent = 0;  // not the generator's failure
  report.verdict =
      Judge(both, engines, report.losses, ending.interrupted, limits);
  report.timeline.emplace(std::move(merger_.timeline()));
  return report;
}

void BookClosing::FillInFlight(RunReport& report) const {
  const Timeline& timeline = merger_.timeline();
  // The bin of the warm-up's end is in the measured phase when it ends.
  const uint32_t first =
      timeline.bins().BinOf(timeline.bins().TickOf(plan_.WarmupNs()));
  report.max_in_flight = timeline.MaxInFlight(first);
  report.max_in_flight_of.resize(plan_.instances.size());
  const std::vector<uint32_t>& instances = timeline.lanes().instances;
  for (size_t lane = 0; lane < instances.size(); ++lane) {
    report.max_in_flight_of[instances[lane]] =
        timeline.MaxInFlightOf(lane, first);
  }
}

void BookClosing::CloseInstance(size_t instance, bool warmup,
                                RunReport& report) {
  const InstanceCensus& planned = census_.instances[instance];
  const std::string& name = plan_.instances[instance].name;
  Totals& totals = (warmup ? merger_.warmup() : merger_.instances())[instance];
  totals.planned =
      warmup ? planned.warmup_count : planned.count - planned.warmup_count;
  totals.planned_digest =
      warmup ? planned.warmup_digest : planned.digest - planned.warmup_digest;
  CountUntouched(totals);
  for (std::string& error :
       CheckBooks(absl::StrCat("instance ", name, warmup ? ", warm-up" : ""),
                  totals)) {
    report.book_errors.push_back(std::move(error));
  }
  (warmup ? report.warmup_total : report.total).Merge(totals);
  if (warmup) {
    report.warmup.push_back(std::move(totals));
  } else {
    report.instances.emplace_back(name, std::move(totals));
  }
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
  const Totals books = report.Books();
  for (size_t i = 0; i < kReasons; ++i) {
    const uint64_t count = books.reasons[i];
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
            report.BooksOf(instance).reasons[static_cast<size_t>(reason)];
        if (count == 0) return;
        report.instance_failures[instance].push_back(
            describe(reason, count, &first));
      });
}

void BookClosing::CountLost() {
  const size_t lanes = merger_.timeline().lanes().size();
  std::vector<LostCalls> lost;
  std::vector<PieceList> due_of;
  std::vector<PieceList> due_in_warmup;
  for (size_t i = 0; i < workers_.size(); ++i) {
    if (workers_[i].done || !workers_[i].lost()) continue;
    const std::vector<Piece>& pieces = workers_[i].pieces;
    const int64_t silent_ns = workers_[i].loss.silent_from_ns;
    due_of.push_back({pieces, silent_ns});
    due_in_warmup.push_back({pieces, std::min(silent_ns, plan_.WarmupNs())});
    lost.push_back({i, due_of.back(), std::vector<uint64_t>(lanes)});
  }
  if (lost.empty()) return;
  const auto due = CountPieces(plan_, census_, due_of);
  const auto in_warmup = CountPieces(plan_, census_, due_in_warmup);
  for (size_t n = 0; n < lost.size(); ++n) {
    const size_t worker = lost[n].worker;
    for (size_t i = 0; i < plan_.instances.size(); ++i) {
      const auto add = [&](uint64_t planned, uint64_t told, Totals& instance) {
        const uint64_t count = planned - std::min(told, planned);
        for (Totals* totals : {&instance, &merger_.workers()[worker]}) {
          totals->sent += count;
          totals->Of(Outcome::kLost) += count;
        }
        lost[n].by_lane[census_.lanes.of_instance[i]] += count;
      };
      uint64_t told = merger_.touched(worker)[i];
      if (!merger_.warmup().empty()) {
        const uint64_t told_in_warmup = merger_.touched_in_warmup(worker)[i];
        add(in_warmup[n][i], told_in_warmup, merger_.warmup()[i]);
        told -= told_in_warmup;
      }
      add(due[n][i] - in_warmup[n][i], told, merger_.instances()[i]);
    }
  }
  BinLost(lost);
}

void BookClosing::BinLost(const std::vector<LostCalls>& lost) {
  Timeline& timeline = merger_.timeline();
  std::vector<PieceList> due_of;
  due_of.reserve(lost.size());
  for (const LostCalls& calls : lost) due_of.push_back(calls.due);
  const auto due = BinPieces(plan_, due_of, timeline.bins(), timeline.lanes());
  for (size_t n = 0; n < lost.size(); ++n) {
    for (size_t lane = 0; lane < due[n].size(); ++lane) {
      uint64_t left = lost[n].by_lane[lane];
      const auto take = [&](size_t bin, uint64_t most) {
        const uint64_t count = std::min(left, most);
        left -= count;
        if (count == 0) return;
        timeline.AddLost(lost[n].worker, lane, static_cast<uint32_t>(bin),
                         count);
      };
      // The missing calls are the worker's last ones, except for calls that
      // took long. The number missing in a bin is known only for all workers
      // together.
      const std::vector<uint64_t>& by_bin = due[n][lane];
      for (size_t bin = by_bin.size(); bin-- > 0;) {
        const auto at = static_cast<uint32_t>(bin);
        const uint64_t planned = timeline.Counts(lane, at).planned;
        const uint64_t known = timeline.Accounted(lane, at);
        take(bin, std::min(by_bin[bin], planned - std::min(planned, known)));
      }
      if (!by_bin.empty()) take(by_bin.size() - 1, left);
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
    if (from.done && ending.stopped_from_ns &&
        from.done->stopped_from_ns > *ending.stopped_from_ns) {
      worker.stopped_at_s =
          static_cast<double>(from.done->stopped_from_ns) / 1e9;
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
    worker.steal_s = from.done->steal_s;
    worker.io = from.done->io;
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
  report.planned_span_s = plan_.duration_s;
  const double planned_s = report.EndS();
  const double last_sent_s = static_cast<double>(last_sent_ns) / 1e9;
  const double ended_s = static_cast<double>(ended_ns) / 1e9;
  const double last_lost_s = static_cast<double>(last_lost_ns) / 1e9;
  report.sent_span_s = ending.cut_short()
                           ? std::min(planned_s, std::max(ended_s, last_lost_s))
                           : std::max(planned_s, last_sent_s);
  report.completed_span_s =
      ending.cut_short() ? ended_s : std::max(planned_s, ended_s);
}

}  // namespace invocator
