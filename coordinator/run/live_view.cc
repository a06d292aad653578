#include "coordinator/run/live_view.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/scheduling.h"
#include "coordinator/progress/progress_json.h"
#include "coordinator/timeline/lanes.h"
#include "coordinator/web/page_json.h"
#include "coordinator/web/page_series.h"
#include "coordinator/web/shown_workload.h"
#include "coordinator/workload/workload_writer.h"

namespace invocator {
namespace {

constexpr double kBinsPeriodS = 1;
// Clients that reload the page more often get no more snapshots.
constexpr double kSnapshotPeriodS = 1;
// Clients that scrape more often get no more texts.
constexpr double kMetricsPeriodS = 0.2;

std::string Dump(const Json& json) {
  return json.dump(-1, ' ', /*ensure_ascii=*/false,
                   Json::error_handler_t::replace);
}

WorkerState StateOf(const RunWorker& worker) {
  if (worker.lost()) return WorkerState::kLost;
  if (worker.leave.at_ns) return WorkerState::kLeft;
  if (worker.over()) return WorkerState::kDone;
  return worker.started() ? WorkerState::kPlaying : WorkerState::kWaiting;
}

}  // namespace

void LiveView::Begin(LiveRun run) {
  run_ = std::move(run);
  lane_names_.clear();
  next_bins_s_ = 0;
  next_snapshot_s_ = 0;
  // The clock is below zero until the run starts.
  next_metrics_s_ = -std::numeric_limits<double>::infinity();
  until_ = 0;
  summary_ = KnownSummary();
  shown_workload_ = ShownWorkload(
      ResolvedWorkload(run_.workload->plan, run_.workload->thresholds));
  feed_.Restart();
  // The ticks begin with the run's start.
  metrics_.SetTended(false);
  ShowWorkers();
}

bool LiveView::IsDue(double elapsed_s) {
  metrics_.SetTended(true);
  return AreMetricsDue(elapsed_s) || AreBinsDue(elapsed_s) ||
         IsSnapshotDue(elapsed_s);
}

bool LiveView::AreMetricsDue(double elapsed_s) const {
  return metrics_.IsWanted() && elapsed_s >= next_metrics_s_;
}

bool LiveView::AreBinsDue(double elapsed_s) const {
  return feed_.WantsBins() && elapsed_s >= next_bins_s_;
}

bool LiveView::IsSnapshotDue(double elapsed_s) const {
  return feed_.WantsSnapshot() && elapsed_s >= next_snapshot_s_;
}

void LiveView::ShowWorkers() { metrics_.Publish(MetricsText(EmptyMetrics())); }

void LiveView::Show(const LiveBooks& books) {
  if (AreMetricsDue(books.elapsed_s)) {
    next_metrics_s_ = books.elapsed_s + kMetricsPeriodS;
    metrics_.Publish(MetricsText(MetricsOf(books)));
  }
  ShowPage(books);
}

void LiveView::ShowPage(const LiveBooks& books) {
  const double now_s = books.elapsed_s;
  const bool takes_snapshot = IsSnapshotDue(now_s);
  // A snapshot holds all bins published so far: publish these first.
  const bool takes_bins =
      takes_snapshot ? feed_.WantsBins() : AreBinsDue(now_s);
  // Changes are taken only when they are published.
  if (!takes_bins && !takes_snapshot) return;
  next_bins_s_ = (std::floor(now_s / kBinsPeriodS) + 1) * kBinsPeriodS;
  const Timeline& timeline = books.timeline;
  const uint32_t changed_from = books.timeline.TakeChangedFrom();
  const auto now_ns = static_cast<int64_t>(std::max(now_s, 0.0) * 1e9);
  const uint32_t until =
      std::min(timeline.bins().BinOf(timeline.bins().TickOf(now_ns)) + 1,
               timeline.rows());
  const std::vector<std::string> workers = WorkerNames();
  if (lane_names_.empty()) {
    lane_names_ = LaneNames(timeline.lanes(), run_.workload->plan);
  }
  const Json totals =
      ProgressJson({now_s, run_.census->total.count, books.measured,
                    books.warmup, books.in_flight, books.missed()});
  if (takes_bins) {
    // The last point may have had fewer bins.
    const uint32_t every = BinsPerPoint(timeline, timeline.worker_lanes());
    const uint32_t from =
        std::min({changed_from, until_, until}) / every * every;
    feed_.PublishBins(absl::StrCat(
        "{\"series\":",
        PageSeriesJson(timeline, lane_names_,
                       WorkerSeriesOf(timeline, workers, from), from, until),
        ",\"totals\":", Dump(totals), "}"));
  } else {
    // Only the snapshot has the changes: every watcher needs it.
    feed_.Restart();
  }
  until_ = until;
  if (!takes_snapshot) return;
  next_snapshot_s_ = now_s + kSnapshotPeriodS;
  feed_.PublishSnapshot(SnapshotJson(books, totals, until));
}

Json LiveView::KnownSummary() const {
  const Plan& plan = run_.workload->plan;
  Json summary = {
      {"run_id", run_.run_id},
      {"test_name", plan.test_name},
      {"started_at", absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ", run_.started_at,
                                      absl::UTCTimeZone())},
      {"command", run_.command},
      {"seed", plan.seed}};
  if (plan.warmup_s > 0) summary["warmup_s"] = plan.warmup_s;
  summary["instances"] = Json::object();
  auto& instances = summary["instances"].get_ref<Json::object_t&>();
  for (size_t i = 0; i < plan.instances.size(); ++i) {
    instances.emplace_back(
        plan.instances[i].name,
        Json({{"planned", run_.census->instances[i].count}}));
  }
  return summary;
}

