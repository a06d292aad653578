#include "coordinator/workload/threshold_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "coordinator/json/json.h"
#include "coordinator/text/text_file.h"
#include "coordinator/workload/workload.h"
#include "coordinator/workload/workload_writer.h"
#include "tests/support/source_path.h"
#include "tests/support/temp_dir.h"

namespace invocator {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Two instances; b has thresholds.
absl::StatusOr<LoadedWorkload> Loaded(const std::string& of_run,
                                      const std::string& of_b) {
  return ParseWorkload(
      absl::StrCat(R"({"test_name": "t", "test_duration_in_seconds": 1,
        "random_seed": 1, "thresholds": )",
                   of_run, R"(, "instances": {
        "a": {"url": "http://h/", "interarrivals_list": [0]},
        "b": {"url": "http://h/", "interarrivals_list": [0],
              "thresholds": )",
                   of_b, "}}}"),
      "w.json", "", {});
}

WorkloadThresholds Read(const std::string& of_run,
                        const std::string& of_b = "[]") {
  absl::StatusOr<LoadedWorkload> workload = Loaded(of_run, of_b);
  EXPECT_TRUE(workload.ok()) << workload.status();
  return workload.ok() ? std::move(workload->thresholds) : WorkloadThresholds();
}

std::vector<std::string> Errors(const std::string& of_run,
                                const std::string& of_b = "[]") {
  const absl::Status status = Loaded(of_run, of_b).status();
  EXPECT_TRUE(absl::IsInvalidArgument(status));
  return absl::StrSplit(status.message(), '\n');
}

std::vector<std::string> Checks(const std::vector<Threshold>& thresholds) {
  std::vector<std::string> texts;
  for (const Threshold& threshold : thresholds) {
    texts.push_back(CheckText(threshold));
  }
  return texts;
}

TEST(ThresholdReader, ReadsThoseOfTheRunAndOfEveryInstance) {
  const WorkloadThresholds read =
      Read(R"(["response p99<300ms", {"check": "ok >= 99.9 %"}])",
           R"(["cold < 2%"])");
  EXPECT_THAT(Checks(read.run),
              ElementsAre("response p99 < 300ms", "ok >= 99.9%"));
  ASSERT_EQ(read.instances.size(), 2u);
  EXPECT_THAT(read.instances[0], IsEmpty());
  EXPECT_THAT(Checks(read.instances[1]), ElementsAre("cold < 2%"));
}

TEST(ThresholdReader, ReadsFlags) {
  const WorkloadThresholds read = Read(R"([
      {"check": "ok > 1", "each": true, "optional": true, "_comment": "x"},
      {"check": "ok > 1", "abort": true},
      {"check": "ok > 1", "abort": true, "after_in_seconds": 0,
       "window_in_seconds": 2.5},
      {"check": "ok > 1", "each": false, "optional": false, "abort": false}
  ])");
  ASSERT_EQ(read.run.size(), 4u);
  EXPECT_TRUE(read.run[0].each && read.run[0].optional);
  EXPECT_EQ(read.run[0].abort, std::nullopt);
  EXPECT_FALSE(read.run[1].each || read.run[1].optional);
  EXPECT_EQ(read.run[1].abort, (AbortRule{10, 10}));
  EXPECT_EQ(read.run[2].abort, (AbortRule{0, 2.5}));
  EXPECT_EQ(read.run[3].abort, std::nullopt);
}

TEST(ThresholdReader, WarnsOfAnAbortThatComesTooLate) {
  const auto late =
      Loaded(R"([{"check": "ok > 1", "abort": true, "after_in_seconds": 2}])",
             R"([{"check": "ok > 2", "abort": true}])");
  ASSERT_TRUE(late.ok()) << late.status();
  EXPECT_THAT(late->warnings,
              ElementsAre("w.json: thresholds: ok > 1 is judged from 2 s on, "
                          "after the test's end: it cannot end the run",
                          "w.json: thresholds: ok > 2 is judged from 10 s on, "
                          "after the test's end: it cannot end the run"));
  const auto in_time = Loaded(
      R"([{"check": "ok > 1", "abort": true, "after_in_seconds": 1}])", "[]");
  ASSERT_TRUE(in_time.ok()) << in_time.status();
  EXPECT_THAT(in_time->warnings, IsEmpty());
}

