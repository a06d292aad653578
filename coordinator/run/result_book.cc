#include "coordinator/run/result_book.h"

#include <algorithm>
#include <functional>
#include <numeric>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/base/scheduling.h"
#include "common/wire/record_codec.h"
#include "common/words/listing.h"
#include "coordinator/books/accounting.h"
#include "coordinator/books/piece_counts.h"
#include "coordinator/text/csv_field.h"
#include "spdlog/spdlog.h"

namespace invocator {
namespace {

// Records between two looks whether an engine wants to run.
constexpr uint64_t kSlice = 64;

std::vector<uint64_t> PlannedByInstance(const Census& census) {
  std::vector<uint64_t> planned;
  for (const InstanceCensus& instance : census.instances) {
    planned.push_back(instance.count);
  }
  return planned;
}

}  // namespace

ResultBook::ResultBook(const Plan& plan, const Census& census,
                       std::vector<std::string> worker_names, CsvWriter* csv,
                       ProgressLine& progress, bool stop_if_refused,
                       double record_ratio)
    : plan_(plan),
      census_(census),
      worker_names_([&] {
        for (std::string& name : worker_names) name = CsvField(name);
        return std::move(worker_names);
      }()),
      csv_(csv),
      record_ratio_(record_ratio),
      progress_(progress),
      merger_(PlannedByInstance(census), worker_names_.size()),
      refusals_(stop_if_refused, worker_names_.size()),
      limits_(plan, census, worker_names_.size()),
      in_flight_(worker_names_.size(), 0) {
  if (csv_ == nullptr) return;
  ledger_.emplace(plan, census, record_ratio, worker_names_.size());
}

void ResultBook::OnPieces(size_t worker, const std::vector<Piece>& pieces) {
  auto limits = limits_.Update(worker, pieces);
  if (!limits) return;
  merger_.SetLimits(worker, *std::move(limits));
  if (ledger_) ledger_->SetPieces(worker, pieces);
}

absl::Status ResultBook::CheckSilence(size_t worker,
                                      const std::vector<Piece>& pieces,
                                      int64_t from_ns) const {
  bool is_silent = !ledger_ || ledger_->latest_ns(worker) < from_ns;
  // Future calls cannot have been counted yet, so no walk is needed.
  if (is_silent && from_ns <= std::max<int64_t>(elapsed_ns_, 0)) {
    const auto before = CountPieces(plan_, census_, {{pieces, from_ns}})[0];
    const std::vector<uint64_t>& told = merger_.touched(worker);
    is_silent = std::equal(told.begin(), told.end(), before.begin(),
                           std::less_equal<>());
  }
  if (is_silent) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrFormat(
      "announced that it stops sending at %.3f s, but had reported later "
      "invocations",
      static_cast<double>(from_ns) / 1e9));
}

bool ResultBook::LacksOnly(size_t worker, const std::vector<Piece>& pieces,
                           int64_t before_ns) {
  if (!limits_.TakeWalk()) return true;
  const auto counts =
      CountPieces(plan_, census_, {{pieces}, {pieces, before_ns}});
  const std::vector<uint64_t>& told = merger_.touched(worker);
  for (size_t i = 0; i < told.size(); ++i) {
    if (counts[0][i] > told[i] + counts[1][i]) return false;
  }
  return true;
}

absl::Status ResultBook::OnProgress(size_t worker,
                                    const wire::Progress& progress) {
  absl::Status status = merger_.Add(worker, progress);
  if (!status.ok()) return status;
  in_flight_[worker] = std::min(progress.in_flight(), census_.total.count);
  uint64_t ended = 0;
  uint64_t refused = 0;
  for (const wire::InstanceDelta& delta : progress.instances()) {
    ended += delta.sent();
    refused += delta.outcomes(static_cast<int>(Outcome::kAuthError));
    if (ledger_) ledger_->AddReported(worker, delta);
  }
  refusals_.Add(worker, ended, refused, AllHaveEnded());
  return absl::OkStatus();
}

