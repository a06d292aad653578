// Shows a run while it plays: publishes its books to the live page's feed and
// to /metrics, if anybody is watching. Otherwise a tick costs a few loads.
//
// Belongs to the run's thread; feed and board lead to the server's thread.
#ifndef INVOCATOR_COORDINATOR_RUN_LIVE_VIEW_H_
#define INVOCATOR_COORDINATOR_RUN_LIVE_VIEW_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/result/totals.h"
#include "coordinator/books/census.h"
#include "coordinator/fleet/roster.h"
#include "coordinator/json/json.h"
#include "coordinator/report/run_report.h"
#include "coordinator/timeline/timeline.h"
#include "coordinator/web/live_feed.h"
#include "coordinator/web/metrics.h"
#include "coordinator/web/metrics_board.h"
#include "coordinator/workload/workload.h"

namespace invocator {

// Facts known from the run's start. Pointers are borrowed for the run.
struct LiveRun {
  const LoadedWorkload* workload = nullptr;
  const Census* census = nullptr;
  const std::vector<RunWorker>* workers = nullptr;
  std::string run_id;
  std::string variant;  // as in RunReport
  std::string command;  // from ShownCommand
  absl::Time started_at;
};

// The books as they are.
struct LiveBooks {
  double elapsed_s = 0;
  const std::vector<Totals>& measured;  // by instance
  const std::vector<Totals>& warmup;    // empty without a warm-up
  Timeline& timeline;
  uint64_t in_flight = 0;
  // Thresholds missed so far.
  std::function<std::vector<std::string>()> missed;
};

class LiveView {
 public:
  // Borrows both.
  LiveView(LiveFeed& feed, MetricsBoard& metrics)
      : feed_(feed), metrics_(metrics) {}

  void Begin(LiveRun run);
  // Publishes the workers' states. Call before the start, after they change.
  void ShowWorkers();
  // Cheap, for every tick: whether Show would publish something now.
  bool IsDue(double elapsed_s);
  void Show(const LiveBooks& books);
  // The run is over, though the process may go on with another one. `run_json`:
  // from RunPageJson.
  void Finish(const RunReport& report, std::string run_json);
  // The interrupts so far, when the run's end is certain: a later one is not
  // meant for the run.
  void NoteInterrupts(int count) { noted_interrupts_ = count; }
  std::optional<int> noted_interrupts() const { return noted_interrupts_; }
  // The run was refused or ended before its start; End publishes the reason.
  void Refuse(absl::string_view reason);
  // No run will follow: tells the watchers so. May be called again.
  void End();

 private:
  bool AreMetricsDue(double elapsed_s) const;
  bool AreBinsDue(double elapsed_s) const;
  bool IsSnapshotDue(double elapsed_s) const;
  void ShowPage(const LiveBooks& books);
  // The part of summary.json that is known from the start.
  Json KnownSummary() const;
  std::string SnapshotJson(const LiveBooks& books, const Json& totals,
                           uint32_t until) const;
  MetricsSnapshot MetricsOf(const LiveBooks& books) const;
  // Metrics before anything has happened.
  MetricsSnapshot EmptyMetrics() const;
  std::vector<std::string> WorkerNames() const;

  LiveFeed& feed_;
  MetricsBoard& metrics_;
  LiveRun run_;
  // Parts of each snapshot; made once, since they may be long.
  Json summary_;
  Json shown_workload_;
  std::vector<std::string> lane_names_;
  double next_bins_s_ = 0;
  double next_snapshot_s_ = 0;
  double next_metrics_s_ = 0;
  uint32_t until_ = 0;  // bins published so far
  std::optional<int> noted_interrupts_;
  std::optional<std::string> last_json_;
  std::optional<std::string> refusal_;  // JSON: {"refused": reason}
};

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_RUN_LIVE_VIEW_H_
