#include "coordinator/precision/change_limit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "coordinator/json/suggestion.h"
namespace invocator {
namespace {

using ::testing::HasSubstr;

ChangeLimit Parsed(absl::string_view text) {
  absl::StatusOr<ChangeLimit> limit = ParseChangeLimit(text, &NearestWord);
  EXPECT_TRUE(limit.ok()) << limit.status();
  return limit.value_or(ChangeLimit());
}

std::string Error(absl::string_view text) {
  return std::string(ParseChangeLimit(text, &NearestWord).status().message());
}

TEST(ChangeLimit, IsReadInItsUnit) {
  const ChangeLimit percent = Parsed("response p99.9 +5%");
  EXPECT_EQ(percent.subject.metric.name, "response");
  EXPECT_EQ(percent.subject.percentile_millionths, 99'900'000u);
  EXPECT_TRUE(percent.is_rise);
  EXPECT_EQ(percent.unit, ChangeUnit::kPercent);
  EXPECT_EQ(percent.amount, 5);
  const ChangeLimit points = Parsed("ok -0.5pp");
  EXPECT_FALSE(points.is_rise);
  EXPECT_TRUE(points.subject.is_share);
  EXPECT_EQ(points.unit, ChangeUnit::kPoints);
  EXPECT_EQ(points.amount, 0.5);
  EXPECT_EQ(Parsed("lateness max + 1.5 ms").amount, 1'500'000);
  EXPECT_EQ(Parsed("service mean +20us").amount, 20'000);
  EXPECT_EQ(Parsed("cost +0%").amount, 0);
  EXPECT_EQ(Parsed("ok_rate -99.999999%").amount, 99.999999);
}

TEST(ChangeLimit, ItsTextReadsAsTheSame) {
  for (const char* text :
       {"response p99 +5%", "ok -0.5pp", "lateness max +1.5ms",
        "service mean -20us", "init p50 +2s", "first_byte min +7ns",
        "response p50 +0ns", "cost +12.5%", "max_in_flight -1%"}) {
    EXPECT_EQ(ChangeLimitText(Parsed(text)), text);
  }
}

TEST(ChangeLimit, WrongTextsSayWhatIsExpected) {
  const std::pair<const char*, const char*> cases[] = {
      {"", "character 1: expected one of: lateness"},
      {"+5%", "expected one of: lateness"},
      {"respnse p99 +5%", "did you mean \"response\"?"},
      {"response +5%", "min, mean, max or a percentile such as p99"},
      {"response p99", "expected a change such as +5% or +20ms, found the end"},
      {"response p99 5%",
       "character 14: expected + or - after response p99, "
       "found \"5%\""},
      {"response p99 < 5ms", "expected + or - after response p99"},
      {"ok p99 +5%", "expected + or - after ok, found \"p99 +5%\""},
      {"response p99 +", "expected a change such as +5%"},
      {"response p99 +5", "expected a change such as +5% or +20ms"},
      {"response p99 +5pp", "expected a change such as +5% or +20ms"},
      {"response p99 +-5%", "expected a change such as +5% or +20ms"},
      {"response p99 +1e3%", "expected a change such as +5% or +20ms"},
      {"response p99 +.5%", "expected a change such as +5% or +20ms"},
      {"response p99 +5% 6%", "expected a change such as +5% or +20ms"},
      {"response p99 +0.5ns", "with at most 0 decimals"},
      {"response p99 +3601s", "at most 3600s"},
      {"response p99 +99999999999999999999999%", "at most 1000000%"},
      {"ok +20ms", "a change such as -5% or -0.5pp"},
      {"ok -101pp", "at most 100pp"},
      {"ok -0.1234567pp", "at most 6 decimals"},
      {"cost +1pp", "a change such as +5%"},
      {"ok -100%", "less than 100%"},
      {"ok \x1b[31m-5%", "expected + or - after ok"},
  };
  for (const auto& [text, error] : cases) {
    EXPECT_THAT(Error(text), HasSubstr(error)) << text;
    EXPECT_EQ(Error(text).find('\x1b'), std::string::npos);
  }
}

TEST(ChangeLimit, AChangeEqualToItIsNotBeyondIt) {
  struct Case {
    const char* limit;
    double before, after;
    bool is_beyond;
  };
  const Case cases[] = {
      {"response p99 +5%", 100e6, 105e6, false},
      {"response p99 +5%", 100e6, 105e6 + 1, true},
      {"response p99 +5%", 100e6, 50e6, false},
      {"response p99 -5%", 100e6, 95e6, false},
      {"response p99 -5%", 100e6, 95e6 - 1, true},
      {"response p99 -5%", 100e6, 200e6, false},
      {"response p99 +0.1%", 3e6, 3'003'000, false},
      {"response p99 +0.1%", 3e6, 3'003'001, true},
      {"response p99 +0%", 3e6, 3e6, false},
      {"response p99 +0%", 3e6, 3e6 + 1, true},
      {"response p99 +5%", 0, 1, true},
      {"response p99 +5%", 0, 0, false},
      {"response p99 -5%", 0, 0, false},
      {"response p99 +20ms", 1, 20'000'001, false},
      {"response p99 +20ms", 1, 20'000'002, true},
      {"ok -0.5pp", 99.9, 99.4, false},
      {"ok -0.5pp", 99.9, 99.399, true},
      {"ok -0.1pp", 0.3, 0.2, false},   // 0.3 - 0.2 is less than 0.1 in doubles
      {"ok -0.1pp", 100, 99.9, false},  // and 100 - 99.9 is more
      {"throttled +0.5pp", 0, 0.5, false},
      {"throttled +0.5pp", 0, 0.50001, true},
      {"ok_rate -10%", 1000, 900, false},
      {"ok_rate -10%", 1000, 899.99, true},
  };
  for (const Case& one : cases) {
    EXPECT_EQ(IsBeyond(Parsed(one.limit), one.before, one.after), one.is_beyond)
        << one.limit << " from " << one.before << " to " << one.after;
  }
}

}  // namespace
}  // namespace invocator
