// Writes the folders of finished runs from reports, as a run does.
#ifndef INVOCATOR_TESTS_SUPPORT_KEPT_RUNS_H_
#define INVOCATOR_TESTS_SUPPORT_KEPT_RUNS_H_

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "coordinator/report/run_histograms.h"
#include "coordinator/report/summary.h"
#include "coordinator/review/run_folder.h"
#include "coordinator/timeline/timeline_csv.h"
#include "tests/support/reports.h"
#include "tests/support/temp_dir.h"

namespace invocator {

class KeptFolder {
 public:
  using Json = nlohmann::ordered_json;

  explicit KeptFolder(const RunReport& report) {
    files_.Write("run/summary.json", SummaryJson(report));
    const absl::Status written = WriteHistograms(
        report, files_.Path("run/histograms.hlog"), Readers::kUmask);
    EXPECT_TRUE(written.ok()) << written;
    if (report.timeline) {
      std::vector<std::string> workers;
      for (const WorkerReport& worker : report.workers) {
        workers.push_back(worker.name);
      }
      files_.Write("run/timeline.csv",
                   TimelineCsv(*report.timeline, report.lane_names));
      files_.Write("run/workers.csv", WorkersCsv(*report.timeline, workers));
    }
    Json workload = {{"test_name", report.test_name},
                     {"test_duration_in_seconds", report.planned_span_s},
                     {"thresholds", Json::array()},
                     {"instances", Json::object()}};
    for (const auto& [name, totals] : report.instances) {
      workload["instances"][name] = {{"thresholds", Json::array()}};
    }
    files_.Write("run/workload.json", workload.dump());
  }

  std::string path() const { return files_.Path("run"); }
  std::string Path(const std::string& name) const {
    return files_.Path("run/" + name);
  }
  std::string Text(const std::string& name) const {
    std::ifstream file(Path(name), std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(file), {});
  }
  void Write(const std::string& name, const std::string& text) const {
    files_.Write("run/" + name, text);
  }
  // Replaces the first `from` of a file, which has to be there.
  void Replace(const std::string& name, const std::string& from,
               const std::string& to) const {
    std::string text = Text(name);
    const size_t at = text.find(from);
    ASSERT_NE(at, std::string::npos) << from;
    Write(name, text.replace(at, from.size(), to));
  }
  // Changes one of the JSON files.
  template <typename Change>
  void Edit(const std::string& name, Change change) const {
    Json json = Json::parse(Text(name));
    change(json);
    Write(name, json.dump());
  }

  KeptRun Read() const {
    absl::StatusOr<KeptRun> run = ReadRunFolder(path());
    EXPECT_TRUE(run.ok()) << run.status();
    return run.ok() ? *std::move(run) : KeptRun();
  }
  // The error of reading the folder, with "RUN" for its path; else empty.
  std::string Error() const { return Shown(ReadRunFolder(path()).status()); }
  // The status's message, with "RUN" for the folder's path.
  std::string Shown(const absl::Status& status) const {
    std::string message(status.message());
    for (size_t at; (at = message.find(path())) != std::string::npos;) {
      message.replace(at, path().size(), "RUN");
    }
    return message;
  }

 private:
  TempDir files_;
};

// SampleReport with different latencies and digest.
inline RunReport ReportWithTails(int64_t slowest_ns) {
  RunReport report = SampleReport();
  report.total = Totals();
  for (auto& [name, totals] : report.instances) {
    totals.response = Histogram();
    for (uint64_t i = 1; i <= totals.sent; ++i) {
      totals.response.Add(static_cast<int64_t>(i) * slowest_ns /
                          static_cast<int64_t>(totals.sent));
    }
    totals.first_byte.Add(3'000'001, totals.sent);
    report.total.Merge(totals);
  }
  return report;
}

}  // namespace invocator

#endif  // INVOCATOR_TESTS_SUPPORT_KEPT_RUNS_H_