std::string LiveView::SnapshotJson(const LiveBooks& books, const Json& totals,
                                   uint32_t until) const {
  PageInputs inputs;
  inputs.live = true;
  inputs.planned_s = run_.workload->plan.duration_s;
  inputs.timeline = &books.timeline;
  inputs.lane_names = lane_names_;
  inputs.workers = WorkerSeriesOf(books.timeline, WorkerNames());
  inputs.workload = shown_workload_;
  inputs.live_totals = totals;
  inputs.until_bin = until;
  return RunPageJson(summary_, inputs);
}

MetricsSnapshot LiveView::EmptyMetrics() const {
  const Plan& plan = run_.workload->plan;
  MetricsSnapshot snapshot;
  snapshot.run_id = run_.run_id;
  snapshot.test_name = plan.test_name + run_.variant;
  snapshot.version = INVOCATOR_VERSION;
  snapshot.seed = plan.seed;
  for (size_t i = 0; i < plan.instances.size(); ++i) {
    InstanceMetrics& instance = snapshot.instances.emplace_back();
    instance.name = plan.instances[i].name;
    instance.planned = run_.census->instances[i].count;
  }
  for (const RunWorker& worker : *run_.workers) {
    ++snapshot.WorkersIn(StateOf(worker));
  }
  return snapshot;
}

MetricsSnapshot LiveView::MetricsOf(const LiveBooks& books) const {
  MetricsSnapshot snapshot = EmptyMetrics();
  snapshot.in_flight = books.in_flight;
  for (const std::vector<Totals>* phase : {&books.measured, &books.warmup}) {
    for (size_t i = 0; i < phase->size(); ++i) {
      GiveWay();
      snapshot.instances[i].Add((*phase)[i]);
      snapshot.AddLatencies((*phase)[i]);
    }
  }
  // Whole bins only.
  const Timeline& timeline = books.timeline;
  const uint32_t begun = timeline.bins().BinOf(timeline.bins().TickOf(
      static_cast<int64_t>(std::max(books.elapsed_s, 0.0) * 1e9)));
  for (uint32_t bin = 0; bin < std::min(begun, timeline.rows()); ++bin) {
    snapshot.due += timeline.Counts(bin).planned;
  }
  return snapshot;
}

std::vector<std::string> LiveView::WorkerNames() const {
  std::vector<std::string> names;
  for (const RunWorker& worker : *run_.workers) names.push_back(worker.name);
  return names;
}

void LiveView::Finish(const RunReport& report, std::string run_json) {
  metrics_.SetTended(false);
  metrics_.Publish(MetricsText(FinalMetrics(report)));
  last_json_ = std::move(run_json);
}

void LiveView::Refuse(absl::string_view reason) {
  refusal_ = Dump({{"refused", reason}});
}

void LiveView::End() {
  metrics_.PublishLast(*metrics_.latest());
  if (refusal_ && last_json_) {
    // The refused run of a series: both objects in one.
    refusal_->back() = ',';
    feed_.PublishDone(*refusal_ + last_json_->substr(1));
  } else if (refusal_ || last_json_) {
    feed_.PublishDone(refusal_ ? *refusal_ : *last_json_);
  }
  refusal_.reset();
  last_json_.reset();
}

}  // namespace invocator