bool ResultBook::WantsStop(absl::FunctionRef<bool(size_t)> silent) {
  if (refusals_.Trip(silent)) {
    progress_.Finish();
    spdlog::error(
        "the first {} invocations were all refused with an authentication "
        "error: the run ends here (--stop-on none plays on)",
        refusals_.refused());
  }
  return refused();
}

bool ResultBook::AllHaveEnded() {
  for (size_t i = 0; i < plan_.instances.size(); ++i) {
    const InstanceCensus& planned = census_.instances[i];
    if (planned.count > 0 && planned.first_ns <= elapsed_ns_ &&
        merger_.instances()[i].sent == 0) {
      return false;
    }
  }
  return true;
}

absl::Status ResultBook::OnRecords(size_t worker,
                                   const wire::RecordBatch& batch) {
  if (!ledger_) return absl::OkStatus();
  absl::Status complaint;
  absl::Status status =
      DecodeRecords(batch, plan_.instances.size(), [&](const Record& record) {
        if (!complaint.ok()) return;
        const RowLedger::Row row = ledger_->Take(worker, record);
        if (row == RowLedger::Row::kNew) {
          csv_->Add(worker_names_[worker], record);
        } else {
          complaint = ledger_->Complaint(row, record);
        }
        if (++rows_ % kSlice == 0) GiveWay();
      });
  if (status.ok()) status = complaint;
  if (!csv_->status().ok() && !std::exchange(csv_error_told_, true)) {
    progress_.Finish();
    spdlog::error(
        "no more records are written: {}; the run goes on, its summary is "
        "made without them",
        std::string(csv_->status().message()));
  }
  return status;
}

absl::Status ResultBook::OnDone(size_t worker) {
  return ledger_ ? ledger_->CheckDone(worker) : absl::OkStatus();
}

void ResultBook::OnTick(double elapsed_s) {
  elapsed_ns_ = static_cast<int64_t>(elapsed_s * 1e9);
  if (!progress_.IsDue(elapsed_s)) return;
  ProgressFacts facts;
  facts.elapsed_s = elapsed_s;
  facts.duration_s = plan_.duration_s;
  facts.planned = census_.total.count;
  Histogram lateness;
  for (const Totals& worker : merger_.workers()) {
    facts.sent += worker.sent;
    facts.ok += worker.outcomes[static_cast<size_t>(Outcome::kOk)];
    facts.dropped += worker.dropped;
    lateness.Merge(worker.OwnLateness());
  }
  facts.in_flight =
      std::accumulate(in_flight_.begin(), in_flight_.end(), uint64_t{0});
  // Those in flight were sent, but are counted when they end.
  facts.ended = facts.sent;
  facts.sent += facts.in_flight;
  facts.lateness_p99_ns = lateness.QuantileNs(0.99);
  progress_.Show(facts);
}

void ResultBook::OnStop(bool now) {
  progress_.Finish();
  if (now) {
    spdlog::warn("interrupted again: calls in flight are aborted");
  } else {
    spdlog::warn(
        "interrupted: nothing more is sent, calls in flight are waited for; "
        "interrupt again to end at once");
  }
}

RunReport ResultBook::Close(const std::vector<RunWorker>& workers,
                            const RunEnding& ending,
                            const VerdictLimits& limits) {
  progress_.Finish();
  RunReport report;
  report.test_name = plan_.test_name;
  report.seed = plan_.seed;
  report.interrupted = ending.interrupted;
  CountLost(workers);
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
  FillFailures(workers, report);
  if (refused() && report.total.unsent > 0) {
    report.stopped = absl::StrCat(
        "the first ", refusals_.refused(),
        " invocations were all refused with an authentication error");
  }
  FillWorkers(workers, ending, report);
  CompareRows(workers, report);
  RunEnding how = ending;
  how.refused = !report.stopped.empty();  // all may have been sent by then
  FillSpans(workers, how, report);
  for (size_t i = 0; i < plan_.instances.size(); ++i) {
    report.instances.emplace_back(plan_.instances[i].name,
                                  std::move(merger_.instances()[i]));
  }
  std::vector<EngineFacts> engines;
  for (const WorkerReport& worker : report.workers) {
    for (EngineFacts facts : worker.engines) {
      if (report.workers.size() > 1) {
        facts.name = absl::StrCat("worker ", worker.name, "'s ", facts.name);
      }
      engines.push_back(std::move(facts));
    }
  }
  report.verdict =
      Judge(report.total, engines, report.losses, ending.interrupted, limits);
  return report;
}

