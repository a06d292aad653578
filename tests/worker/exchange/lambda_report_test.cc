#include "worker/exchange/lambda_report.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

namespace invocator {
namespace {

// Lambda developer guide, "Log and monitor Python Lambda functions".
constexpr char kColdLog[] =
    "START RequestId: 8f507cfc-xmpl-4697-b07a-ac58fc914c95 Version: $LATEST\n"
    "## ENVIRONMENT VARIABLES\n"
    "END RequestId: 8f507cfc-xmpl-4697-b07a-ac58fc914c95\n"
    "REPORT RequestId: 8f507cfc-xmpl-4697-b07a-ac58fc914c95\t"
    "Duration: 15.74 ms\tBilled Duration: 16 ms\tMemory Size: 128 MB\t"
    "Max Memory Used: 56 MB\tInit Duration: 130.49 ms\t\n"
    "XRAY TraceId: 1-5e34a614-10bdxmplf1fb44f07bc535a1\t"
    "SegmentId: 07f5xmpl2d1f6f85\tSampled: true\t\n";

// The same guide, "Using the AWS CLI" with --log-type Tail.
constexpr char kWarmBase64[] =
    "U1RBUlQgUmVxdWVzdElkOiA4N2QwNDRiOC1mMTU0LTExZTgtOGNkYS0yOTc0YzVlNGZiMjEgVm"
    "Vyc2lvb";  // as the guide cuts it

TEST(LambdaReportTest, AColdStartHasAnInitDuration) {
  const auto report = ParseLambdaReport(kColdLog);
  ASSERT_TRUE(report);
  EXPECT_EQ(report->billed_ms, 16);
  EXPECT_EQ(report->memory_mb, 128u);
  EXPECT_EQ(report->memory_used_mb, 56u);
  EXPECT_EQ(report->init_us, 130'490);
}

TEST(LambdaReportTest, AWarmStartHasNone) {
  const auto report = ParseLambdaReport(
      "END RequestId: 1\nREPORT RequestId: 1\tDuration: 0.93 ms\t"
      "Billed Duration: 1 ms\tMemory Size: 1024 MB\tMax Memory Used: 80 MB\t");
  ASSERT_TRUE(report);
  EXPECT_EQ(report->billed_ms, 1);
  EXPECT_EQ(report->memory_mb, 1024u);
  EXPECT_FALSE(report->init_us);
}

// SnapStart has no Init Duration; what it restores it bills apart.
TEST(LambdaReportTest, ARestoredSnapshotIsAColdStartAndBilledToo) {
  const auto report = ParseLambdaReport(
      "REPORT RequestId: 1\tDuration: 5.00 ms\tBilled Duration: 6 ms\t"
      "Memory Size: 512 MB\tMax Memory Used: 131 MB\t"
      "Restore Duration: 497.86 ms\tBilled Restore Duration: 162 ms\t\n");
  ASSERT_TRUE(report);
  EXPECT_EQ(report->billed_ms, 168);
  EXPECT_EQ(report->init_us, 497'860);
}

TEST(LambdaReportTest, ATimeoutIsReportedLikeAnyCall) {
  const auto report = ParseLambdaReport(
      "2026-01-01T00:00:00Z 1 Task timed out after 3.00 seconds\n\n"
      "REPORT RequestId: 1\tDuration: 3000.00 ms\tBilled Duration: 3000 ms\t"
      "Memory Size: 128 MB\tMax Memory Used: 30 MB\tStatus: timeout\n");
  ASSERT_TRUE(report);
  EXPECT_EQ(report->billed_ms, 3000);
  EXPECT_FALSE(report->init_us);
}

TEST(LambdaReportTest, OnlyTheLastReportCounts) {
  const auto report = ParseLambdaReport(absl::StrCat(
      "REPORT RequestId: fake\tBilled Duration: 9 ms\tMemory Size: 1 MB\t"
      "Max Memory Used: 1 MB\n",
      "INIT_REPORT Init Duration: 9.9 ms\tPhase: init\tStatus: timeout\n",
      "REPORT RequestId: 1\tDuration: 2 ms\tBilled Duration: 2 ms\t"
      "Memory Size: 256 MB\tMax Memory Used: 40 MB\t\r\n"));
  ASSERT_TRUE(report);
  EXPECT_EQ(report->billed_ms, 2);
  EXPECT_FALSE(report->init_us);
}

constexpr char kJsonLog[] =
    R"({"time":"2023-10-23T19:17:28Z","type":"platform.start","record":{}})"
    "\n"
    R"({"time":"2023-10-23T19:17:28Z","type":"platform.report","record":)"
    R"({"requestId":"79b4f56e","metrics":{"durationMs":15.74,)"
    R"("billedDurationMs":16,"memorySizeMB":128,"maxMemoryUsedMB":56,)"
    R"("initDurationMs":130.49},"status":"success"}})"
    "\n";

TEST(LambdaReportTest, AJsonLogSaysTheSame) {
  const auto report = ParseLambdaReport(kJsonLog);
  ASSERT_TRUE(report);
  EXPECT_EQ(report->billed_ms, 16);
  EXPECT_EQ(report->memory_mb, 128u);
  EXPECT_EQ(report->memory_used_mb, 56u);
  EXPECT_EQ(report->init_us, 130'490);
}

TEST(LambdaReportTest, WhatIsNotWholeClaimsNothing) {
  const std::string whole =
      "REPORT RequestId: 1\tBilled Duration: 16 ms\tMemory Size: 128 MB\t"
      "Max Memory Used: 56 MB\t";
  ASSERT_TRUE(ParseLambdaReport(whole));
  for (const auto& [from, to] :
       {std::pair("Billed Duration: 16 ms", ""),
        {"Memory Size: 128 MB", ""},
        {"Max Memory Used: 56 MB", ""},
        {"16 ms", "-1 ms"},
        {"16 ms", "nan ms"},
        {"16 ms", "1e300 ms"},
        {"16 ms", "3600001 ms"},  // no worker is lost for what a server says
        {"16 ms", "16.5 ms"},
        {"16 ms", "16"},
        {"16 ms", " ms"},
        {"128 MB", "0 MB"},
        {"128 MB", "99999999999 MB"},
        {"REPORT", "report"},
        {"REPORT", "INIT_REPORT"}}) {
    const std::string spoilt = absl::StrReplaceAll(whole, {{from, to}});
    ASSERT_NE(spoilt, whole);
    EXPECT_FALSE(ParseLambdaReport(spoilt)) << spoilt;
  }
  EXPECT_FALSE(ParseLambdaReport(whole + "Init Duration: soon ms\t"));
  EXPECT_FALSE(ParseLambdaReport(""));
  EXPECT_FALSE(ParseLambdaReport("{\"type\":\"platform.report\"}"));
  EXPECT_FALSE(
      ParseLambdaReport("{\"type\":\"platform.report\",\"record\":1}"));
  EXPECT_FALSE(ParseLambdaReport(absl::StrReplaceAll(
      kJsonLog, {{"\"memorySizeMB\":128", "\"memorySizeMB\":\"128\""}})));
}

TEST(LambdaReportTest, TheLogComesInBase64) {
  const auto report = ParseLogResult(absl::Base64Escape(kColdLog));
  ASSERT_TRUE(report);
  EXPECT_EQ(report->billed_ms, 16);
  EXPECT_FALSE(ParseLogResult(kWarmBase64));
  EXPECT_FALSE(ParseLogResult("%%%"));
  EXPECT_FALSE(ParseLogResult(""));
}

TEST(LambdaReportTest, ALogTailOfFourKilobytesBeginsAnywhere) {
  std::string log(4096, 'x');
  log += kColdLog;
  const auto report =
      ParseLogResult(absl::Base64Escape(log.substr(log.size() - 4096)));
  ASSERT_TRUE(report);
  EXPECT_EQ(report->billed_ms, 16);
  EXPECT_FALSE(
      ParseLogResult(absl::Base64Escape(std::string(1 << 20, 'x') + kColdLog)))
      << "no log of Lambda's";
}

// Property: whatever is done to a log, what is read from it can be.
TEST(LambdaReportTest, NoMutationMakesAnImpossibleReport) {
  std::mt19937 random(3);
  for (int round = 0; round < 20'000; ++round) {
    std::string log = round % 2 == 0 ? kColdLog : kJsonLog;
    for (uint32_t i = random() % 8; i > 0; --i) {
      const size_t at = random() % log.size();
      switch (random() % 3) {
        case 0:
          log[at] = static_cast<char>(random());
          break;
        case 1:
          log.erase(at, random() % 20);
          break;
        default:
          log.insert(at, log.substr(random() % log.size(), random() % 20));
      }
      if (log.empty()) break;
    }
    const auto report = ParseLambdaReport(log);
    if (!report) continue;
    EXPECT_GE(report->billed_ms, 0);
    EXPECT_LE(report->billed_ms, 3'600'000);
    EXPECT_GE(report->memory_mb, 1u);
    EXPECT_LE(report->memory_mb, 1u << 20);
    if (report->init_us) {
      EXPECT_GE(*report->init_us, 0);
    }
  }
}

}  // namespace
}  // namespace invocator
