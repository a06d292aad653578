#include "coordinator/report/threshold_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cctype>
#include <cmath>
#include <optional>
#include <random>
#include <string>
#include <utility>

#include "absl/numeric/int128.h"
#include "absl/strings/str_cat.h"
#include "common/words/foreign_text.h"
#include "tests/support/thresholds.h"

namespace invocator {
namespace {

using ::testing::HasSubstr;

std::string TextOf(absl::string_view check, const Totals& totals) {
  return MeasuredText(Judge(ParsedThreshold(check), {totals}));
}

Totals Answered(uint64_t ok, uint64_t throttled) {
  Totals totals;
  totals.planned = totals.sent = ok + throttled;
  totals.outcomes[static_cast<size_t>(Outcome::kOk)] = ok;
  totals.outcomes[static_cast<size_t>(Outcome::kThrottled)] = throttled;
  return totals;
}

TEST(ThresholdText, ThreeDigitsAreEnoughFarFromTheLimit) {
  const struct {
    int64_t ns;
    const char* text;
  } kRows[] = {{0, "0 ns"},
               {7, "7.00 ns"},
               {511, "511 ns"},
               {1'234, "1.23 us"},
               {9'996, "10.0 us"},
               {212'345'678, "212 ms"},
               {999'600'000, "1.00 s"},
               {3'599'000'000'000, "3599 s"}};
  for (const auto& [ns, text] : kRows) {
    Totals totals;
    totals.response.Add(ns);
    EXPECT_EQ(TextOf("response max < 3600s", totals),
              absl::StrCat(text, " (1 call)"));
  }
}

TEST(ThresholdText, NearTheLimitThereAreAsManyDigitsAsTellThemApart) {
  Totals totals;
  totals.response.Add(300'000'001);
  EXPECT_EQ(TextOf("response max < 300ms", totals), "300.000001 ms (1 call)");
  EXPECT_EQ(TextOf("response max <= 300.000001ms", totals),
            "300.000001 ms (1 call)");
  EXPECT_EQ(TextOf("response max < 300.1ms", totals), "300 ms (1 call)");
  EXPECT_EQ(TextOf("response max < 299ms", totals), "300 ms (1 call)");
}

TEST(ThresholdText, SharesShowTheirCounts) {
  EXPECT_EQ(TextOf("ok >= 99.9%", Answered(29'961, 39)),
            "99.87 % (29961 of 30000)");
  EXPECT_EQ(TextOf("ok >= 99.9%", Answered(29'970, 30)),
            "99.90 % (29970 of 30000)");
  EXPECT_EQ(TextOf("ok >= 99.9%", Answered(29'969'999, 30'001)),
            "99.899997 % (29969999 of 30000000)");
  EXPECT_EQ(TextOf("ok >= 100%", Answered(999'999, 1)),
            "99.9999 % (999999 of 1000000)");
  EXPECT_EQ(TextOf("throttled > 0%", Answered(999'999, 1)),
            "0.0001 % (1 of 1000000)");
  EXPECT_EQ(TextOf("ok > 1", Answered(2, 1)), "2 (of 3)");
}

TEST(ThresholdText, ScalarsHaveTheirUnit) {
  const Totals none;
  const Measured measured{.totals = none,
                          .sent_rate = 102.44,
                          .ok_rate = 99.999999,
                          .cost = 0.000123456,
                          .max_in_flight = 64};
  const auto text_of = [&](absl::string_view check) {
    return MeasuredText(Judge(ParsedThreshold(check), measured));
  };
  EXPECT_EQ(text_of("sent_rate > 3"), "102/s");
  EXPECT_EQ(text_of("sent_rate > 102.5"), "102/s");
  EXPECT_EQ(text_of("sent_rate > 102.4"), "102.44/s");
  EXPECT_EQ(text_of("ok_rate >= 100"), "99.999999/s");
  EXPECT_EQ(text_of("cost < 1"), "0.000123");
  EXPECT_EQ(text_of("max_in_flight <= 64"), "64");
}

TEST(ThresholdText, WithoutDataItSaysWhatIsMissing) {
  const Totals none;
  EXPECT_EQ(TextOf("init p99 < 1s", none), "no calls");
  EXPECT_EQ(TextOf("ok > 1", none), "no calls sent");
  EXPECT_EQ(TextOf("dropped < 1", none), "no calls planned");
  EXPECT_EQ(TextOf("cold < 1%", none), "no calls known to be cold or warm");
  EXPECT_EQ(TextOf("cost < 1", none), "not known");
  Threshold threshold = ParsedThreshold("cost < 1");
  threshold.optional = true;
  const ThresholdResult result = Judge(threshold, {none});
  EXPECT_EQ(MeasuredText(result), "not known, optional");
  EXPECT_EQ(ValueText(result), "");
}

TEST(ThresholdText, TooFewCallsAreNoted) {
  Totals totals;
  totals.response.Add(1'000'000, 367);
  EXPECT_EQ(TextOf("response p99 < 1s", totals),
            "1.00 ms (367 calls, too few: 95 % confidence needs 368)");
  totals.response.Add(1'000'000);
  EXPECT_EQ(TextOf("response p99 < 1s", totals), "1.00 ms (368 calls)");
}

// A decimal number in units of 10^-20, and the text after it: an oracle without
// doubles.
std::optional<std::pair<absl::uint128, absl::string_view>> Read(
    absl::string_view text) {
  constexpr size_t kDecimals = 20;
  absl::uint128 scaled = 0;
  size_t at = 0;
  size_t decimals = 0;
  bool behind_point = false;
  for (; at < text.size(); ++at) {
    if (text[at] == '.') {
      behind_point = true;
    } else if (std::isdigit(static_cast<unsigned char>(text[at]))) {
      if (behind_point && ++decimals > kDecimals) return std::nullopt;
      scaled = scaled * 10 + static_cast<uint64_t>(text[at] - '0');
    } else {
      break;
    }
  }
  for (; decimals < kDecimals; ++decimals) scaled *= 10;
  return std::make_pair(scaled, text.substr(at));
}

absl::uint128 InNanosecondsOrPlain(absl::string_view text) {
  const auto read = Read(text);
  EXPECT_TRUE(read) << text;
  if (!read) return 0;
  for (const auto& [unit, ns] :
       {std::pair<const char*, uint64_t>{"s", 1'000'000'000},
        {"ms", 1'000'000},
        {"us", 1'000}}) {
    if (absl::StrCat(" ", unit) == read->second || unit == read->second) {
      return read->first * ns;
    }
  }
  return read->first;
}

// Whether printed value and printed limit compare as the result says.
void ExpectPrintedIsJudged(const ThresholdResult& result) {
  ASSERT_TRUE(result.value.has_value());
  const std::string limit_text = LimitText(result.threshold);
  const absl::uint128 limit =
      InNanosecondsOrPlain(limit_text.substr(limit_text.find(' ') + 1));
  const absl::uint128 value = InNanosecondsOrPlain(ValueText(result));
  bool met = false;
  switch (result.threshold.comparison) {
    case Comparison::kBelow:
      met = value < limit;
      break;
    case Comparison::kAtMost:
      met = value <= limit;
      break;
    case Comparison::kAbove:
      met = value > limit;
      break;
    case Comparison::kAtLeast:
      met = value >= limit;
      break;
  }
  EXPECT_EQ(met, result.state == ThresholdState::kMet)
      << CheckText(result.threshold) << ": " << ValueText(result);
}

class PrintedNumber : public ::testing::Test {
 protected:
  uint64_t Below(uint64_t bound) { return random_() % bound; }
  Comparison AnyComparison() { return static_cast<Comparison>(Below(4)); }

  std::mt19937_64 random_{11};
};

TEST_F(PrintedNumber, OfALatencyIsTheJudgedOne) {
  for (int i = 0; i < 10'000; ++i) {
    Totals totals;
    const auto ns = static_cast<int64_t>(
        std::pow(10.0, static_cast<double>(Below(12'500)) / 1000));
    totals.response.Add(ns);
    if (Below(2) == 0) totals.response.Add(ns + 1, 1 + Below(1'000));
    Threshold threshold = ParsedThreshold("response mean < 1s");
    threshold.comparison = AnyComparison();
    if (Below(2) == 0) threshold.aggregate = Aggregate::kMax;
    threshold.limit = std::max(
        0.0, static_cast<double>(ns) + static_cast<double>(Below(7)) - 3);
    if (Below(4) == 0) threshold.limit = std::floor(threshold.limit * 1.001);
    ExpectPrintedIsJudged(Judge(threshold, {totals}));
  }
}

TEST_F(PrintedNumber, OfAShareIsTheJudgedOne) {
  for (int i = 0; i < 10'000; ++i) {
    const uint64_t sent = 1 + Below(Below(2) == 0 ? 100 : 10'000'000'000);
    Threshold threshold = ParsedThreshold("ok < 1%");
    threshold.comparison = AnyComparison();
    const uint64_t limit = Below(100'000'001);
    threshold.limit = static_cast<double>(limit) / 1e6;
    // At the limit, or next to it.
    const auto nearest =
        absl::Uint128Low64(absl::uint128(sent) * limit / 100'000'000);
    const uint64_t ok = std::min(sent, nearest + Below(2));
    ExpectPrintedIsJudged(Judge(threshold, {Answered(ok, sent - ok)}));
  }
}

TEST_F(PrintedNumber, OfAScalarIsTheJudgedOne) {
  const Totals none;
  for (int i = 0; i < 10'000; ++i) {
    Threshold threshold = ParsedThreshold("sent_rate < 1");
    threshold.comparison = AnyComparison();
    threshold.limit =
        static_cast<double>(1'000'000 + Below(1'000'000'000)) / 1e6;
    double rate = threshold.limit;
    for (uint64_t steps = Below(3); steps > 0; --steps) {
      rate = std::nextafter(rate, Below(2) == 0 ? 0 : 1e9);
    }
    if (Below(4) == 0) rate *= 1.0001;
    ExpectPrintedIsJudged(
        Judge(threshold, {.totals = none, .sent_rate = rate}));
  }
}

TEST(ThresholdLines, FailingOnesAreFirstAndLoud) {
  Totals totals = Answered(29'985, 15);
  totals.response.Add(412'000'000, 30'000);
  std::vector<ThresholdResult> results;
  for (const char* check :
       {"ok >= 99.9%", "response p99 < 300ms", "init p95 < 2s"}) {
    results.push_back(Judge(ParsedThreshold(check), {totals}));
  }
  results[0].instance = "check\x1B[31mout";
  results[2].threshold.optional = true;
  results.push_back(results[2]);
  results[3].threshold.optional = false;
  EXPECT_EQ(ThresholdLines(results),
            "thresholds   1 of 4 met, 1 optional without data\n"
            "  MISSED     run            response p99 < 300ms  412 ms (30000 "
            "calls)\n"
            "  NO DATA    run            init p95 < 2s         no calls\n"
            "  met        check\xEF\xBF\xBD[31mout  ok >= 99.9%           "
            "99.95 % (29985 of 30000)\n"
            "  no data    run            init p95 < 2s         no calls, "
            "optional\n");
  EXPECT_EQ(ThresholdLines({}), "");
}

TEST(ThresholdLines, ManyAreSummedUp) {
  const Totals totals = Answered(1, 0);
  std::vector<ThresholdResult> results(
      45, Judge(ParsedThreshold("ok > 0"), {totals}));
  results.push_back(Judge(ParsedThreshold("ok > 1"), {totals}));
  const std::string text = ThresholdLines(results);
  EXPECT_THAT(text, HasSubstr("thresholds   45 of 46 met\n  MISSED "));
  EXPECT_THAT(text, HasSubstr("\n  ... and 6 thresholds more, see "
                              "summary.json\n"));
}

}  // namespace
}  // namespace invocator
