#include "coordinator/review/report_command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "common/base/exit_code.h"
#include "coordinator/report/summary.h"
#include "coordinator/web/html_report.h"
#include "coordinator/web/page_json.h"
#include "coordinator/web/shown_workload.h"
#include "tests/support/file_size_limit.h"
#include "tests/support/kept_runs.h"
#include "tests/support/timeline_reports.h"

namespace invocator {
namespace {

namespace fs = std::filesystem;

using ::testing::HasSubstr;

RunReport TwoInstances() {
  return ReportOfCalls({"f", "</script><b>\"x\",y"}, 200);
}

std::string TextOf(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

size_t FilesIn(const KeptFolder& folder) {
  const fs::directory_iterator files(folder.path());
  return static_cast<size_t>(std::distance(begin(files), end(files)));
}

// Data of a page of the run itself.
std::string OwnJson(const RunReport& report, const KeptFolder& folder) {
  PageInputs inputs = PageInputsOf(report);
  inputs.folder = "run";
  inputs.workload =
      ShownWorkload(KeptFolder::Json::parse(folder.Text("workload.json")));
  return RunPageJson(SummaryTree(report), inputs);
}

TEST(ReportPageOf, IsThePageThatTheRunItselfMakes) {
  const RunReport report = TwoInstances();
  const KeptFolder folder(report);
  const std::string own = OwnJson(report, folder);
  ASSERT_THAT(own, HasSubstr("\"series\":{\"width_s\":0.1"));
  ASSERT_THAT(own, HasSubstr("\"lane_curves\":[[["));
  for (const std::string& path :
       {folder.path(), folder.path() + "/", folder.path() + "/../run/."}) {
    const absl::StatusOr<ReportPage> page = ReportPageOf({path});
    ASSERT_TRUE(page.ok()) << page.status();
    // Not EXPECT_EQ, which would print two pages.
    EXPECT_TRUE(page->html == HtmlReport({own}, "sample")) << path;
    EXPECT_FALSE(page->is_private);
  }
}

TEST(ReportPageOf, HasSeveralRunsInOrder) {
  const RunReport report = TwoInstances();
  RunReport other = ReportOfCalls({"g"}, 50, /*seed=*/2);
  other.test_name = "other";
  const KeptFolder a(report);
  const KeptFolder b(other);
  const auto page = ReportPageOf({b.path(), a.path()});
  ASSERT_TRUE(page.ok()) << page.status();
  EXPECT_TRUE(page->html == HtmlReport({OwnJson(other, b), OwnJson(report, a)},
                                       "other, sample"));
}

TEST(ReportPageOf, RefusesAnythingButFinishedRuns) {
  const KeptFolder folder(TwoInstances());
  const auto error = [&folder](const std::string& path) {
    return folder.Shown(ReportPageOf({folder.path(), path}).status());
  };
  EXPECT_THAT(error("/no/such/folder"),
              HasSubstr("is not the folder of a run"));
  EXPECT_THAT(error("/dev/null"), HasSubstr("is not the folder of a run"));
  folder.Replace("timeline.csv", "0.1,f,", "0.1,g,");
  EXPECT_EQ(error(folder.path()),
            "RUN/timeline.csv:3: instance is \"g\", expected \"f\"");
}

TEST(ReportFinishedRuns, WritesIntoTheFolderOfTheRun) {
  const KeptFolder folder(TwoInstances());
  folder.Write("report.html", "an older one");
  const size_t before = FilesIn(folder);
  EXPECT_EQ(ReportFinishedRuns({{folder.path()}, ""}), kExitOk);
  EXPECT_THAT(folder.Text("report.html"), HasSubstr("<script"));
  EXPECT_EQ(FilesIn(folder), before);
}

TEST(ReportFinishedRuns, ThePageIsAsPrivateAsTheRun) {
  const KeptFolder folder(TwoInstances());
  folder.Write("report.html", "an older one");
  ASSERT_EQ(chmod(folder.Path("summary.json").c_str(), 0600), 0);
  EXPECT_EQ(ReportFinishedRuns({{folder.path()}, ""}), kExitOk);
  struct stat status = {};
  ASSERT_EQ(stat(folder.Path("report.html").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
}

TEST(ReportFinishedRuns, AFullDiskLeavesTheOlderPage) {
  const KeptFolder folder(TwoInstances());
  folder.Write("report.html", "an older one");
  const size_t before = FilesIn(folder);
  {
    const FileSizeLimit limit(1'000);
    EXPECT_EQ(ReportFinishedRuns({{folder.path()}, ""}), kExitNotCarriedOut);
  }
  EXPECT_EQ(folder.Text("report.html"), "an older one");
  EXPECT_EQ(FilesIn(folder), before);
}

TEST(ReportFinishedRuns, WhatIsNoFileIsNotReplaced) {
  const KeptFolder folder(TwoInstances());
  EXPECT_EQ(ReportFinishedRuns({{folder.path()}, "/dev/null"}), kExitOk);
  EXPECT_TRUE(fs::is_character_file("/dev/null"));
  EXPECT_EQ(ReportFinishedRuns({{folder.path()}, folder.path()}),
            kExitNotCarriedOut);
  EXPECT_EQ(ReportFinishedRuns({{folder.path()}, "/no/such/report.html"}),
            kExitNotCarriedOut);
}

TEST(ReportFinishedRuns, ALinkToTheFileRemains) {
  const KeptFolder folder(TwoInstances());
  folder.Write("target.html", "");
  fs::create_symlink("target.html", folder.Path("link.html"));
  EXPECT_EQ(ReportFinishedRuns({{folder.path()}, folder.Path("link.html")}),
            kExitOk);
  EXPECT_TRUE(fs::is_symlink(folder.Path("link.html")));
  EXPECT_THAT(TextOf(folder.Path("target.html")), HasSubstr("<script"));
}

}  // namespace
}  // namespace invocator
