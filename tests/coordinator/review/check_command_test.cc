#include "coordinator/review/check_command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "coordinator/review/kept_judgement.h"
#include "tests/support/kept_runs.h"
#include "tests/support/thresholds.h"

namespace invocator {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using Json = KeptFolder::Json;

std::vector<std::string> States(const std::vector<ThresholdResult>& results) {
  std::vector<std::string> states;
  for (const ThresholdResult& result : results) {
    states.push_back(std::string(ThresholdStateName(result.state)) + " " +
                     result.instance);
  }
  return states;
}

KeptRun SampleRun() { return KeptFolder(SampleReport()).Read(); }

TEST(JudgeKeptRun, JudgesRunEachInstanceAndWhatIsGiven) {
  const KeptFolder folder(SampleReport());
  folder.Edit("workload.json", [](Json& workload) {
    workload["thresholds"] = {"response p99 < 20.2ms",
                              {{"check", "throttled < 1%"}, {"each", true}}};
    workload["instances"]["beta"]["thresholds"] = {"service min >= 20ms",
                                                   "init p50 < 1s"};
  });
  EXPECT_THAT(
      States(JudgeKeptRun(folder.Read(), {ParsedThreshold("sent_rate >= 10"),
                                          ParsedThreshold("ok_rate > 7.2")})),
      testing::ElementsAre("met ", "missed alpha", "met beta", "met beta",
                           "no data beta", "met ", "missed "));
}

TEST(JudgeKeptRun, MaxInFlightIsKnownOfTheRunAndOfInstancesWithALane) {
  const KeptFolder folder(SampleReport());
  folder.Edit("summary.json", [](Json& summary) {
    summary["max_in_flight"] = 12;
    summary["instances"]["beta"]["max_in_flight"] = 5;
  });
  folder.Edit("workload.json", [](Json& workload) {
    workload["thresholds"] = {
        "max_in_flight < 12",
        {{"check", "max_in_flight <= 5"}, {"each", true}}};
  });
  EXPECT_THAT(States(JudgeKeptRun(folder.Read())),
              testing::ElementsAre("missed ", "no data alpha", "met beta"));
}

TEST(JudgeKeptRun, TheThresholdThatEndedTheRunIsMissed) {
  const KeptFolder folder(SampleReport());
  folder.Edit("workload.json", [](Json& workload) {
    workload["thresholds"] = {
        "throttled < 50%",
        {{"check", "throttled < 50%"}, {"abort", true}},
        {{"check", "failed < 50%"}, {"abort", true}, {"each", true}}};
  });
  EXPECT_EQ(ExitCodeOf(folder.Read(), JudgeKeptRun(folder.Read())), 0);
  folder.Edit("summary.json", [](Json& summary) {
    summary["aborted_by"] = {
        {"check", "throttled<50 %"}, {"instance", nullptr}, {"at_s", 3}};
  });
  const KeptRun run = folder.Read();
  EXPECT_THAT(States(JudgeKeptRun(run)),
              testing::ElementsAre("met ", "missed ", "met alpha", "met beta"));
  EXPECT_EQ(ExitCodeOf(run, JudgeKeptRun(run)), 5);
  EXPECT_THAT(JudgementText(run, JudgeKeptRun(run)),
              HasSubstr("\nABORTED BY   throttled < 50%\n"));
  folder.Edit("summary.json", [](Json& summary) {
    summary["aborted_by"] = {{"check", "failed < 50%"}, {"instance", "beta"}};
  });
  EXPECT_THAT(States(JudgeKeptRun(folder.Read())),
              testing::ElementsAre("met ", "met ", "met alpha", "missed beta"));
  folder.Edit("summary.json", [](Json& summary) {
    summary["aborted_by"]["instance"] = "gamma";
  });
  EXPECT_THAT(folder.Error(), HasSubstr("aborted_by: workload.json has no "
                                        "threshold \"failed < 50%\""));
}

TEST(ExitCode, NamesTheWorstFirst) {
  KeptRun run = SampleRun();
  const auto code = [&run](absl::string_view check) {
    return ExitCodeOf(run, JudgeKeptRun(run, {ParsedThreshold(check)}));
  };
  EXPECT_EQ(code("ok >= 90%"), 0);
  EXPECT_EQ(code("ok > 90%"), 5);
  EXPECT_EQ(code("init p50 < 1s"), 5);
  run.report.stopped = "all were refused";
  EXPECT_EQ(code("ok > 90%"), 3);
  run.report.stopped.clear();
  run.report.losses = {"worker b was lost"};
  EXPECT_EQ(code("ok >= 90%"), 3);
  run.report.interrupted = true;
  EXPECT_EQ(code("ok > 90%"), 130);
  run.report.book_errors = {"planned 1 is not sent 2"};
  EXPECT_EQ(code("ok > 90%"), 3);
}

TEST(ExitCode, AnotherMemorySizeIsAnotherRun) {
  RunReport report = SampleReport();
  report.memory = {
      {"resize", "eu-north-1", 128, 256, "restored", std::nullopt}};
  KeptRun run = KeptFolder(report).Read();
  EXPECT_EQ(ExitCodeOf(run, {}), 0);
  report.memory[0].overlap_found_mb = 512;
  run = KeptFolder(report).Read();
  EXPECT_EQ(ExitCodeOf(run, {}), 3);
  EXPECT_THAT(JudgementText(run, {}),
              HasSubstr("\nMEMORY       resize not 128 MB throughout\n"));
}

TEST(JudgementText, ReadsLikeThis) {
  const KeptRun run = SampleRun();
  EXPECT_EQ(JudgementText(
                run, JudgeKeptRun(run, {ParsedThreshold("ok > 90%"),
                                        ParsedThreshold("response p50 < 1s")})),
            "sample: 2 instances in 12.5 s, seed 4294967295\n"
            "\n"
            "thresholds   1 of 2 met\n"
            "  MISSED     run  ok > 90%           90.00 % (90 of 100)\n"
            "  met        run  response p50 < 1s  20.1 ms (100 calls)\n"
            "verdict      marginal: one thing; another\n"
            "result       schedule marginal; 90 of 100 calls succeeded; "
            "thresholds: 1 of 2 met\n");
  EXPECT_THAT(JudgementText(run, {}), HasSubstr("\nthresholds   none\n"));
}

TEST(JudgementText, ForeignTextStaysOnItsLine) {
  KeptRun run = SampleRun();
  run.report.test_name = "a\x1b[2Jb";
  run.report.stopped = "one\ntwo";
  run.report.losses = {"three\rfour"};
  run.report.book_errors = {"five\nsix"};
  const std::string text = JudgementText(run, {});
  EXPECT_THAT(text, HasSubstr("\nSTOPPED      one two\n"));
  EXPECT_THAT(text, HasSubstr("\nLOST         three four\n"));
  EXPECT_THAT(text, HasSubstr("\nBOOKS        five six\n"));
  EXPECT_THAT(text, Not(HasSubstr("\x1b")));
}

}  // namespace
}  // namespace invocator
