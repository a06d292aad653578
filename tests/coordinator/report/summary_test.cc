#include "coordinator/report/summary.h"

#include <gtest/gtest.h>

#include <limits>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "common/words/foreign_text.h"
#include "tests/support/reports.h"

namespace invocator {
namespace {

using Json = nlohmann::json;

Json Summary(const RunReport& report) {
  return Json::parse(SummaryJson(report));
}

void ExpectKeys(const Json& json, const std::vector<std::string>& keys) {
  for (const std::string& key : keys) {
    EXPECT_TRUE(json.contains(key)) << key;
  }
}

const std::vector<std::string> kBlockKeys = {
    "planned",     "sent",          "dropped",        "unsent",
    "outcomes",    "rate_per_s",    "lateness_us",    "service_us",
    "response_us", "first_byte_us", "schedule_digest"};

TEST(SummaryTest, HasEveryKeyOfTheContract) {
  const Json summary = Summary(SampleReport());
  ExpectKeys(summary, {"schema_version", "run_id", "test_name", "started_at",
                       "duration_s", "seed", "interrupted", "max_in_flight",
                       "instances", "workers", "verdict"});
  ExpectKeys(summary, kBlockKeys);
  ASSERT_EQ(summary["instances"].size(), 2u);
  for (const Json& instance : summary["instances"]) {
    ExpectKeys(instance, kBlockKeys);
  }
  ASSERT_EQ(summary["workers"].size(), 1u);
  ExpectKeys(summary["workers"][0],
             {"name", "threads", "planned", "sent", "clock_offset_us",
              "clock_uncertainty_us", "start_error_us", "cpu_s",
              "max_rss_bytes", "lateness_us"});
  for (const char* row :
       {"lateness_us", "service_us", "response_us", "first_byte_us"}) {
    ExpectKeys(summary[row], {"count", "mean", "min", "p50", "p90", "p99",
                              "p99_9", "p99_99", "max"});
  }
  ExpectKeys(summary["rate_per_s"], {"planned", "sent", "completed"});
  ExpectKeys(summary["schedule_digest"], {"planned", "sent"});
  ExpectKeys(summary["verdict"], {"state", "reasons"});
}

TEST(SummaryTest, VersionsAreListedByTheirInstance) {
  RunReport report = SampleReport();
  EXPECT_FALSE(Summary(report).contains("versions"));
  report.instances[0].first = "x@a";
  report.instances[1].first = "x@b";
  report.versions = {{"x", Pairing::kSplit, 0, 2}};
  EXPECT_EQ(Summary(report)["versions"],
            Json::parse(
                R"({"x": {"pairing": "split", "instances": ["x@a", "x@b"],
                       "changes": []}})"));
  report.versions[0].pairing = Pairing::kBoth;
  EXPECT_EQ(Summary(report)["versions"]["x"]["pairing"], "both");
}

TEST(SummaryTest, WhatNobodyKnowsIsNotClaimed) {
  const Json summary = Summary(SampleReport());
  for (const char* key : {"cold_starts", "cold", "warm", "billed", "reasons",
                          "failures", "stopped", "warmup", "measured"}) {
    EXPECT_FALSE(summary.contains(key)) << key;
    EXPECT_FALSE(summary["instances"]["alpha"].contains(key)) << key;
  }
}

TEST(SummaryTest, ColdStartsAndBillsAreToldByInstanceAndInTotal) {
  RunReport report = SampleReport();
  Totals& totals = report.instances[0].second;
  totals.cold = 2;
  totals.warm = 58;
  totals.cold_service.Add(300'000'000, 2);
  totals.cold_response.Add(310'000'000, 2);
  totals.warm_service.Add(5'000'000, 58);
  totals.warm_response.Add(6'000'000, 58);
  totals.init.Add(250'000'000, 2);
  totals.billed_count = 60;
  totals.billed_ms = 1'024;
  totals.billed_mb_ms = 1'024 * 1'000;
  totals.memory_used_mb = 80;
  const Json summary = Summary(report);
  const Json& alpha = summary["instances"]["alpha"];
  EXPECT_EQ(alpha["cold_starts"],
            (Json{{"cold", 2}, {"warm", 58}, {"unknown", 10}}));
  EXPECT_EQ(alpha["cold"]["service_us"]["max"], 300'000);
  EXPECT_EQ(alpha["cold"]["response_us"]["count"], 2);
  EXPECT_EQ(alpha["cold"]["init_us"]["max"], 250'000);
  EXPECT_EQ(alpha["warm"]["service_us"]["count"], 58);
  EXPECT_EQ(alpha["billed"]["count"], 60);
  EXPECT_EQ(alpha["billed"]["ms"], 1'024);
  EXPECT_EQ(alpha["billed"]["mb_ms"], 1'024'000);
  EXPECT_EQ(alpha["billed"]["gb_s"], 1.0);
  EXPECT_EQ(alpha["billed"]["memory_used_mb"], 80);
  EXPECT_FALSE(summary["instances"]["beta"].contains("billed"));
}

TEST(SummaryTest, FailuresAreToldByReasonWithTheFirstOfEach) {
  RunReport report = SampleReport();
  report.total.reasons[static_cast<size_t>(Reason::kSignatureMismatch)] = 4;
  report.total.reasons[static_cast<size_t>(Reason::kRateExceeded)] = 6;
  FailureReport failure;
  failure.reason = Reason::kSignatureMismatch;
  failure.count = 4;
  failure.instance = "alpha";
  failure.worker = "local";
  failure.first.emplace();
  failure.first->sequence = 3;
  failure.first->scheduled_ns = 1'500'000'000;
  failure.first->status = 403;
  failure.first->error_type = "InvalidSignatureException";
  failure.first->body = "{\"message\":\"\xff\"}";
  failure.first->canonical_request = "POST";
  failure.first->date_ahead_s = -2;
  report.failures.push_back(failure);
  failure.first->detail = "met";
  report.instance_failures[1] = {failure};
  report.failures.push_back({Reason::kRateExceeded, 6, "", "", {}});
  report.stopped = "all were refused";
  const Json summary = Summary(report);
  EXPECT_EQ(summary["reasons"],
            (Json{{"auth_error", {{"signature_mismatch", 4}}},
                  {"throttled", {{"rate_exceeded", 6}}}}));
  ASSERT_EQ(summary["failures"].size(), 2u);
  const Json& first = summary["failures"][0]["first"];
  EXPECT_EQ(summary["failures"][0]["outcome"], "auth_error");
  EXPECT_EQ(summary["failures"][0]["reason"], "signature_mismatch");
  EXPECT_EQ(summary["failures"][0]["count"], 4);
  EXPECT_EQ(first["instance"], "alpha");
  EXPECT_EQ(first["worker"], "local");
  EXPECT_EQ(first["sequence"], 3);
  EXPECT_EQ(first["scheduled_s"], 1.5);
  EXPECT_EQ(first["status"], 403);
  EXPECT_EQ(first["error_type"], "InvalidSignatureException");
  EXPECT_EQ(first["canonical_request"], "POST");
  EXPECT_EQ(first["date_ahead_s"], -2);
  EXPECT_FALSE(first.contains("detail"));
  EXPECT_FALSE(summary["failures"][1].contains("first"));
  EXPECT_FALSE(summary["instances"]["alpha"].contains("failures"));
  const Json& beta = summary["instances"]["beta"]["failures"];
  ASSERT_EQ(beta.size(), 1u);
  EXPECT_EQ(beta[0]["reason"], "signature_mismatch");
  EXPECT_EQ(beta[0]["count"], 4);
  EXPECT_EQ(beta[0]["first"]["detail"], "met");
  EXPECT_EQ(summary["stopped"], "all were refused");
}

TEST(SummaryTest, ValuesAreThoseOfTheReport) {
  const Json summary = Summary(SampleReport());
  EXPECT_EQ(summary["schema_version"], kSummarySchemaVersion);
  EXPECT_EQ(summary["run_id"], "00c0ffee00c0ffee");
  EXPECT_EQ(summary["test_name"], "sample");
  EXPECT_EQ(summary["started_at"], "2023-11-14T22:13:20.250Z");
  EXPECT_EQ(summary["duration_s"], 12.5);
  EXPECT_EQ(summary["seed"], 4'294'967'295);
  EXPECT_EQ(summary["interrupted"], false);
  EXPECT_EQ(summary["planned"], 100);
  EXPECT_EQ(summary["outcomes"], Json({{"ok", 90}, {"throttled", 10}}));
  EXPECT_EQ(summary["rate_per_s"]["planned"], 10.0);
  EXPECT_EQ(summary["rate_per_s"]["completed"], 8.0);
  EXPECT_EQ(summary["lateness_us"]["mean"], 100.0);
  EXPECT_EQ(summary["service_us"]["min"], 5'000.0);
  EXPECT_EQ(summary["service_us"]["max"], 20'000.0);
  EXPECT_EQ(summary["first_byte_us"]["min"], 4'000.0);
  EXPECT_EQ(summary["schedule_digest"]["sent"], "000000000001fdda");
  EXPECT_EQ(summary["instances"]["beta"]["sent"], 30);
  EXPECT_EQ(summary["verdict"], Json({{"state", "marginal"},
                                      {"reasons", {"one thing", "another"}}}));
  const Json& worker = summary["workers"][0];
  EXPECT_EQ(worker["clock_offset_us"], -1.5);
  EXPECT_EQ(worker["clock_uncertainty_us"], 0.25);
  EXPECT_EQ(worker["start_error_us"], 4.0);
  EXPECT_EQ(worker["engines"][0]["connections"], 7);
  EXPECT_EQ(worker["connections"]["opened"], 7);
}

TEST(SummaryTest, TheBooksOfTheFileBalance) {
  const Json summary = Summary(SampleReport());
  auto check = [](const Json& block) {
    EXPECT_EQ(block["planned"].get<int>(), block["sent"].get<int>() +
                                               block["dropped"].get<int>() +
                                               block["unsent"].get<int>());
    int ended = 0;
    for (const Json& count : block["outcomes"]) ended += count.get<int>();
    EXPECT_EQ(block["sent"].get<int>(), ended);
  };
  check(summary);
  int sent = 0;
  for (const Json& instance : summary["instances"]) {
    check(instance);
    sent += instance["sent"].get<int>();
  }
  EXPECT_EQ(sent, summary["sent"].get<int>());
  for (const Json& worker : summary["workers"]) check(worker);
}

TEST(SummaryTest, ABooksPartIsOfBothPhasesAndStatisticsOfTheMeasuredOne) {
  const Json summary = Summary(SampleReportWithWarmup());
  EXPECT_EQ(summary["warmup_s"], 2.0);
  EXPECT_EQ(summary["planned"], 150);
  EXPECT_EQ(summary["sent"], 150);
  EXPECT_EQ(summary["outcomes"], Json({{"ok", 110}, {"throttled", 40}}));
  EXPECT_EQ(summary["measured"],
            Json({{"planned", 100},
                  {"sent", 100},
                  {"dropped", 0},
                  {"unsent", 0},
                  {"outcomes", {{"ok", 90}, {"throttled", 10}}}}));
  EXPECT_EQ(summary["warmup"],
            Json({{"planned", 50},
                  {"sent", 50},
                  {"dropped", 0},
                  {"unsent", 0},
                  {"outcomes", {{"ok", 20}, {"throttled", 30}}},
                  {"cold", 20}}));
  for (const char* row :
       {"lateness_us", "service_us", "response_us", "first_byte_us"}) {
    EXPECT_EQ(summary[row]["count"], 100) << row;
    EXPECT_LT(summary[row]["max"], 21'000.0) << row;
  }
  // 100 calls in 10 s minus 2 s of warm-up; the last completed at 12.5 s.
  EXPECT_EQ(summary["rate_per_s"]["planned"], 12.5);
  EXPECT_EQ(summary["rate_per_s"]["sent"], 12.5);
  EXPECT_DOUBLE_EQ(summary["rate_per_s"]["completed"], 100 / 10.5);
  EXPECT_FALSE(summary.contains("cold_starts")) << "none is known to be so";
  const Json& alpha = summary["instances"]["alpha"];
  EXPECT_EQ(alpha["sent"], 90);
  EXPECT_EQ(alpha["measured"]["sent"], 70);
  EXPECT_EQ(alpha["warmup"]["cold"], 20);
  EXPECT_EQ(alpha["response_us"]["count"], 70);
  EXPECT_EQ(alpha["rate_per_s"]["sent"], 8.75);
  EXPECT_EQ(summary["instances"]["beta"]["warmup"]["outcomes"],
            Json({{"throttled", 30}}));
  // 2 x 0xfeed + 2 x 0xbee
  EXPECT_EQ(summary["schedule_digest"]["sent"], "00000000000215b6");
}

TEST(SummaryTest, ReasonsAndBillsAreOfBothPhases) {
  RunReport report = SampleReportWithWarmup();
  for (Totals* totals : {&report.total, &report.warmup_total}) {
    totals->reasons[static_cast<size_t>(Reason::kRateExceeded)] = 7;
    totals->billed_count = 5;
    totals->billed_ms = 100;
  }
  const Json summary = Summary(report);
  EXPECT_EQ(summary["reasons"]["throttled"]["rate_exceeded"], 14);
  EXPECT_EQ(summary["billed"]["count"], 10);
  EXPECT_EQ(summary["billed"]["ms"], 200);
}

TEST(SummaryTest, TheMostInFlightIsThatOfTheReport) {
  RunReport report = SampleReport();
  report.max_in_flight = 17;
  EXPECT_EQ(Summary(report)["max_in_flight"], 17);
}

TEST(SummaryTest, TheAbortedHaveNotCompleted) {
  RunReport report = SampleReport();
  auto& outcomes = report.total.outcomes;
  outcomes[static_cast<size_t>(Outcome::kOk)] -= 25;
  outcomes[static_cast<size_t>(Outcome::kAborted)] += 25;
  EXPECT_EQ(Summary(report)["rate_per_s"]["completed"], 6.0);
}

TEST(SummaryTest, BlockedTimeIsThereForBlockingPlansOnly) {
  RunReport report = SampleReport();
  EXPECT_FALSE(Summary(report).contains("blocked_us"));
  report.total.own_lateness.Add(1'000);
  report.total.blocked.Add(9'000);
  EXPECT_EQ(Summary(report)["own_lateness_us"]["max"], 1.0);
  EXPECT_EQ(Summary(report)["blocked_us"]["max"], 9.0);
}

TEST(SummaryTest, CostIsThereWhenItIsReckoned) {
  RunReport report = SampleReport();
  EXPECT_FALSE(Summary(report).contains("cost"));
  report.cost = Cost();
  report.cost->currency = "USD";
  report.cost->total_nano = 5;
  EXPECT_EQ(Summary(report)["cost"]["total"], 5e-9);
  EXPECT_EQ(Summary(report)["cost"]["currency"], "USD");
}

TEST(SummaryTest, BooksThatDoNotBalanceAreTold) {
  RunReport report = SampleReport();
  EXPECT_FALSE(Summary(report).contains("book_errors"));
  report.book_errors = {"total: planned 2 is not ..."};
  EXPECT_EQ(Summary(report)["book_errors"].size(), 1u);
}

TEST(SummaryTest, AnEmptyRunIsValidJson) {
  RunReport report;
  report.verdict.reasons = {"nothing was planned"};
  const Json summary = Summary(report);
  EXPECT_EQ(summary["rate_per_s"]["sent"], 0.0);
  EXPECT_EQ(summary["lateness_us"]["p99"], 0.0);
  EXPECT_TRUE(summary["instances"].is_object());
  EXPECT_TRUE(summary["workers"].is_array());
}

TEST(SummaryTest, OddNamesAndNumbersStayValidJson) {
  RunReport report = SampleReport();
  report.test_name = "quote \" backslash \\ line\n\xc3\xa9";
  report.workers[0].cpu_s = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(Summary(report)["test_name"], report.test_name);
  EXPECT_TRUE(Summary(report)["workers"][0]["cpu_s"].is_null());
  report.workers[0].name = "not UTF-8: \xff";  // as a host may be named
  EXPECT_TRUE(Json::accept(SummaryJson(report)));
}

TEST(SummaryTest, WhatTargetsAndPeersSayIsCleanInIt) {
  RunReport report = SampleReport();
  const std::string foreign = "a\nb\x7f\xC2\x9B\xff\u202E\u65e5";
  const std::string clean = "a\nb\uFFFD\uFFFD\uFFFD\uFFFD\u65e5";
  report.verdict.reasons = {foreign};
  report.book_errors = {foreign, "x"};
  FailureReport& failure = report.failures.emplace_back();
  failure.reason = Reason::kForbidden;
  failure.first.emplace();
  failure.first->body = foreign;
  failure.first->error_type = foreign;
  failure.first->canonical_request = foreign;
  const std::string text = SummaryJson(report);
  EXPECT_EQ(CleanText(text), text);
  const auto json = nlohmann::json::parse(text);
  EXPECT_EQ(json["verdict"]["reasons"][0], clean);
  EXPECT_EQ(json["book_errors"][0], clean);
  EXPECT_EQ(json["book_errors"][1], "x");
  EXPECT_EQ(json["failures"][0]["first"]["body"], clean);
  EXPECT_EQ(json["failures"][0]["first"]["error_type"], clean);
  EXPECT_EQ(json["failures"][0]["first"]["canonical_request"], clean);
}

}  // namespace
}  // namespace invocator
