#include "coordinator/books/threshold.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"

namespace invocator {
namespace {

using ::testing::HasSubstr;

// Knows one misspelling.
std::optional<absl::string_view> Nearest(
    absl::string_view word, absl::Span<const absl::string_view> known) {
  for (absl::string_view candidate : known) {
    if (candidate == "response" && word == "respnse") return candidate;
  }
  return std::nullopt;
}

Threshold Parsed(absl::string_view text) {
  absl::StatusOr<Threshold> threshold = ParseThreshold(text, &Nearest);
  EXPECT_TRUE(threshold.ok()) << threshold.status();
  return threshold.value_or(Threshold());
}

std::string ErrorOf(absl::string_view text) {
  const absl::Status status = ParseThreshold(text, &Nearest).status();
  EXPECT_TRUE(absl::IsInvalidArgument(status)) << text;
  return std::string(status.message());
}

TEST(Threshold, OfALatencyHasAnAggregateAndNanoseconds) {
  const Threshold threshold = Parsed("response p99.9 < 300ms");
  EXPECT_EQ(threshold.metric.name, "response");
  EXPECT_EQ(threshold.metric.latency, &Totals::response);
  EXPECT_EQ(threshold.aggregate, Aggregate::kPercentile);
  EXPECT_EQ(threshold.comparison, Comparison::kBelow);
  EXPECT_EQ(threshold.limit, 300e6);
  EXPECT_FALSE(threshold.is_share);
  EXPECT_FALSE(threshold.each || threshold.optional || threshold.abort);
}

TEST(Threshold, UnitsAreDecimal) {
  EXPECT_EQ(Parsed("init mean < 7ns").limit, 7);
  EXPECT_EQ(Parsed("init mean < 0.001us").limit, 1);
  EXPECT_EQ(Parsed("init mean < 1.000001 ms").limit, 1'000'001);
  EXPECT_EQ(Parsed("init mean < 3600s").limit, 3.6e12);
  EXPECT_EQ(Parsed("init mean < 2.50s").limit, 2.5e9);
}

// Compares with literals: the compiler converts the decimal ratios.
TEST(Threshold, PercentilesAreTheDoublesNearestToTheirDecimals) {
  EXPECT_EQ(Parsed("response p50 < 1s").Ratio(), 0.5);
  EXPECT_EQ(Parsed("response p90 < 1s").Ratio(), 0.9);
  EXPECT_EQ(Parsed("response p99 < 1s").Ratio(), 0.99);
  EXPECT_EQ(Parsed("response p99.9 < 1s").Ratio(), 0.999);
  EXPECT_EQ(Parsed("response p99.99 < 1s").Ratio(), 0.9999);
  EXPECT_EQ(Parsed("response p99.999 < 1s").Ratio(), 0.99999);
  EXPECT_EQ(Parsed("response p57.3 < 1s").Ratio(), 0.573);
  EXPECT_EQ(Parsed("response p0.000001 < 1s").Ratio(), 1e-8);
  EXPECT_EQ(Parsed("response p100 < 1s").Ratio(), 1);
}

TEST(Threshold, CountsMayBeShares) {
  EXPECT_FALSE(Parsed("throttled <= 20").is_share);
  EXPECT_EQ(Parsed("throttled <= 20").limit, 20);
  EXPECT_TRUE(Parsed("ok >= 99.9%").is_share);
  EXPECT_EQ(Parsed("ok >= 99.9 %").limit, 99.9);
  EXPECT_EQ(Parsed("sent > 1000000000000000").limit, 1e15);
  EXPECT_EQ(Parsed("sent > 3.0").limit, 3);
}

TEST(Threshold, EveryOutcomeIsAMetric) {
  std::set<absl::string_view> names;
  for (const Metric& metric : Metrics()) {
    EXPECT_TRUE(names.insert(metric.name).second) << metric.name;
  }
  for (size_t i = 0; i < kOutcomes; ++i) {
    const auto outcome = static_cast<Outcome>(i);
    const Threshold threshold =
        Parsed(absl::StrCat(OutcomeName(outcome), " < 1%"));
    EXPECT_EQ(threshold.metric.kind, MetricKind::kOutcome);
    EXPECT_EQ(threshold.metric.outcome, outcome);
  }
}

TEST(Threshold, BlanksAreOptional) {
  const Threshold threshold = Parsed("lateness p99 >= 1.5ms");
  for (const char* text :
       {"lateness p99>=1.5ms", "  lateness\tp99  >=  1.5  ms \t\n",
        "lateness p99 >=1.5 ms"}) {
    EXPECT_EQ(Parsed(text), threshold) << text;
  }
  EXPECT_EQ(Parsed("ok>=99%"), Parsed(" ok  >=  99 % "));
}

TEST(Threshold, ErrorsSayWhatIsWrongAndWhere) {
  const struct {
    const char* text;
    const char* error;
  } kRows[] = {
      {"", "character 1: expected one of: lateness, service, "},
      {"< 3", "character 1: expected one of: lateness, "},
      {"respnse p99 < 3ms",
       "character 1: unknown metric \"respnse\", did you mean \"response\"?"},
      {" latency p99 < 3ms", "character 2: expected one of: lateness, "},
      {"latency p99 < 3ms", "max_in_flight, ok, http_error"},
      {"response",
       "character 9: expected min, mean, max or a percentile such "
       "as p99 after response, found the end"},
      {"response < 3ms",
       "character 10: expected min, mean, max or a "
       "percentile such as p99 after response, found "
       "\"< 3ms\""},
      {"response p(99) < 3ms", "found \"p(99)\""},
      {"response avg < 3ms", "character 10: expected min, mean, max"},
      {"response p < 3ms", "found \"p\""},
      {"response p0 < 3ms",
       "character 10: expected a percentile above p0 and "
       "up to p100, with at most 6 decimals, found "
       "\"p0\""},
      {"response p0.0 < 3ms", "above p0"},
      {"response p100.1 < 3ms", "up to p100"},
      {"response p99.9999999 < 3ms", "at most 6 decimals"},
      {"response p99", "character 13: expected <, <=, > or >=, found the end"},
      {"response p99 == 3ms",
       "character 14: expected <, <=, > or >=, found \"==\""},
      {"response p99 => 3ms", "found \"=>\""},
      {"response p99 3ms", "found \"3ms\""},
      {"response p99 <",
       "character 15: expected a number such as 300 or 0.5, "
       "found the end"},
      {"response p99 < -3ms", "found \"-3ms\""},
      {"response p99 < NaN", "found \"NaN\""},
      {"response p99 < inf s", "expected a number"},
      {"response p99 < .5s", "expected a number"},
      {"response p99 < 5.s", "expected a number"},
      {"response p99 < 1.2.3s", "expected a number"},
      {"response p99 < 300",
       "character 19: expected a unit (ns, us, ms or s) after 300, found the "
       "end"},
      {"response p99 < 300 msec",
       "character 20: expected a unit (ns, us, ms or s) after 300, found "
       "\"msec\""},
      {"response p99 < 3%", "found \"%\""},
      {"response p99 < 1e3ms", "after 1, found \"e3ms\""},
      {"response p99 < 0.5ns",
       "character 16: expected whole nanoseconds, found \"0.5\""},
      {"response p99 < 3600.000000001s", "expected at most 3600s"},
      {"response p99 < 99999999999999999999999s", "expected at most 3600s"},
      {"ok p99 > 3",
       "character 4: expected <, <=, > or >= after ok, which is "
       "not a latency, found \"p99\""},
      {"ok > 3ms", "character 7: expected % or nothing after 3, found \"ms\""},
      {"ok > 3% of all", "found \"% of all\""},
      {"ok > 100.1%", "expected at most 100%, found \"100.1\""},
      {"ok > 1.0000001%", "expected at most 6 decimals"},
      {"ok > 2.5", "expected a whole number, found \"2.5\""},
      {"ok > 1000000000000001", "expected at most 1000000000000000"},
      {"sent_rate > 3%", "expected nothing after 3, found \"%\""},
      {"sent_rate > 3/s", "expected nothing after 3, found \"/s\""},
      {"cost < 1000000000.5", "expected at most 1000000000"},
      {"cost < 0.0000000001", "expected at most 9 decimals"},
      {"max_in_flight < 1.5", "expected a whole number"},
  };
  for (const auto& [text, error] : kRows) {
    const std::string message = ErrorOf(text);
    EXPECT_THAT(message, HasSubstr(error)) << text;
    EXPECT_THAT(message, ::testing::StartsWith(absl::StrCat("\"", text, "\"")));
  }
}

TEST(Threshold, ErrorsCountCharactersAndStayShort) {
  EXPECT_THAT(ErrorOf("\xC3\xA4\xC3\xB6 p99 < 3ms"), HasSubstr("character 1:"));
  EXPECT_THAT(ErrorOf("ok > 3\xC3\xA4 \xC3\xB6"), HasSubstr("character 7:"));
  EXPECT_THAT(ErrorOf("ok \xE2\x89\xA5 3"), HasSubstr("character 4:"));
  for (const std::string& part :
       {std::string("x"), std::string("\nx"), std::string("9"),
        std::string(1, '\0'), std::string("<"), std::string("\xFF")}) {
    std::string text = "ok > 1";
    for (int i = 0; i < 100'000; ++i) text += part;
    EXPECT_LT(ErrorOf(text).size(), 800u);
    EXPECT_EQ(ErrorOf(text).find('\n'), std::string::npos);
  }
}

TEST(Threshold, TextIsCanonical) {
  const struct {
    const char* text;
    const char* canonical;
  } kRows[] = {
      {"response p99<300ms", "response p99 < 300ms"},
      {"response p099.90 < 0.3 s", "response p99.9 < 300ms"},
      {"response max <= 1500us", "response max <= 1.5ms"},
      {"response min >= 0ns", "response min >= 0s"},
      {"response mean > 1.000000001s", "response mean > 1.000000001s"},
      {"response p0.000001 < 999ns", "response p0.000001 < 999ns"},
      {"ok>=099.90%", "ok >= 99.9%"},
      {"sent < 1000000000000000", "sent < 1000000000000000"},
      {"cost < 0.000000001", "cost < 0.000000001"},
  };
  for (const auto& [text, canonical] : kRows) {
    EXPECT_EQ(CheckText(Parsed(text)), canonical);
    EXPECT_EQ(Parsed(canonical), Parsed(text));
  }
  EXPECT_EQ(SubjectText(Parsed("response p99 < 3s")), "response p99");
  EXPECT_EQ(LimitText(Parsed("ok >= 3 %")), ">= 3%");
}

TEST(Threshold, TextOfAnyParsesToAnEqualOne) {
  std::mt19937_64 random(7);
  const auto below = [&](uint64_t bound) { return random() % bound; };
  for (int i = 0; i < 5'000; ++i) {
    Threshold threshold;
    threshold.metric = Metrics()[below(Metrics().size())];
    threshold.comparison = static_cast<Comparison>(below(4));
    if (threshold.metric.kind == MetricKind::kLatency) {
      threshold.aggregate = static_cast<Aggregate>(1 + below(4));
      if (threshold.aggregate == Aggregate::kPercentile) {
        threshold.percentile_millionths =
            static_cast<uint32_t>(1 + below(100'000'000));
      }
      threshold.limit = static_cast<double>(below(3'600'000'000'001));
    } else if (threshold.metric.IsCount() && below(2) == 0) {
      threshold.is_share = true;
      threshold.limit = static_cast<double>(below(100'000'001)) / 1e6;
    } else {
      threshold.limit = static_cast<double>(below(1'000'000'001));
    }
    EXPECT_EQ(Parsed(CheckText(threshold)), threshold) << CheckText(threshold);
  }
}

TEST(Threshold, AbortsOnWhatIsKnownBySecond) {
  std::vector<std::string> unknown;
  for (const Metric& metric : Metrics()) {
    if (!metric.IsKnownBySecond()) unknown.emplace_back(metric.name);
  }
  EXPECT_THAT(unknown, ::testing::UnorderedElementsAre(
                           "cold_service", "cold_response", "warm_service",
                           "warm_response", "init", "blocked", "sent", "unsent",
                           "lost", "sent_rate", "cost"));
}

}  // namespace
}  // namespace invocator
