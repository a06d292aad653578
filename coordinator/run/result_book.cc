#include "coordinator/run/result_book.h"

#include <algorithm>
#include <functional>
#include <numeric>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/base/scheduling.h"
#include "common/process/log.h"
#include "common/wire/record_codec.h"
#include "common/words/foreign_text.h"
#include "common/words/listing.h"
#include "coordinator/books/accounting.h"
#include "coordinator/books/judgement.h"
#include "coordinator/books/piece_counts.h"
#include "coordinator/report/threshold_text.h"
#include "coordinator/text/csv_field.h"

namespace invocator {
namespace {

// Whether a miss during the run is worth showing. Counts with a lower limit
// still grow, and scalars are known only at the end.
bool IsTelling(const Threshold& threshold) {
  const Metric& metric = threshold.metric;
  if (metric.kind == MetricKind::kLatency) return true;
  if (!metric.IsCount() || metric.kind == MetricKind::kSent) return false;
  return threshold.is_share || threshold.comparison == Comparison::kBelow ||
         threshold.comparison == Comparison::kAtMost;
}

// Records between two looks whether an engine wants to run.
constexpr uint64_t kSlice = 64;
// Bytes of an instance's name in the progress line.
constexpr size_t kMaxShownName = 32;

std::optional<ShownLatency> ShownLatencyOf(const Histogram& histogram) {
  if (histogram.count() == 0) return std::nullopt;
  return ShownLatency{histogram.QuantileNs(0.5), histogram.QuantileNs(0.99)};
}

}  // namespace

ResultBook::ResultBook(const Plan& plan, const Census& census,
                       std::vector<std::string> worker_names, CsvWriter* csv,
                       ProgressLine& progress, bool stop_if_refused,
                       double record_ratio,
                       const WorkloadThresholds& thresholds)
    : plan_(plan),
      census_(census),
      worker_names_(std::move(worker_names)),
      quoted_names_([this] {
        std::vector<std::string> quoted;
        for (const std::string& name : worker_names_) {
          quoted.push_back(CsvField(name));
        }
        return quoted;
      }()),
      csv_(csv),
      record_ratio_(record_ratio),
      progress_(progress),
      merger_(ScopeOf(plan, census), worker_names_.size()),
      refusals_(stop_if_refused, worker_names_.size()),
      thresholds_(thresholds),
      aborts_(plan, census, thresholds, worker_names_.size()),
      precision_(plan, worker_names_.size()),
      limits_(plan, census, worker_names_.size()),
      in_flight_(worker_names_.size(), 0) {
  if (progress.is_live()) {
    recent_.emplace(census.bins, merger_.timeline().bins().width_s(),
                    worker_names_.size());
  }
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
                                    const ProgressReader& progress) {
  absl::Status status = merger_.Add(
      worker, progress,
      [this](const TotalsDelta& delta, uint32_t tick, const BinTotals& bin) {
        if (recent_) {
          recent_->AddResponses(static_cast<double>(elapsed_ns_) / 1e9,
                                bin.response, delta.warmup());
        }
        if (!aborts_.any() || delta.warmup()) return;
        aborts_.Add(delta.instance(), tick, bin);
      });
  if (!status.ok()) return status;
  in_flight_[worker] = std::min(progress.in_flight(), census_.total.count);
  // No worker is ahead of time.
  const int64_t until_ns = std::min(progress.until_ns(), elapsed_ns_);
  if (aborts_.any()) {
    aborts_.SetReportedUntil(worker, until_ns, in_flight_[worker]);
  }
  if (precision_.any()) precision_.SetReportedUntil(worker, until_ns);
  if (recent_) {
    recent_->SetSent(worker, until_ns,
                     merger_.workers()[worker].sent + in_flight_[worker]);
  }
  uint64_t ended = 0;
  uint64_t refused = 0;
  for (size_t i = 0; i < progress.size(); ++i) {
    const TotalsDelta delta = progress.totals(i);
    ended += delta.sent();
    refused += delta.outcome(Outcome::kAuthError);
    if (ledger_) ledger_->AddReported(worker, delta);
  }
  refusals_.Add(worker, ended, refused, AllHaveEnded());
  return absl::OkStatus();
}

bool ResultBook::WantsStop(absl::FunctionRef<bool(size_t)> silent) {
  if (refusals_.Trip(silent)) {
    progress_.Finish();
    Log().error(
        "the first {} invocations were all refused with an authentication "
        "error: the run ends here (--stop-on none plays on)",
        refusals_.refused());
  }
  if (aborts_.any() && !abort_ && (abort_ = aborts_.Judge(silent))) {
    progress_.Finish();
    Log().error("{}: the run ends here", AbortText(*abort_));
  }
  return refused() || abort_.has_value();
}

std::optional<int64_t> ResultBook::WantsStopFrom(
    int64_t run_ns, absl::FunctionRef<bool(size_t)> silent) {
  if (!precision_.any()) return std::nullopt;
  const auto from_ns = precision_.Judge(merger_.timeline(), run_ns, silent);
  if (from_ns) {
    progress_.Finish();
    Log().info(
        "known as precisely as --until asks: nothing is sent from {} s on",
        absl::StrCat(static_cast<double>(*from_ns) / 1e9));
  }
  return from_ns;
}

bool ResultBook::AllHaveEnded() {
  for (size_t i = 0; i < plan_.instances.size(); ++i) {
    const InstanceCensus& planned = census_.instances[i];
    if (planned.count > 0 && planned.first_ns <= elapsed_ns_ &&
        merger_.instances()[i].sent == 0 &&
        (merger_.warmup().empty() || merger_.warmup()[i].sent == 0)) {
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
          csv_->Add(quoted_names_[worker], record);
          if (record_follower_) {
            record_follower_(worker_names_[worker],
                             plan_.instances[record.instance].name, record);
          }
        } else {
          complaint = ledger_->Complaint(row, record);
        }
        if (++rows_ % kSlice == 0) GiveWay();
      });
  if (status.ok()) status = complaint;
  if (!csv_->status().ok() && !std::exchange(csv_error_told_, true)) {
    progress_.Finish();
    Log().error(
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
  if (live_ != nullptr && live_->IsDue(elapsed_s)) {
    live_->Show({elapsed_s, merger_.instances(), merger_.warmup(),
                 merger_.timeline(), InFlightNow(),
                 [this] { return MissedSoFar(); }});
  }
  if (progress_.IsDue(elapsed_s)) progress_.Show(FactsAt(elapsed_s));
  if (stream_ != nullptr && stream_->IsDue(elapsed_s)) {
    stream_->Show(BooksAt(elapsed_s));
  }
}

void ResultBook::EndStream() {
  if (stream_ == nullptr) return;
  stream_->Show(BooksAt(static_cast<double>(elapsed_ns_) / 1e9));
}

BooksSoFar ResultBook::BooksAt(double elapsed_s) {
  return {elapsed_s,        census_.total.count, merger_.instances(),
          merger_.warmup(), InFlightNow(),       MissedSoFar()};
}

ProgressFacts ResultBook::FactsAt(double elapsed_s) {
  ProgressFacts facts;
  facts.elapsed_s = elapsed_s;
  facts.duration_s = plan_.duration_s;
  facts.planned = census_.total.count;
  Histogram lateness;
  for (const Totals& worker : merger_.workers()) {
    facts.sent += worker.sent;
    facts.ok += worker.outcomes[static_cast<size_t>(Outcome::kOk)];
    facts.dropped += worker.dropped;
    for (size_t i = 0; i < kOutcomes; ++i) {
      facts.outcomes[i] += worker.outcomes[i];
    }
    lateness.Merge(worker.OwnLateness());
  }
  facts.in_flight = InFlightNow();
  // Those in flight were sent, but are counted when they end.
  facts.ended = facts.sent;
  facts.sent += facts.in_flight;
  facts.lateness_p99_ns = lateness.QuantileNs(0.99);
  facts.missed = MissedSoFar();
  if (!recent_) return facts;
  facts.planned_per_s = recent_->PlannedPerS(elapsed_s);
  facts.sent_per_s = recent_->SentPerS(elapsed_s);
  facts.recent_response = ShownLatencyOf(recent_->Responses(elapsed_s));
  facts.response = ShownLatencyOf(recent_->measured());
  return facts;
}

uint64_t ResultBook::InFlightNow() const {
  return std::accumulate(in_flight_.begin(), in_flight_.end(), uint64_t{0});
}

std::vector<std::string> ResultBook::MissedSoFar() {
  std::vector<std::string> missed;
  const auto judge = [&](const Threshold& threshold, const std::string& name,
                         const Measured& measured) {
    if (!IsTelling(threshold)) return;
    ThresholdResult result = Judge(threshold, measured);
    if (result.state != ThresholdState::kMissed) return;
    missed.push_back(
        absl::StrCat(CleanLine(name, kMaxShownName), name.empty() ? "" : ": ",
                     CheckText(threshold), " (now ", ValueText(result), ")"));
  };
  Totals total;
  if (!thresholds_.run.empty()) {
    for (const Totals& instance : merger_.instances()) total.Merge(instance);
    total.planned = census_.total.count - census_.total.warmup_count;
  }
  std::vector<Threshold> each;
  for (const Threshold& threshold : thresholds_.run) {
    if (threshold.each) {
      each.push_back(threshold);
    } else {
      judge(threshold, "", {.totals = total});
    }
  }
  for (size_t i = 0; i < plan_.instances.size(); ++i) {
    const Measured measured = {.totals = merger_.instances()[i]};
    const std::string& name = plan_.instances[i].name;
    for (const Threshold& threshold : each) judge(threshold, name, measured);
    if (i >= thresholds_.instances.size()) continue;
    for (const Threshold& threshold : thresholds_.instances[i]) {
      judge(threshold, name, measured);
    }
  }
  return missed;
}

void ResultBook::OnStop(bool now) {
  progress_.Finish();
  if (now) {
    Log().warn("interrupted again: calls in flight are aborted");
  } else {
    Log().warn(
        "interrupted: nothing more is sent, calls in flight are waited for; "
        "interrupt again to end at once");
  }
}

RunReport ResultBook::Close(const std::vector<RunWorker>& workers,
                            const RunEnding& ending,
                            const VerdictLimits& limits) {
  progress_.Finish();
  RunEnding how = ending;
  how.refused = refused();
  how.threshold = abort_;
  how.stopped_from_ns = precision_.stopped_from_ns();
  std::optional<Census> played;
  if (how.stopped_from_ns) {
    std::vector<PieceList> lists;
    lists.reserve(workers.size());
    for (const RunWorker& worker : workers) lists.push_back({worker.pieces});
    played = CutCensus(plan_, census_, lists);
    merger_.timeline().SetPlanned(played->bins);
  }
  RunReport report =
      BookClosing(plan_, played ? *played : census_, merger_,
                  ledger_ ? &*ledger_ : nullptr, record_ratio_, workers)
          .Close(how, refusals_.refused(), limits);
  report.until = precision_.Finish(*report.timeline, !how.cut_short());
  MeasuredBins bins = report.Bins();
  report.intervals = IntervalsOf(bins, report.instances.size());
  for (VersionsReport& versions : report.versions) {
    for (size_t i = 1; i < versions.count; ++i) {
      versions.changes.push_back(CompareVersions(
          bins, versions.first, versions.first + i, plan_.seed));
    }
  }
  return report;
}

}  // namespace invocator
