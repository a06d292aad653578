#include "coordinator/shapes/mix_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "coordinator/json/json_reader.h"

namespace invocator {
namespace {

using ::testing::HasSubstr;

class MixReaderTest : public ::testing::Test {
 protected:
  Mix Read(const std::string& mix, const std::string& instances = kThree) {
    issues_ = WorkloadIssues("w");
    const auto document = ReadJson(
        "w",
        absl::StrCat("{\"mix\": ", mix, ", \"instances\": ", instances, "}"));
    EXPECT_TRUE(document.ok()) << document.status();
    FieldReader fields(document->root, "", issues_);
    return Mix::Read(fields, issues_);
  }
  std::string Error(const std::string& mix,
                    const std::string& instances = kThree) {
    Read(mix, instances);
    return std::string(issues_.ToStatus().message());
  }
  static double PerS(const Mix& mix, const std::string& name) {
    const auto rate = mix.RateOf(name);
    return rate ? rate->first_per_s() : -1;
  }

  static constexpr char kThree[] =
      R"({"a": {}, "own": {"rate": 5}, "b": {}, "list":
          {"interarrivals_list": []}, "c": {}, "file": {"arrivals": {}}})";
  WorkloadIssues issues_{"w"};
};

// By Python: w = [k**-1.1 for k in (1, 2, 3)]; [100 * x / sum(w) for x in w]
TEST_F(MixReaderTest, ZipfFallsInTheFilesOrder) {
  const Mix mix = Read(R"({"rate": 100, "zipf": 1.1})");
  EXPECT_EQ(issues_.ToStatus(), absl::OkStatus());
  EXPECT_NEAR(PerS(mix, "a"), 56.65178921, 1e-7);
  EXPECT_NEAR(PerS(mix, "b"), 26.42899418, 1e-7);
  EXPECT_NEAR(PerS(mix, "c"), 16.91921660, 1e-7);
  EXPECT_NEAR(PerS(mix, "a") + PerS(mix, "b") + PerS(mix, "c"), 100, 1e-9);
  for (const char* other : {"own", "list", "file", "none"}) {
    EXPECT_EQ(mix.RateOf(other), std::nullopt) << other;
  }
}

TEST_F(MixReaderTest, SharesAreEqualWithoutZipfAndWeights) {
  const Mix mix = Read(R"({"rate": [[0, 3], [10, 6]]})");
  const auto rate = mix.RateOf("b");
  ASSERT_TRUE(rate.has_value());
  ASSERT_EQ(rate->points.size(), 2u);
  EXPECT_DOUBLE_EQ(rate->points[0].per_s, 1);
  EXPECT_DOUBLE_EQ(rate->points[1].per_s, 2);
}

TEST_F(MixReaderTest, WeightsNameTheShares) {
  const Mix mix = Read(R"({"rate": 12, "weights": {"c": 3, "a": 1, "b": 0}})");
  EXPECT_EQ(issues_.ToStatus(), absl::OkStatus());
  EXPECT_EQ(PerS(mix, "a"), 3);
  EXPECT_EQ(PerS(mix, "b"), 0);
  EXPECT_EQ(PerS(mix, "c"), 9);
}

TEST_F(MixReaderTest, WeightsNameTheTakersAndNobodyElse) {
  EXPECT_THAT(Error(R"({"rate": 1, "weights": {"a": 1, "b": 1}})"),
              HasSubstr("mix.weights.c: missing, expected its weight"));
  EXPECT_THAT(
      Error(R"({"rate": 1, "weights": {"a": 1, "b": 1, "c": 1, "own": 1}})"),
      HasSubstr("mix.weights.own: expected an instance that names no rate"));
  EXPECT_THAT(Error(R"({"rate": 1, "weights": {"a": 0, "b": 0, "c": 0}})"),
              HasSubstr("at least one weight above 0"));
  EXPECT_THAT(Error(R"({"rate": 1, "weights": {"a": -1, "b": 1, "c": 1}})"),
              HasSubstr("mix.weights.a: expected a number from 0"));
  EXPECT_THAT(Error(R"({"rate": 1, "weights": []})"),
              HasSubstr("an object of instances"));
  EXPECT_THAT(
      Error(R"({"rate": 1, "zipf": 1, "weights": {"a": 1, "b": 1, "c": 1}})"),
      HasSubstr("zipf or weights, found both"));
}

// Also with names that no weight is right for, which each look for another.
TEST_F(MixReaderTest, TakesManyInstancesInTheirNumbersTime) {
  std::string instances = "{";
  std::string weights = "{";
  for (int i = 0; i < 20'000; ++i) {
    const char* comma = i > 0 ? "," : "";
    absl::StrAppend(&instances, comma, "\"i", i, "\": {}");
    absl::StrAppend(&weights, comma, "\"i", i + (i > 19'000 ? 50'000 : 0),
                    "\": 1");
  }
  absl::StrAppend(&instances, "}");
  absl::StrAppend(&weights, "}");
  EXPECT_THAT(
      Error(absl::StrCat(R"({"rate": 1, "weights": )", weights, "}"),
            instances),
      HasSubstr("mix.weights.i69001: expected an instance that names no rate"));
}

TEST_F(MixReaderTest, BoundsThePointsOfAllItsTakers) {
  std::string instances = "{\"a\": {}";
  for (int i = 0; i < 6'000; ++i) {
    absl::StrAppend(&instances, ",\"i", i, "\": {}");
  }
  absl::StrAppend(&instances, "}");
  constexpr char kSine[] =
      R"({"rate": {"mean": 5, "amplitude": 5, "period_in_seconds": 9}})";
  EXPECT_THAT(Error(kSine, instances),
              HasSubstr("mix.rate: 361 points for each of 6001 instances, "
                        "expected at most 2000000 points in a workload"));
  EXPECT_TRUE(Read(kSine).RateOf("a").has_value());
}

TEST_F(MixReaderTest, RefusesAMixWithoutRateOrTakers) {
  EXPECT_THAT(Error("{}"), HasSubstr("mix.rate: missing"));
  EXPECT_THAT(Error("5"), HasSubstr("an object with a rate"));
  EXPECT_THAT(Error(R"({"rate": 1})", R"({"a": {"rate": 1}})"),
              HasSubstr("every instance has its own rate or arrivals"));
  EXPECT_THAT(Error(R"({"rate": 1, "zip": 1})"),
              HasSubstr("did you mean \"zipf\""));
  EXPECT_THAT(Error(R"({"rate": 1, "zipf": 11})"), HasSubstr("from 0 to 10"));
  // A missing rate of an instance is then no second error.
  EXPECT_TRUE(Read("5").given());
}

}  // namespace
}  // namespace invocator
