#include "coordinator/shapes/rate_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "absl/strings/str_cat.h"
#include "coordinator/json/json_reader.h"

namespace invocator {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class RateReaderTest : public ::testing::Test {
 protected:
  // Calls read(fields) for an instance "a" with these members.
  template <typename Read>
  auto With(const std::string& members, Read read) {
    issues_ = WorkloadIssues("w");
    const auto document = ReadJson("w", absl::StrCat("{", members, "}"));
    EXPECT_TRUE(document.ok()) << document.status();
    FieldReader fields(document->root, "a", issues_);
    return read(fields);
  }
  std::optional<RateShape> Rate(const std::string& value) {
    return With(absl::StrCat("\"rate\": ", value),
                [&](FieldReader& fields) { return ReadRate(fields, issues_); });
  }
  std::string RateError(const std::string& value) {
    EXPECT_EQ(Rate(value), std::nullopt);
    return std::string(issues_.ToStatus().message());
  }
  std::optional<GapDistribution> Distribution(const std::string& value) {
    return With(
        absl::StrCat("\"distribution\": ", value),
        [&](FieldReader& fields) { return ReadDistribution(fields, issues_); });
  }
  std::string DistributionError(const std::string& value) {
    EXPECT_FALSE(Distribution(value).has_value());
    return std::string(issues_.ToStatus().message());
  }
  std::optional<Bursts> BurstsOf(const std::string& value) {
    return With(absl::StrCat("\"bursts\": ", value), [&](FieldReader& fields) {
      return ReadBursts(fields, issues_);
    });
  }
  std::vector<Spike> Spikes(const std::string& value) {
    return With(absl::StrCat("\"spikes\": ", value),
                [&](FieldReader& fields) { return ReadSpikes(fields, 10); });
  }
  std::string Errors() { return std::string(issues_.ToStatus().message()); }

