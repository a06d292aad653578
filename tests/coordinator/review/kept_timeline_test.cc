#include "coordinator/review/kept_timeline.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "coordinator/timeline/bin_table.h"
#include "tests/support/kept_runs.h"
#include "tests/support/same_histogram.h"
#include "tests/support/timeline_reports.h"

namespace invocator {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::StartsWith;

constexpr char kHostileName[] = "a/b, \"c\" %2F\n<i> \xC3\xBC | `x`";

RunReport TwoInstances() { return ReportOfCalls({"f", kHostileName}, 300); }

// The error of reading the folder's timeline; empty if there is none.
std::string ErrorOf(const KeptFolder& folder) {
  return folder.Shown(ReadKeptTimeline(folder.Read()).status());
}

std::string ErrorAfter(const std::string& file, const std::string& from,
                       const std::string& to) {
  const KeptFolder folder(TwoInstances());
  folder.Replace(file, from, to);
  return ErrorOf(folder);
}

void ExpectReadsWhatWasWritten(const RunReport& report) {
  const KeptFolder folder(report);
  const absl::StatusOr<KeptTimeline> kept = ReadKeptTimeline(folder.Read());
  ASSERT_TRUE(kept.ok()) << kept.status();
  EXPECT_EQ(kept->lane_names, report.lane_names);
  // Counts, calls in flight, percentiles and maxima.
  EXPECT_EQ(TimelineCsv(kept->timeline, kept->lane_names),
            folder.Text("timeline.csv"));
  const Timeline& written = *report.timeline;
  for (uint32_t bin = 0; bin < written.rows(); ++bin) {
    SCOPED_TRACE(bin);
    for (size_t lane = 0; lane < report.lane_names.size(); ++lane) {
      EXPECT_EQ(CellsOf(kept->timeline.Response(lane, bin)),
                CellsOf(written.Response(lane, bin)));
    }
    EXPECT_EQ(CellsOf(kept->timeline.Lateness(bin)),
              CellsOf(written.Lateness(bin)));
    EXPECT_EQ(CellsOf(kept->timeline.Service(bin)),
              CellsOf(written.Service(bin)));
    EXPECT_EQ(CellsOf(kept->timeline.FirstByte(bin)),
              CellsOf(written.FirstByte(bin)));
  }
  ASSERT_EQ(kept->workers.size(), report.workers.size());
  for (size_t i = 0; i < kept->workers.size(); ++i) {
    const WorkerSeries& worker = kept->workers[i];
    EXPECT_EQ(worker.name, report.workers[i].name);
    ASSERT_EQ(worker.sent.size(), written.rows());
    for (uint32_t bin = 0; bin < written.rows(); ++bin) {
      EXPECT_EQ(worker.sent[bin], written.WorkerSent(i, bin));
      const Histogram lateness = written.WorkerLateness(i, bin);
      ASSERT_EQ(worker.lateness_max_us[bin].has_value(), lateness.count() > 0);
      if (lateness.count() == 0) continue;
      EXPECT_EQ(*worker.lateness_max_us[bin],
                static_cast<double>(lateness.max_ns()) / 1e3);
      EXPECT_EQ(*worker.lateness_p99_us[bin],
                static_cast<double>(lateness.QuantileNs(0.99)) / 1e3);
    }
  }
}

TEST(KeptTimeline, ReadsWhatTheRunHad) {
  ExpectReadsWhatWasWritten(TwoInstances());
}

TEST(KeptTimeline, ReadsTheLaneOfAllOthers) {
  std::vector<std::string> names = {"(others)"};
  for (int i = 0; i < 70; ++i) names.push_back(absl::StrCat("f", i));
  const RunReport report = ReportOfCalls(names, 20);
  ASSERT_EQ(report.lane_names.back(), "((others))");
  ExpectReadsWhatWasWritten(report);
}

TEST(KeptTimeline, ReadsARunWithoutCalls) {
  RunReport report = ReportOfCalls({"f"}, 0);
  ExpectReadsWhatWasWritten(report);
}

TEST(KeptTimeline, ReadsARunThatNoWorkerJoined) {
  RunReport report = ReportOfCalls({"f"}, 0);
  const TimeBins bins(report.planned_span_s);
  report.timeline.emplace(bins, ChooseLanes({5}),
                          std::vector<std::vector<uint64_t>>{{5}},
                          /*workers=*/0);
  report.total = Totals();
  report.instances[0].second = Totals();
  for (Totals* totals : {&report.total, &report.instances[0].second}) {
    totals->planned = totals->unsent = 5;
  }
  report.workers.clear();
  ExpectReadsWhatWasWritten(report);
}

TEST(KeptTimeline, WhatWasSentHasWorkers) {
  const KeptFolder folder(TwoInstances());
  const std::string csv = folder.Text("workers.csv");
  folder.Write("workers.csv", csv.substr(0, csv.find('\n') + 1));
  EXPECT_THAT(ErrorOf(folder),
              MatchesRegex("RUN/workers.csv: sum of sent at [0-9.]+ s is 0, "
                           "expected [0-9]+ as in timeline.csv"));
}

TEST(KeptTimeline, EveryFileIsNeeded) {
  for (const std::string name : {"timeline.csv", "workers.csv"}) {
    const KeptFolder folder(TwoInstances());
    std::filesystem::remove(folder.Path(name));
    EXPECT_EQ(ErrorOf(folder), "RUN/" + name +
                                   ": is missing or not a file, expected a "
                                   "file of a finished run");
    std::filesystem::create_directory(folder.Path(name));
    EXPECT_THAT(ErrorOf(folder), HasSubstr("not a file"));
    std::filesystem::remove(folder.Path(name));
    folder.Write(name, "");
    EXPECT_EQ(ErrorOf(folder), "RUN/" + name +
                                   ":1: has no column \"start_s\", expected "
                                   "one");
  }
}

TEST(KeptTimeline, FilesThatAreCutOffAreRefused) {
  const KeptFolder folder(TwoInstances());
  for (const std::string name : {"timeline.csv", "workers.csv"}) {
    const std::string whole = folder.Text(name);
    for (size_t size = whole.size() - 1; size > 0; size -= size / 8 + 1) {
      folder.Write(name, whole.substr(0, size));
      EXPECT_THAT(ErrorOf(folder), StartsWith("RUN/" + name + ":")) << size;
    }
    // At the end of a row.
    const size_t last_row = whole.rfind('\n', whole.rfind(",0.1,")) + 1;
    folder.Write(name, whole.substr(0, last_row));
    EXPECT_THAT(ErrorOf(folder), HasSubstr(": ends within a bin, expected"));
    folder.Write(name, whole);
  }
}

TEST(KeptTimeline, RowsAreThoseOfEachBinInOrder) {
  EXPECT_EQ(ErrorAfter("timeline.csv", "\n0.1,0.1,,", "\n0.0,0.1,,"),
            "RUN/timeline.csv:6: start_s is \"0.0\", expected 0.1");
  EXPECT_EQ(ErrorAfter("timeline.csv", "\n0.1,0.1,,", "\n0.1,1.0,,"),
            "RUN/timeline.csv:6: width_s is \"1.0\", expected 0.1");
  EXPECT_EQ(ErrorAfter("timeline.csv", "\n0.1,0.1,f,", "\n0.1,0.1,g,"),
            "RUN/timeline.csv:7: instance is \"g\", expected \"f\"");
  EXPECT_EQ(ErrorAfter("workers.csv", "\n0.1,0.1,local,", "\n0.1,0.1,x,"),
            "RUN/workers.csv:4: worker is \"x\", expected \"local\"");
  EXPECT_EQ(ErrorAfter("workers.csv", "\n0.0,0.1,local,", "\n0.1,0.1,local,"),
            "RUN/workers.csv:2: start_s is \"0.1\", expected 0.0");
}

TEST(KeptTimeline, RowsBeyondTheLastBinAreRefused) {
  const KeptFolder folder(TwoInstances());
  std::string text = folder.Text("timeline.csv");
  const uint32_t rows = TwoInstances().timeline->rows();
  for (uint32_t bin = rows; bin <= TimeBins(2).count(); ++bin) {
    for (const std::string name : {"", "f",
                                   "\"a/b, \"\"c\"\" %2F\n<i> "
                                   "\xC3\xBC | `x`\""}) {
      absl::StrAppend(&text, BinSecondsText(0.1 * bin), ",0.1,", name,
                      ",0,0,0,0,0,0,0,0,,,,,,,,,,,0,0,0,0,0,0,0,0,0,0\n");
    }
  }
  folder.Write("timeline.csv", text);
  EXPECT_THAT(ErrorOf(folder), HasSubstr(": has more than 620 bins"));
}

TEST(KeptTimeline, WorkersAreBounded) {
  const KeptFolder folder(TwoInstances());
  std::string rows;
  for (int i = 0; i < 100; ++i)
    absl::StrAppend(&rows, "0.0,0.1,w", i, ",0,,\n");
  folder.Replace("workers.csv", "0.0,0.1,local", rows + "0.0,0.1,local");
  EXPECT_EQ(ErrorOf(folder), "RUN/workers.csv:67: has more than 65 workers");
}

TEST(KeptTimeline, CellsAreCountsAndLatencies) {
  for (const std::string text :
       {"-1", "+1", "1.0", "nan", "", " 1", "1e3", "0x1",
        "99999999999999999999", "70368744177665"}) {
    const KeptFolder folder(TwoInstances());
    const std::string csv = folder.Text("timeline.csv");
    const size_t at = csv.find("0.0,0.1,,") + 9;
    folder.Write("timeline.csv",
                 std::string(csv).replace(at, csv.find(',', at) - at, text));
    EXPECT_EQ(ErrorOf(folder),
              absl::StrCat("RUN/timeline.csv:2: planned is \"", text,
                           "\", expected a count of at most 70368744177664"));
  }
  for (const std::string text :
       {"-1.000", "nan", "inf", "1", "1.0", "1.0000", ".000", "1e9.000",
        "3600000000.001", "99999999999999999999.000"}) {
    const KeptFolder folder(TwoInstances());
    const std::string csv = folder.Text("workers.csv");
    const size_t at = csv.find("\n", csv.find("0.0,0.1,local,"));
    const size_t from = csv.rfind(',', at) + 1;
    folder.Write("workers.csv",
                 std::string(csv).replace(from, at - from, text));
    EXPECT_EQ(ErrorOf(folder),
              absl::StrCat("RUN/workers.csv:2: lateness_max_us is \"", text,
                           "\", expected microseconds with three decimals, at "
                           "most 3600000000.000"));
  }
}

TEST(KeptTimeline, ZeroBytesAndBrokenQuotesAreRefused) {
  EXPECT_THAT(ErrorAfter("timeline.csv", "0.1,f,", std::string("0.1,f\0,", 7)),
              HasSubstr("RUN/timeline.csv:3: field is"));
  EXPECT_THAT(ErrorAfter("timeline.csv", "0.1,f,", "0.1,\"f,"),
              StartsWith("RUN/timeline.csv:3: "));
  EXPECT_THAT(ErrorAfter("timeline.csv", "0.1,f,", "0.1,f\xFF,"),
              HasSubstr("expected UTF-8"));
}

TEST(KeptTimeline, ColumnsAreFoundByName) {
  EXPECT_EQ(ErrorAfter("timeline.csv", ",dropped,", ",drooped,"),
            "RUN/timeline.csv:1: has no column \"dropped\", expected one");
  EXPECT_EQ(ErrorAfter("timeline.csv", ",completed,", ",sent,"),
            "RUN/timeline.csv:1: has two columns \"sent\", expected one");
  // Later versions may have more.
  const KeptFolder folder(TwoInstances());
  folder.Write("workers.csv", absl::StrReplaceAll(folder.Text("workers.csv"),
                                                  {{"\n", ",x\n"}}));
  EXPECT_EQ(ErrorOf(folder), "");
}

TEST(KeptTimeline, BinsAddUpToTheirRowsAndToTheSummary) {
  const KeptFolder folder(TwoInstances());
  folder.Edit("summary.json", [](KeptFolder::Json& summary) {
    summary["instances"]["f"]["dropped"] = 29;
  });
  EXPECT_EQ(ErrorOf(folder),
            "RUN/timeline.csv: in all bins of \"f\": dropped is 30, expected "
            "29 as in summary.json");
  EXPECT_THAT(ErrorAfter("timeline.csv", "\n0.0,0.1,,", "\n0.0,0.1,,1"),
              MatchesRegex("RUN/timeline.csv:4: sum of the bin's planned is "
                           "[0-9]+, expected 1[0-9]+, as its row without an "
                           "instance has"));
  EXPECT_THAT(
      ErrorAfter("workers.csv", "\n0.0,0.1,local,", "\n0.0,0.1,local,1"),
      MatchesRegex("RUN/workers.csv: sum of sent at 0.0 s is 1[0-9]+, "
                   "expected [0-9]+ as in timeline.csv"));
}

TEST(KeptTimeline, HistogramsAreThoseOfTheRows) {
  const KeptFolder folder(TwoInstances());
  const std::string log = folder.Text("histograms.hlog");
  const size_t at = log.find("Tag=response/f,0.200,");
  ASSERT_NE(at, std::string::npos);
  const std::string line = log.substr(at, log.find('\n', at) + 1 - at);
  const auto error_with = [&](const std::string& other) {
    folder.Write("histograms.hlog", absl::StrReplaceAll(log, {{line, other}}));
    return ErrorOf(folder);
  };
  EXPECT_EQ(error_with(line), "");
  EXPECT_THAT(
      error_with(""),
      HasSubstr("hlog: has no response/f at 0.2 s, but RUN/timeline.csv "
                "has p99 "));
  EXPECT_THAT(error_with(line + line),
              MatchesRegex("RUN/histograms.hlog:[0-9]+: response/f at 0.2 s is "
                           "there twice"));
  const auto changed = [&](const std::string& from, const std::string& to) {
    return error_with(absl::StrReplaceAll(line, {{from, to}}));
  };
  EXPECT_THAT(changed("/f,", "/g,"), HasSubstr("instance \"g\" is not in RUN"));
  EXPECT_THAT(changed("0.200,0.100,", "0.200,0.200,"),
              HasSubstr("length is 0.2, expected 0.1"));
  EXPECT_THAT(changed("0.200,0.100,", "0.250,0.100,"),
              HasSubstr("start is 0.25, expected a start of RUN"));
  EXPECT_THAT(changed("0.200,0.100,", "999999999.000,0.100,"),
              HasSubstr("start is 1e+09, expected a start of RUN"));
  EXPECT_THAT(changed("response/f", "lateness"),
              HasSubstr("lateness at 0.2 s"));
  // Later versions may have more.
  EXPECT_EQ(error_with(line + "Tag=size,0.200,0.100," +
                       line.substr(line.find("0.100,") + 6)),
            "");
}

TEST(KeptTimeline, MaximaAreInTheirHistogramsLastCell) {
  const KeptFolder folder(TwoInstances());
  const std::string csv = folder.Text("timeline.csv");
  // The row of "f", whose last empty cells are those of lateness and so on.
  const size_t row = csv.find("\n0.2,0.1,f,");
  const size_t end = csv.find(",,,,,,,", row);
  const size_t from = csv.rfind(',', end - 1) + 1;
  folder.Write("timeline.csv",
               std::string(csv).replace(from, end - from, "3600000000.000"));
  EXPECT_THAT(ErrorOf(folder), HasSubstr("max 3600000000000 ns"));
}

TEST(KeptTimeline, MemoryIsBounded) {
  const KeptFolder folder(TwoInstances());
  const absl::Status status =
      ReadKeptTimeline(folder.Read(), /*max_cells=*/1'000).status();
  EXPECT_THAT(
      folder.Shown(status),
      MatchesRegex("RUN/histograms.hlog:[0-9]+: histograms of bins have "
                   "more than 1000 cells"));
}

}  // namespace
}  // namespace invocator