TEST(ThresholdReader, CallsInFlightOfAnInstanceCannotEndTheRun) {
  constexpr char kWhy[] =
      "expected a threshold of the run: while it plays, calls in flight are "
      "known for all instances together";
  EXPECT_THAT(
      Errors(R"([{"check": "max_in_flight < 9", "abort": true, "each": true},
                 {"check": "max_in_flight < 9", "abort": true}])",
             R"([{"check": "max_in_flight < 9", "abort": true}])"),
      testing::UnorderedElementsAre(
          absl::StrCat("w.json: thresholds[0].abort: ", kWhy),
          absl::StrCat("w.json: instances.b.thresholds[0].abort: ", kWhy)));
}

TEST(ThresholdReader, WarnsOfCallsInFlightOfMoreInstancesThanAreKept) {
  const auto warnings = [](int instances) {
    std::string text =
        R"({"test_name": "t", "test_duration_in_seconds": 1, "random_seed": 1,
            "thresholds": [{"check": "max_in_flight < 9", "each": true}],
            "instances": {)";
    for (int i = 0; i < instances; ++i) {
      absl::StrAppend(&text, i > 0 ? "," : "", "\"i", i,
                      R"(": {"url": "http://h/", "interarrivals_list": [0]})");
    }
    const auto workload = ParseWorkload(text + "}}", "w.json", "", {});
    EXPECT_TRUE(workload.ok()) << workload.status();
    return workload.ok() ? workload->warnings : std::vector<std::string>();
  };
  EXPECT_THAT(warnings(64), IsEmpty());
  EXPECT_THAT(warnings(65),
              ElementsAre(testing::HasSubstr("the 64 instances with the most "
                                             "calls")));
}

TEST(ThresholdReader, ReportsAllErrorsAtOnceWithTheirPaths) {
  EXPECT_THAT(
      Errors(R"(["ok > 1", "respnse p99 < 3ms", 5, {"chekc": "ok > 1"},
                 {"check": 1, "each": 1, "optional": "no", "abort": null},
                 {"check": "ok > 1", "after_in_seconds": 5},
                 {"check": "cost < 1", "abort": true},
                 {"check": "response p99 < 3", "abort": true,
                  "window_in_seconds": 0.5, "after_in_seconds": -1}])",
             R"([{"check": "ok > 1", "each": false}, null])"),
      testing::UnorderedElementsAre(
          "w.json: thresholds[1]: \"respnse p99 < 3ms\", character 1: unknown "
          "metric \"respnse\", did you mean \"response\"?",
          "w.json: thresholds[2]: expected a check such as \"response p99 < "
          "300ms\", or an object with a \"check\", found 5",
          "w.json: thresholds[3].check: missing, expected a check such as "
          "\"response p99 < 300ms\"",
          "w.json: thresholds[3].chekc: unknown key, did you mean \"check\"? "
          "(found \"ok > 1\")",
          "w.json: thresholds[4].check: expected a string, found 1",
          "w.json: thresholds[4].each: expected true or false, found 1",
          "w.json: thresholds[4].optional: expected true or false, found "
          "\"no\"",
          "w.json: thresholds[4].abort: expected true or false, found null",
          "w.json: thresholds[5].after_in_seconds: expected \"abort\": true "
          "beside it",
          "w.json: thresholds[6].abort: expected a metric that is known second "
          "by second, which cost is not",
          "w.json: thresholds[7].check: \"response p99 < 3\", character 17: "
          "expected a unit (ns, us, ms or s) after 3, found the end",
          "w.json: thresholds[7].window_in_seconds: expected a number from 1 "
          "to 3600, found 0.5",
          "w.json: thresholds[7].after_in_seconds: expected a number from 0 to "
          "31622400, found -1",
          "w.json: instances.b.thresholds[0].each: is only for thresholds at "
          "the top of the workload, not for those of an instance",
          "w.json: instances.b.thresholds[1]: expected a check such as "
          "\"response p99 < 300ms\", or an object with a \"check\", found "
          "null"));
  EXPECT_THAT(Errors("{}"),
              ElementsAre("w.json: thresholds: expected a list of checks, each "
                          "a check such as \"response p99 < 300ms\", found "
                          "{}"));
}