void ResultBook::FillFailures(const std::vector<RunWorker>& workers,
                              RunReport& report) {
  const auto describe = [&](Reason reason, uint64_t count,
                            const FirstFailures::Failure* first) {
    FailureReport failure;
    failure.reason = reason;
    failure.count = count;
    if (first != nullptr) {
      failure.first = first->sample;
      failure.instance = plan_.instances[first->sample.instance()].name;
      failure.worker = workers[first->worker].name;
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

void ResultBook::CountLost(const std::vector<RunWorker>& workers) {
  std::vector<size_t> silent;
  std::vector<PieceList> due_of;
  for (size_t i = 0; i < workers.size(); ++i) {
    if (workers[i].done || !workers[i].lost()) continue;
    silent.push_back(i);
    due_of.push_back({workers[i].pieces, workers[i].silent_from_ns});
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

std::vector<uint64_t> ResultBook::PlannedByWorker(
    const std::vector<RunWorker>& workers) const {
  std::vector<std::vector<uint64_t>> counts = census_.planned;
  // Something has moved from one worker to another.
  if (std::any_of(workers.begin(), workers.end(), [](const RunWorker& w) {
        return w.pieces.size() > 1 ||
               (!w.pieces.empty() && w.pieces[0].until_ns != Piece::kForever);
      })) {
    std::vector<PieceList> lists;
    lists.reserve(workers.size());
    for (const RunWorker& worker : workers) lists.push_back({worker.pieces});
    counts = CountPieces(plan_, census_, lists);
  }
  std::vector<uint64_t> planned;
  planned.reserve(counts.size());
  for (const std::vector<uint64_t>& of : counts) {
    planned.push_back(std::accumulate(of.begin(), of.end(), uint64_t{0}));
  }
  return planned;
}

void ResultBook::FillWorkers(const std::vector<RunWorker>& workers,
                             const RunEnding& ending, RunReport& report) {
  const std::vector<uint64_t> planned = PlannedByWorker(workers);
  for (size_t i = 0; i < workers.size(); ++i) {
    const RunWorker& from = workers[i];
    WorkerReport& worker = report.workers.emplace_back();
    worker.name = from.name;
    worker.threads = from.threads;
    worker.totals = std::move(merger_.workers()[i]);
    worker.totals.planned = planned[i];
    const uint64_t untouched = CountUntouched(worker.totals);
    const uint64_t lost =
        worker.totals.outcomes[static_cast<size_t>(Outcome::kLost)];
    if (from.leaves_ns) {
      worker.left_at_s = static_cast<double>(*from.leaves_ns) / 1e9;
      if (!from.departure.empty()) report.departures.push_back(from.departure);
    }
    if (from.lost() && lost + untouched > 0) {
      worker.lost = true;
      report.losses.push_back(absl::StrCat(
          from.loss.message(), ": it may have sent ",
          Counted(lost, "invocation"),
          " that it did not report, and did not send ", untouched));
    } else if (!from.departure.empty() && (untouched > 0 || ending.aborted)) {
      report.losses.push_back(absl::StrCat(from.departure, "; ",
                                           CountedWere(untouched, "invocation"),
                                           " not sent"));
    } else if (!from.done && !from.lost() && !report.interrupted) {
      report.book_errors.push_back(
          absl::StrCat("worker ", worker.name,
                       " did not say how it ended: what it sent "
                       "after its last report is counted as unsent"));
    } else if (from.done && from.done->schedule_exhausted() &&
               from.done->extends() == from.extends.size() && untouched > 0) {
      report.book_errors.push_back(
          absl::StrCat("worker ", worker.name,
                       " played its whole share, but did not report ",
                       Counted(untouched, "invocation")));
    } else if (from.done && from.done->extends() < from.extends.size() &&
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
    // The census has no digest per worker: count only.
    worker.totals.planned_digest = worker.totals.sent_digest;
    for (std::string& error :
         CheckBooks(absl::StrCat("worker ", worker.name), worker.totals)) {
      report.book_errors.push_back(std::move(error));
    }
    if (!from.done) continue;
    if (from.done->records_lost() > 0) {
      report.book_errors.push_back(
          absl::StrCat("worker ", worker.name, " had no room left for ",
                       Counted(from.done->records_lost(), "record"),
                       ", which invocations.csv lacks"));
    }
    worker.threads = static_cast<uint32_t>(from.done->engines_size());
    worker.start_error_ns = from.done->start_error_ns();
    worker.cpu_s = from.done->cpu_s();
    worker.max_rss_bytes = from.done->max_rss_bytes();
    for (const wire::EngineReport& engine : from.done->engines()) {
      worker.engines.push_back(
          {absl::StrCat("engine ", worker.engines.size()), engine.busy_ratio(),
           engine.at_limit_s(), engine.max_in_flight(), engine.connections(),
           engine.connections_reused(), engine.connections_failed(),
           engine.connections_closed_by_peer()});
    }
  }
  // Interrupted while workers joined: shares of the missing ones have no
  // worker.
  if (planned.size() > workers.size()) {
    WorkerReport& absent = report.workers.emplace_back();
    absent.totals.planned = std::accumulate(
        planned.begin() + static_cast<ptrdiff_t>(workers.size()), planned.end(),
        uint64_t{0});
    CountUntouched(absent.totals);
  }
}

void ResultBook::CompareRows(const std::vector<RunWorker>& workers,
                             RunReport& report) const {
  if (!ledger_) return;
  for (size_t i = 0; i < workers.size(); ++i) {
    const RowLedger::Difference of = ledger_->DifferenceOf(i);
    const auto& done = workers[i].done;
    const uint64_t told = done ? done->records_lost() : 0;
    // A lost worker's last records may have arrived without its last counts.
    std::vector<std::string>& words = done ? report.book_errors : report.losses;
    if (of.beyond > 0) {
      words.push_back(absl::StrCat(
          "invocations.csv has ", Counted(of.beyond, "row"), " of worker ",
          workers[i].name, " for invocations that it did not report"));
    }
    if (record_ratio_ >= 1 && of.lacking > told) {
      words.push_back(absl::StrCat(
          "invocations.csv lacks ", Counted(of.lacking - told, "row"),
          " of invocations that worker ", workers[i].name, " reported"));
    }
    if (record_ratio_ < 1 || !done) continue;
    for (const auto& [instances, what] :
         {std::pair(of.other_invocations, "invocations"),
          std::pair(of.other_outcomes, "outcomes")}) {
      if (instances == 0) continue;
      words.push_back(absl::StrCat(
          "rows of worker ", workers[i].name, " in invocations.csv have other ",
          what, " than it reported, in ", instances, " instances"));
    }
  }
  if (ledger_->disputed() > 0) {
    report.book_errors.push_back(absl::StrCat(
        CountedWere(ledger_->disputed(), "record"),
        " sent by two workers: invocations.csv has the first of each, which "
        "may be the wrong one"));
  }
}

void ResultBook::FillSpans(const std::vector<RunWorker>& workers,
                           const RunEnding& ending, RunReport& report) {
  int64_t last_sent_ns = 0;
  int64_t ended_ns = 0;
  int64_t last_lost_ns = 0;  // what is lost may have been sent until then
  for (const RunWorker& worker : workers) {
    if (worker.done) {
      last_sent_ns = std::max(last_sent_ns, worker.done->last_sent_ns());
      ended_ns = std::max(ended_ns, worker.done->ended_ns());
    } else {
      last_lost_ns = std::max(last_lost_ns, worker.silent_from_ns);
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
