#include "coordinator/cost/cost_report.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>

namespace invocator {
namespace {

// 1000 requests and 25 GB-s; every number by hand.
Cost Sample() {
  Cost cost;
  cost.applies = true;
  cost.currency = "USD";
  cost.price_date = "2026-01-02";
  cost.price_source = "a bill";
  cost.items = {
      {"a", CostKind::kApiGatewayRequests, 1000, 3'500'000, 3'500'000},
      {"a", CostKind::kLambdaRequests, 1000, 200'000, 200'000},
      {"a", CostKind::kLambdaDuration, 25'600'000, 16'666'700, 416'668}};
  cost.total_nano = 4'116'668;
  cost.requests = 1000;
  cost.not_charged = 7;
  cost.billed = 1000;
  cost.assumptions = {"one", "two"};
  return cost;
}

TEST(CostReport, MoneyHasTwoDecimalsOrThreeDigits) {
  const struct {
    int64_t nano;
    const char* words;
  } kRows[] = {
      {0, "0 USD"},
      {1, "0.000000001 USD"},
      {1234, "0.00000123 USD"},
      {416'667'500, "0.417 USD"},
      {999'499'999, "0.999 USD"},
      {999'500'000, "1.00 USD"},
      {4'116'667'500, "4.12 USD"},
      {1'234'567'000'000, "1234.57 USD"},
      {std::numeric_limits<int64_t>::max(), "9223372036.85 USD"},
  };
  for (const auto& row : kRows) {
    EXPECT_EQ(FormatMoney(row.nano, "USD"), row.words);
  }
}

TEST(CostReport, WordsSayHowMuchIsKnown) {
  Cost cost = Sample();
  EXPECT_EQ(CostWords(cost),
            "0.00412 USD: 1000 requests 0.00370, 25 GB-s 0.000417");
  EXPECT_EQ(PerMillionWords(cost), "4.12 USD");
  cost.billed = 900;
  cost.estimated = 100;
  EXPECT_EQ(CostWords(cost),
            "about 0.00412 USD: 1000 requests 0.00370, 25 GB-s 0.000417 (100 "
            "calls estimated)");
  EXPECT_EQ(PerMillionWords(cost), "~4.12 USD");
  cost.estimated = 0;
  cost.unknown = 100;
  EXPECT_EQ(CostWords(cost),
            "at least 0.00412 USD: 1000 requests 0.00370, 25 GB-s 0.000417");
  EXPECT_EQ(PerMillionWords(cost), ">=4.12 USD");
  cost.items.pop_back();
  cost.total_nano = 3'700'000;
  cost.billed = 0;
  cost.unknown = 1000;
  EXPECT_EQ(CostWords(cost),
            "at least 0.00370 USD: 1000 requests 0.00370, without their GB-s");
  EXPECT_EQ(PerMillionWords(cost), ">=3.70 USD");
  EXPECT_EQ(PerMillionWords(Cost()), "-");
}

TEST(CostReport, AssumptionsAreBrokenIntoLinesOfAHundredColumns) {
  Cost cost;
  EXPECT_EQ(AssumptionLines(cost, "  "), "");
  const std::string forty(40, 'x');
  const std::string long_word(101, 'z');
  cost.assumptions = {forty + " " + forty, std::string(14, 'y'), long_word,
                      "the end"};
  EXPECT_EQ(AssumptionLines(cost, "  "), "  " + forty + " " + forty + "; " +
                                             std::string(14, 'y') + ";\n  " +
                                             long_word + ";\n  the end\n");
  cost.assumptions[1].push_back('y');
  EXPECT_EQ(AssumptionLines(cost, "  "), "  " + forty + " " + forty + ";\n  " +
                                             std::string(15, 'y') + ";\n  " +
                                             long_word + ";\n  the end\n");
}

TEST(CostReport, JsonHasEveryItemAndItsPrice) {
  EXPECT_EQ(CostJson(Sample()), Json::parse(R"({
    "currency": "USD", "total": 0.004116668, "per_million_requests": 4.116668,
    "basis": "exact", "requests": 1000, "not_charged": 7,
    "durations": {"billed": 1000, "estimated": 0, "unknown": 0},
    "items": [
      {"instance": "a", "what": "api_gateway_requests", "requests": 1000,
       "price_per_million": 3.5, "amount": 0.0035},
      {"instance": "a", "what": "lambda_requests", "requests": 1000,
       "price_per_million": 0.2, "amount": 0.0002},
      {"instance": "a", "what": "lambda_duration", "gb_s": 25.0,
       "mb_ms": 25600000, "price_per_gb_s": 0.0000166667,
       "amount": 0.000416668}],
    "assumptions": ["one", "two"],
    "prices": {"date": "2026-01-02", "source": "a bill"}})"));
}

TEST(CostReport, AmountsInJsonHaveNoMoreDigitsThanTheyMean) {
  Cost cost = Sample();
  cost.total_nano = 123'456'789;
  EXPECT_EQ(CostJson(cost)["total"].dump(), "0.123456789");
}

}  // namespace
}  // namespace invocator
