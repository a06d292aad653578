#include "coordinator/cost/price_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "coordinator/text/text_file.h"
#include "tests/support/source_path.h"
#include "tests/support/temp_dir.h"

namespace invocator {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr char kTable[] = R"({
  "currency": "EUR", "date": "2026-02-28", "source": "a bill",
  "assume": {"architecture": "arm64", "api_gateway": "http"},
  "default_region": "r-1",
  "regions": {
    "r-1": {"lambda_requests_per_million": 0.25,
            "lambda_gb_second": {"x86_64": 0.0000166667, "arm64": 1.5e-5},
            "api_gateway_requests_per_million": {"rest": 3.5, "http": 1}},
    "r-2": {"lambda_requests_per_million": 0,
            "lambda_gb_second": {"arm64": 1},
            "api_gateway_requests_per_million": {"http": 1000000}}
  }})";

std::vector<std::string> Errors(absl::string_view text) {
  const absl::StatusOr<PriceTable> table = ParsePrices(text, "p.json");
  EXPECT_EQ(table.status().code(), absl::StatusCode::kInvalidArgument) << text;
  return absl::StrSplit(std::string(table.status().message()), '\n');
}

// What is wrong with the table in which `from` is replaced by `to`.
std::vector<std::string> ErrorsWith(absl::string_view from,
                                    absl::string_view to) {
  EXPECT_THAT(kTable, HasSubstr(std::string(from)));
  return Errors(absl::StrReplaceAll(kTable, {{from, to}}));
}

TEST(PriceTable, HoldsThePricesOfWhatItAssumes) {
  const absl::StatusOr<PriceTable> table = ParsePrices(kTable, "p.json");
  ASSERT_TRUE(table.ok()) << table.status();
  EXPECT_EQ(table->currency, "EUR");
  EXPECT_EQ(table->date, "2026-02-28");
  EXPECT_EQ(table->source, "a bill");
  EXPECT_EQ(table->architecture, "arm64");
  EXPECT_EQ(table->api_gateway, "http");
  EXPECT_EQ(table->Of("r-1"), (RegionPrices{250'000, 15'000'000, 1'000'000}));
  EXPECT_EQ(table->Of("r-2"),
            (RegionPrices{0, 1'000'000'000'000, 1'000'000'000'000}));
}

TEST(PriceTable, ARegionWithoutPricesTakesThoseOfTheDefault) {
  const PriceTable table = *ParsePrices(kTable, "p.json");
  EXPECT_EQ(table.Of("elsewhere"), table.Of("r-1"));
  EXPECT_EQ(table.Of(""), table.Of("r-1"));
}

TEST(PriceTable, TheBuiltInOneIsTheFileInTheTree) {
  EXPECT_EQ(BuiltInPrices(),
            *ReadTextFile(SourcePath("coordinator/cost/prices.json"), 1 << 20));
  const absl::StatusOr<PriceTable> table = LoadPrices("");
  ASSERT_TRUE(table.ok()) << table.status();
  // AWS's list prices, as of the table's date.
  EXPECT_EQ(table->currency, "USD");
  EXPECT_EQ(table->Of("us-east-1"),
            (RegionPrices{200'000, 16'666'700, 3'500'000}));
}

TEST(PriceTable, WhatIsWrongIsNamedWithPathValueAndExpectation) {
  EXPECT_THAT(
      ErrorsWith("\"EUR\"", "\"euro\""),
      ElementsAre("p.json: currency: expected three upper-case letters, as "
                  "USD, found \"euro\""));
  EXPECT_THAT(ErrorsWith("2026-02-28", "2026-02-30"),
              ElementsAre("p.json: date: expected a date as 2026-09-20, found "
                          "\"2026-02-30\""));
  EXPECT_THAT(ErrorsWith("\"a bill\"", "17"),
              ElementsAre("p.json: source: expected a string, found 17"));
  EXPECT_THAT(ErrorsWith("\"arm64\",", "\"arm\","),
              ElementsAre("p.json: assume.architecture: expected \"x86_64\" or "
                          "\"arm64\", found \"arm\", did you mean \"arm64\"?"));
  EXPECT_THAT(ErrorsWith("0.25", "-0.25"),
              ElementsAre("p.json: regions.r-1.lambda_requests_per_million: "
                          "expected a number from 0 to 1000000, found -0.25"));
  EXPECT_THAT(
      ErrorsWith("{\"arm64\": 1}", "{\"arm64\": \"1\"}"),
      ElementsAre("p.json: regions.r-2.lambda_gb_second.arm64: expected a "
                  "number from 0 to 1, found \"1\""));
  EXPECT_THAT(
      ErrorsWith("\"default_region\": \"r-1\"", "\"default_region\": \"r-3\""),
      ElementsAre("p.json: default_region: expected one of the regions with "
                  "prices below, found \"r-3\""));
}

TEST(PriceTable, APriceThatIsAssumedMustBeThere) {
  EXPECT_THAT(
      ErrorsWith("{\"arm64\": 1}", "{\"x86_64\": 1}"),
      ElementsAre("p.json: regions.r-2.lambda_gb_second.arm64: missing, "
                  "expected a price from 0 to 1, as \"assume\" names it"));
  EXPECT_THAT(
      ErrorsWith("{\"http\": 1000000}", "{}"),
      ElementsAre("p.json: regions.r-2.api_gateway_requests_per_million: "
                  "expected an object with a price of \"rest\" or \"http\", "
                  "found {}"));
}

TEST(PriceTable, UnknownAndRepeatedKeysAreErrors) {
  EXPECT_THAT(ErrorsWith("\"currency\"", "\"curency\""),
              ElementsAre("p.json: currency: missing, expected three "
                          "upper-case letters, as USD",
                          "p.json: curency: unknown key, did you mean "
                          "\"currency\"? (found \"EUR\")"));
  EXPECT_THAT(
      ErrorsWith("\"rest\": 3.5", "\"websocket\": 1"),
      ElementsAre("p.json: regions.r-1.api_gateway_requests_per_million."
                  "websocket: unknown key, expected one of: rest, http (found "
                  "1)"));
  EXPECT_THAT(ErrorsWith("\"date\"", "\"currency\": \"USD\", \"date\""),
              ElementsAre("p.json: currency: is there twice, expected every "
                          "key once"));
}

TEST(PriceTable, EverythingMissingIsToldAtOnce) {
  EXPECT_EQ(Errors("{}").size(), 6u);
  EXPECT_THAT(Errors(R"({"currency": 1, "regions": {"R": 2}})"),
              ::testing::Contains("p.json: regions.R: expected an object of "
                                  "prices, found 2"));
}

TEST(PriceTable, WhatIsNoTableIsRefused) {
  EXPECT_THAT(Errors("[]"),
              ElementsAre("p.json: expected an object, found []"));
  EXPECT_THAT(Errors("").front(), HasSubstr("p.json:1:1: "));
  EXPECT_THAT(Errors("{\"currency\": USD}").front(), HasSubstr("p.json:1:14:"));
  EXPECT_THAT(Errors("{\"currency\": \"\xff\"}").front(),
              HasSubstr("p.json:1:15:"));
  EXPECT_THAT(ErrorsWith("0.25", "1e999").front(), HasSubstr("too large"));
}

TEST(PriceTable, AFileThatCannotBeReadIsNamed) {
  const TempDir dir;
  const absl::Status status = LoadPrices(dir.Path("none.json")).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), HasSubstr("none.json"));
}

}  // namespace
}  // namespace invocator
