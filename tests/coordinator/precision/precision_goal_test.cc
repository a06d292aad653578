#include "coordinator/precision/precision_goal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "coordinator/json/suggestion.h"

namespace invocator {
namespace {

using testing::HasSubstr;

absl::StatusOr<PrecisionGoal> Parse(absl::string_view text) {
  return ParsePrecisionGoal(text, &NearestWord);
}

TEST(PrecisionGoalTest, AGoalHasASubjectAndAPercentage) {
  const auto goal = Parse("response p99.9 within 2.5%");
  ASSERT_TRUE(goal.ok()) << goal.status();
  EXPECT_EQ(goal->subject.metric.latency, &Totals::response);
  EXPECT_EQ(goal->subject.aggregate, Aggregate::kPercentile);
  EXPECT_EQ(goal->subject.Ratio(), 0.999);
  EXPECT_EQ(goal->percent, 2.5);
}

TEST(PrecisionGoalTest, EveryLatencyThatIsKnownBinByBinCanBeAGoal) {
  for (const std::string metric :
       {"lateness", "service", "response", "first_byte"}) {
    for (const std::string aggregate : {"mean", "p50", "p99.99"}) {
      const std::string text = metric + " " + aggregate + " within 100%";
      const auto goal = Parse(text);
      ASSERT_TRUE(goal.ok()) << goal.status();
      EXPECT_EQ(GoalText(*goal), text);
    }
  }
}

TEST(PrecisionGoalTest, ItsTextParsesToAnEqualGoal) {
  for (const char* text :
       {"response p50 within 5%", "  lateness\t mean  within  0.000001 % ",
        "service p0.000001 within 33.333333%"}) {
    const auto goal = Parse(text);
    ASSERT_TRUE(goal.ok()) << goal.status();
    const auto again = Parse(GoalText(*goal));
    ASSERT_TRUE(again.ok()) << again.status();
    EXPECT_EQ(*again, *goal);
  }
}

TEST(PrecisionGoalTest, WhatHasNoIntervalIsNoGoal) {
  const struct {
    const char* text;
    const char* error;
  } kCases[] = {
      {"ok within 5%", "character 1: expected lateness"},
      {"sent_rate within 5%", "found \"sent_rate\""},
      {" blocked p50 within 5%", "character 2: expected lateness"},
      {"response min within 5%", "character 10: expected mean or"},
      {"response p100 within 5%", "found \"p100\""},
  };
  for (const auto& [text, error] : kCases) {
    const auto goal = Parse(text);
    EXPECT_EQ(goal.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(goal.status().message()), HasSubstr(error));
    EXPECT_THAT(std::string(goal.status().message()),
                HasSubstr("whose precision is known"));
  }
}

TEST(PrecisionGoalTest, AnErrorNamesThePlaceAndWhatWasExpected) {
  const struct {
    const char* text;
    const char* error;
  } kCases[] = {
      {"", "\"\", character 1: expected one of: lateness"},
      {"response", "character 9: expected min, mean, max or a percentile"},
      {"response p50",
       "character 13: expected \"within\" after response p50, "
       "found the end"},
      {"response p50 of 5%",
       "character 14: expected \"within\" after response "
       "p50, found \"of\""},
      {"response p50 within", "character 20: expected a number"},
      {"response p50 within -5%",
       "character 21: expected a number such as 5 "
       "or 0.5, found \"-5%\""},
      {"response p50 within 5",
       "character 22: expected % at the end, found "
       "the end"},
      {"response p50 within 5%%", "found \"%%\""},
      {"response p50 within 0.0%", "expected more than 0 and at most 100"},
      {"response p50 within 100.1%", "found \"100.1\""},
      {"response p50 within 0.0000001%", "at most 6 decimals"},
      {"response p50 within 99999999999999999999%", "at most 100"},
      {"response p50 within 1e2%", "found \"e2%\""},
  };
  for (const auto& [text, error] : kCases) {
    EXPECT_THAT(std::string(Parse(text).status().message()), HasSubstr(error));
  }
}

TEST(PrecisionGoalTest, AllWrongOnesAreNamed) {
  const auto goals = ParsePrecisionGoals(
      {"cold within 5%", "response p50 within 5%", "x"}, &NearestWord);
  const std::string error(goals.status().message());
  EXPECT_EQ(std::count(error.begin(), error.end(), '\n'), 1);
  EXPECT_THAT(error, HasSubstr("--until \"cold within 5%\""));
  EXPECT_THAT(error, HasSubstr("--until \"x\""));
}

TEST(PrecisionGoalTest, TooManyAreRefused) {
  const std::vector<std::string> many(kMaxPrecisionGoals + 1,
                                      "response p50 within 5%");
  EXPECT_FALSE(ParsePrecisionGoals(many, &NearestWord).ok());
}

}  // namespace
}  // namespace invocator