TEST(ThresholdReader, ListsAreBounded) {
  const auto list = [](size_t checks) {
    return Json(std::vector<std::string>(checks, "ok > 1")).dump();
  };
  EXPECT_EQ(Read(list(kMaxThresholds)).run.size(), kMaxThresholds);
  EXPECT_THAT(Errors(list(kMaxThresholds + 1)),
              ElementsAre("w.json: thresholds: expected at most 100 checks, "
                          "found 101"));
}

TEST(ThresholdReader, ReadsACheckAlone) {
  EXPECT_EQ(CheckText(*ReadCheck("response p99<3s")), "response p99 < 3s");
  EXPECT_EQ(ReadCheck("throtled < 1%").status().message(),
            "\"throtled < 1%\", character 1: unknown metric \"throtled\", did "
            "you mean \"throttled\"?");
}

TEST(ThresholdReader, LoadingWhatWasWrittenGivesEqualThresholds) {
  const absl::StatusOr<LoadedWorkload> workload = Loaded(
      R"(["response p99.90<0.3s",
          {"check": "ok>=99.9%", "each": true, "optional": true},
          {"check": "lateness max<=1.5ms", "abort": true,
           "after_in_seconds": 2.25}])",
      R"([{"check": "cold < 2%"}])");
  ASSERT_TRUE(workload.ok());
  TempDir dir;
  ASSERT_TRUE(
      WriteResolvedWorkload(workload->plan, dir.path(), workload->thresholds)
          .ok());
  const std::string path = dir.Path("workload.json");
  const absl::StatusOr<LoadedWorkload> again = LoadWorkload(path, {});
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->thresholds, workload->thresholds);
  const Json written = Json::parse(*ReadTextFile(path, 1'000'000));
  EXPECT_EQ(written["thresholds"], Json::parse(R"([
      "response p99.9 < 300ms",
      {"check": "ok >= 99.9%", "each": true, "optional": true},
      {"check": "lateness max <= 1.5ms", "abort": true,
       "after_in_seconds": 2.25, "window_in_seconds": 10.0}])"));
  EXPECT_EQ(written["instances"]["b"]["thresholds"],
            Json::parse(R"(["cold < 2%"])"));
  EXPECT_EQ(written["instances"]["a"]["thresholds"], Json::array());
}

// Schema and reader accept the same checks, except for the limits of numbers,
// which only the reader knows.
TEST(ThresholdReader, AgreesWithTheSchema) {
  const Json schema = Json::parse(
      *ReadTextFile(SourcePath("coordinator/workload/workload.schema.json"),
                    kMaxJsonFileBytes));
  const std::regex pattern(
      schema["definitions"]["check"]["pattern"].get<std::string>());
  const auto agrees = [&](const std::string& text) {
    EXPECT_EQ(std::regex_search(text, pattern), ReadCheck(text).ok()) << text;
  };
  for (const Metric& metric : Metrics()) {
    for (const char* rest : {" p99.9<3ms",
                             " max >= 3 s ",
                             " min  > 0.5ms",
                             " mean <= 7us",
                             " <3",
                             ">=3%",
                             " > 0.5 %",
                             " <= 0.25",
                             " 3",
                             "",
                             "s < 3",
                             " p99 < 3",
                             " p < 3ms",
                             " p9. < 3ms",
                             " < 3ms",
                             " < .5",
                             " < 3.",
                             " < -1",
                             " == 3",
                             " => 3",
                             "max < 3ms",
                             " < 3.0",
                             " < 1e3"}) {
      agrees(absl::StrCat(metric.name, rest));
      agrees(absl::StrCat("\t", metric.name, rest));
    }
  }
  EXPECT_EQ(schema["definitions"]["thresholds"]["maxItems"], kMaxThresholds);
}

}  // namespace
}  // namespace invocator