  WorkloadIssues issues_{"w"};
};

TEST_F(RateReaderTest, NumberIsAConstantRate) {
  EXPECT_EQ(Rate("2.5"), RateShape(2.5));
  EXPECT_THAT(RateError("-1"), HasSubstr("a number from 0 to 10000000"));
  EXPECT_THAT(RateError("true"), HasSubstr("found true"));
  EXPECT_THAT(RateError("null"), HasSubstr("found null"));
}

TEST_F(RateReaderTest, PointsAreStraightLines) {
  const auto shape = Rate("[[0,10],[60,100],[60,20],[300,20]]");
  ASSERT_TRUE(shape.has_value());
  EXPECT_THAT(shape->points,
              ElementsAre(RatePoint{0, 10}, RatePoint{60, 100},
                          RatePoint{60, 20}, RatePoint{300, 20}));
  EXPECT_EQ(shape->every_s, 0);
}

TEST_F(RateReaderTest, FlatPointsAreAConstantRate) {
  EXPECT_EQ(Rate("[[0, 5]]"), RateShape(5));
  EXPECT_EQ(Rate("[[0, 5], [10, 5], [10, 5]]"), RateShape(5));
  EXPECT_EQ(Rate(R"({"points": [[0, 5], [3, 5]], "every_in_seconds": 4})"),
            RateShape(5));
}

TEST_F(RateReaderTest, RefusesWrongPoints) {
  EXPECT_THAT(RateError("[]"), HasSubstr("expected points [second, calls"));
  EXPECT_THAT(RateError("[[1, 5]]"),
              HasSubstr("the first point at second 0, found [1, 5]"));
  EXPECT_THAT(RateError("[[0, 5], [2, 1], [1, 1]]"),
              HasSubstr("in order of time, found [1, 1] at index 2 after "
                        "[2, 1]"));
  EXPECT_THAT(RateError("[[0, 5], [2, -1]]"),
              HasSubstr("a rate from 0 to 1e+07, found [2, -1] at index 1"));
  EXPECT_THAT(RateError("[[0, 5], [2, 1], [2, 2], [2, 3]]"),
              HasSubstr("at most two points at one second"));
  EXPECT_THAT(RateError("[[0, 5], [2]]"), HasSubstr("found [2] at index 1"));
  EXPECT_THAT(RateError("[[0, 5], [\"2\", 1]]"), HasSubstr("at index 1"));
  EXPECT_THAT(RateError("[0, 5]"), HasSubstr("found 0 at index 0"));
  EXPECT_THAT(RateError("[[0, 5], [1e10, 1]]"), HasSubstr("up to 1e+09"));
}

TEST_F(RateReaderTest, PointsRepeat) {
  const auto shape =
      Rate(R"({"points": [[0, 1], [30, 9]], "every_in_seconds": 60})");
  ASSERT_TRUE(shape.has_value());
  EXPECT_EQ(shape->every_s, 60);
  EXPECT_THAT(
      RateError(R"({"points": [[0, 1], [61, 9]], "every_in_seconds": 60})"),
      HasSubstr("within the period of 60 s, found [61, 9]"));
  EXPECT_THAT(RateError(R"({"points": [[0, 1]]})"),
              HasSubstr("a.rate.every_in_seconds: missing"));
  EXPECT_THAT(RateError(R"({"every_in_seconds": 60})"),
              HasSubstr("a.rate.points: missing"));
  EXPECT_THAT(RateError(R"({"point": [[0, 1]], "every_in_seconds": 60})"),
              HasSubstr("did you mean \"points\""));
  EXPECT_THAT(RateError(R"({"points": 5, "every_in_seconds": 60})"),
              HasSubstr("a.rate.points: expected points"));
}

TEST_F(RateReaderTest, SineIsCompiledToPoints) {
  const auto shape = Rate(
      R"({"mean": 50, "amplitude": 40, "period_in_seconds": 3600, "phase": 0.25})");
  ASSERT_TRUE(shape.has_value());
  ASSERT_EQ(shape->points.size(), 361u);
  EXPECT_EQ(shape->every_s, 3600);
  EXPECT_EQ(shape->points.front(), (RatePoint{0, 90}));
  EXPECT_DOUBLE_EQ(shape->points[180].per_s, 10);
  EXPECT_NEAR(shape->points[90].per_s, 50, 1e-12);
  EXPECT_NEAR(shape->points[30].per_s,
              50 + 40 * std::cos(30 * 3.14159265358979324 / 180), 1e-12);
  EXPECT_EQ(Rate(R"({"mean": 5, "amplitude": 0, "period_in_seconds": 1})"),
            RateShape(5));
  EXPECT_THAT(
      RateError(R"({"mean": 5, "amplitude": 6, "period_in_seconds": 1})"),
      HasSubstr("a.rate.amplitude: expected at most the mean of 5, found 6"));
  EXPECT_THAT(RateError(R"({"mean": 5, "amplitude": 5})"),
              HasSubstr("a.rate.period_in_seconds: missing"));
  EXPECT_THAT(RateError(R"({"mean": 5, "period_in_seconds": 1})"),
              HasSubstr("a.rate.amplitude: missing"));
  EXPECT_THAT(
      RateError(R"({"mean": 9e6, "amplitude": 9e6, "period_in_seconds": 1})"),
      HasSubstr("mean + amplitude up to 10000000"));
}

TEST_F(RateReaderTest, DistributionsHaveTheirParameters) {
  EXPECT_EQ(Distribution("\"Poisson\"")->kind, ArrivalKind::kPoisson);
  EXPECT_EQ(Distribution("\"Uniform\"")->kind, ArrivalKind::kUniform);
  const auto gamma = Distribution(R"({"Gamma": {"cv": 2}})");
  EXPECT_EQ(gamma->kind, ArrivalKind::kGamma);
  EXPECT_EQ(gamma->law.shape, 0.25);
  EXPECT_EQ(Distribution(R"({"Weibull": {"cv": 2}})")->kind,
            ArrivalKind::kWeibull);
  EXPECT_EQ(Distribution(R"({"Lognormal": {"cv": 2}})")->kind,
            ArrivalKind::kLognormal);
  const auto pareto = Distribution(R"({"Pareto": {"alpha": 1.5}})");
  EXPECT_EQ(pareto->kind, ArrivalKind::kPareto);
  EXPECT_EQ(pareto->law.shape, 1.5);
}

TEST_F(RateReaderTest, RefusesWrongDistributions) {
  EXPECT_THAT(DistributionError("\"Gamma\""),
              HasSubstr(R"(its parameter, as in {"Gamma": {"cv": 2}})"));
  EXPECT_THAT(DistributionError("\"Pareto\""), HasSubstr("\"alpha\": 1.5"));
  EXPECT_THAT(DistributionError("\"Poison\""),
              HasSubstr("did you mean \"Poisson\""));
  EXPECT_THAT(DistributionError(R"({"Gama": {"cv": 2}})"),
              HasSubstr("did you mean \"Gamma\""));
  EXPECT_THAT(DistributionError(R"({"Gamma": {"cv": 0}})"),
              HasSubstr("a.distribution.Gamma.cv: expected a number from 0.01 "
                        "to 30, found 0"));
  EXPECT_THAT(DistributionError(R"({"Gamma": {"alpha": 2}})"),
              HasSubstr("a.distribution.Gamma.cv: missing"));
  EXPECT_THAT(DistributionError(R"({"Gamma": 2})"),
              HasSubstr("an object with \"cv\", found 2"));
  EXPECT_THAT(DistributionError(R"({"Pareto": {"alpha": 1}})"),
              HasSubstr("from 1.001 to 1000, found 1"));
  EXPECT_THAT(
      DistributionError(R"({"Gamma": {"cv": 2}, "Weibull": {"cv": 2}})"),
      HasSubstr("with its parameter"));
  EXPECT_THAT(DistributionError("{}"), HasSubstr("with its parameter"));
  EXPECT_THAT(DistributionError("5"), HasSubstr("found 5"));
}

TEST_F(RateReaderTest, BurstsNeedAllTheirMembers) {
  EXPECT_EQ(
      BurstsOf(
          R"({"rate": 200, "mean_on_in_seconds": 2, "mean_off_in_seconds": 30})"),
      (Bursts{200, 2, 30}));
  EXPECT_EQ(BurstsOf(R"({"rate": 200, "mean_on_in_seconds": 2})"),
            std::nullopt);
  EXPECT_THAT(Errors(), HasSubstr("a.bursts.mean_off_in_seconds: missing"));
  EXPECT_EQ(
      BurstsOf(
          R"({"rate": 1, "mean_on_in_seconds": 0, "mean_off_in_seconds": 1})"),
      std::nullopt);
  EXPECT_THAT(Errors(), HasSubstr("from 0.001 to 1000000000, found 0"));
  EXPECT_EQ(BurstsOf("[]"), std::nullopt);
  EXPECT_THAT(Errors(), HasSubstr("an object with rate"));
}

TEST_F(RateReaderTest, SpikesAreSortedAndWhole) {
  EXPECT_THAT(Spikes("[[5, 2], [0, 500], [5, 1]]"),
              ElementsAre(Spike{0, 500}, Spike{5, 2}, Spike{5, 1}));
  EXPECT_THAT(issues_.warnings(), IsEmpty());
  EXPECT_THAT(Spikes("[[5, 2], [10, 1], [11, 1]]"), ::testing::SizeIs(3));
  EXPECT_THAT(issues_.warnings(),
              ElementsAre(HasSubstr("the test ends before 2 of its 3 spikes")));
  for (const char* wrong : {"[[5]]", "[5, 2]", "[[5, 1.5]]", "[[-1, 1]]",
                            "[[1, -1]]", "[[1, 2e9]]", "{}", "[[\"1\", 1]]"}) {
    EXPECT_THAT(Spikes(wrong), IsEmpty());
    EXPECT_THAT(Errors(), HasSubstr("pairs [second, calls]")) << wrong;
  }
}

}  // namespace
}  // namespace invocator
