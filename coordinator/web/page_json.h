// Makes the report page's data of one run. Pure.
#ifndef INVOCATOR_COORDINATOR_WEB_PAGE_JSON_H_
#define INVOCATOR_COORDINATOR_WEB_PAGE_JSON_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "common/result/histogram.h"
#include "common/result/totals.h"
#include "coordinator/json/json.h"
#include "coordinator/report/run_report.h"
#include "coordinator/timeline/timeline.h"
#include "coordinator/timeline/worker_series.h"
#include "coordinator/web/page_series.h"

namespace invocator {

// Rows of the page's table of instances.
inline constexpr size_t kMostPageInstances = 2'000;

// What the page shows besides the summary. Pointers are borrowed.
struct PageInputs {
  bool live = false;
  std::string folder;    // last component of its path; "" when live
  double planned_s = 0;  // the workload's duration
  const Timeline* timeline = nullptr;  // null: no series
  std::vector<std::string> lane_names = {};
  std::vector<WorkerSeries> workers = {};
  const Totals* totals = nullptr;              // measured; null: no curves
  std::vector<Histogram> lane_responses = {};  // measured, by lane
  Json workload = {};             // from ShownWorkload; null: unknown
  Json live_totals = {};          // "totals" when live
  uint32_t until_bin = kAllBins;  // of the series, when live
};

// Inputs of a finished run, without folder and workload. Borrows the report.
PageInputs PageInputsOf(const RunReport& report);

// One element of the page's "runs". `summary`: the object of summary.json, or
// the part known so far; hostile. Latencies and counts are taken from it
// unchanged. Left out: the cost's items; samples' canonical requests, which
// hold queries; and instances without a lane beyond kMostPageInstances, whose
// number is in "instances_left_out".
std::string RunPageJson(const Json& summary, const PageInputs& inputs);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_WEB_PAGE_JSON_H_
