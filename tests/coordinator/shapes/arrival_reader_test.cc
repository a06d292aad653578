#include "coordinator/shapes/arrival_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "common/plan/plan.h"
#include "coordinator/json/json_reader.h"

namespace invocator {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class ArrivalReaderTest : public ::testing::Test {
 protected:
  // Reads the members of an instance of a test of 10 s.
  ArrivalSpec Read(const std::string& members,
                   std::optional<double> duration_s = 10) {
    issues_ = WorkloadIssues("w");
    const auto document = ReadJson("w", absl::StrCat("{", members, "}"));
    EXPECT_TRUE(document.ok()) << document.status();
    FieldReader fields(document->root, "a", issues_);
    ArrivalContext context{.seed = 7, .duration_s = duration_s};
    return ReadArrivals(fields, "a", context, issues_);
  }

  std::string Error(const std::string& members) {
    Read(members);
    return std::string(issues_.ToStatus().message());
  }

  WorkloadIssues issues_{"w"};
};

TEST_F(ArrivalReaderTest, RatesMayBeZeroAndAsHighAsTheLimit) {
  EXPECT_EQ(Read(R"("distribution": "Uniform", "rate": 0)").rate, 0);
  EXPECT_EQ(issues_.ToStatus(), absl::OkStatus());
  EXPECT_EQ(Read(R"("distribution": "Poisson", "rate": 10000000)").rate,
            10'000'000);
  EXPECT_EQ(issues_.ToStatus(), absl::OkStatus());
  EXPECT_THAT(Error(R"("distribution": "Poisson", "rate": 10000000.001)"),
              HasSubstr("a number from 0 to 10000000, found 10000000.001"));
  EXPECT_THAT(Error(R"("distribution": "Poisson", "rate": -1e-9)"),
              HasSubstr("from 0 to"));
  EXPECT_THAT(Error(R"("distribution": "Poisson", "rate": "5")"),
              HasSubstr("found \"5\""));
}

TEST_F(ArrivalReaderTest, DistributionsAreTakenByName) {
  EXPECT_EQ(Read(R"("distribution": "Uniform", "rate": 1)").kind,
            ArrivalKind::kUniform);
  EXPECT_EQ(Read(R"("distribution": "Poisson", "rate": 1)").kind,
            ArrivalKind::kPoisson);
  EXPECT_THAT(Error(R"("rate": 1)"), HasSubstr("a.distribution: missing"));
  EXPECT_THAT(Error(R"("distribution": "Uniform")"),
              HasSubstr("a.rate: missing, expected invocations per second"));
  EXPECT_EQ(Error(""),
            "w: a.distribution: missing, expected a distribution such as "
            "\"Poisson\", an interarrivals_list or arrivals");
}

TEST_F(ArrivalReaderTest, AYearOfMillisecondsIsRefused) {
  const auto error = [&](const std::string& members) {
    Read(absl::StrCat("\"distribution\": \"Poisson\", ", members),
         kMaxDurationS);
    return std::string(issues_.ToStatus().message());
  };
  EXPECT_THAT(error(R"("rate": {"points": [[0, 1], [0.0005, 2]],
                                "every_in_seconds": 0.001})"),
              HasSubstr("a.rate: a rate of some 6.32e+10 straight lines and "
                        "stays of bursts in 31622400 s, expected at most "
                        "1e+09"));
  EXPECT_THAT(error(R"("bursts": {"rate": 1, "mean_on_in_seconds": 0.001,
                                  "mean_off_in_seconds": 0.001})"),
              HasSubstr("a.bursts: a rate of some 3.16e+10 straight lines"));
}

TEST_F(ArrivalReaderTest, WindowsLieWithinTheTest) {
  const auto with = [](const std::string& window) {
    return absl::StrCat(R"("distribution": "Uniform", "rate": 1,
                           "activity_window": )",
                        window);
  };
  ArrivalSpec spec = Read(with("[0, 10]"));
  EXPECT_EQ(issues_.ToStatus(), absl::OkStatus());
  EXPECT_EQ(spec.window_start_s, 0);
  EXPECT_EQ(spec.window_end_s, 10);
  spec = Read(with("[2.5, 2.6]"));
  EXPECT_EQ(spec.window_start_s, 2.5);
  EXPECT_EQ(spec.window_end_s, 2.6);
  spec = Read(with("null"));
  EXPECT_EQ(spec.window_start_s, 0);
  EXPECT_EQ(spec.window_end_s, 10);
  EXPECT_THAT(Error(with("[0, 10.001]")),
              HasSubstr("an end within the test's 10 s, found [0,10.001]"));
  for (const char* window : {"[-0.001, 1]", "[1, 1]", "[2, 1]"}) {
    EXPECT_THAT(Error(with(window)), HasSubstr("0 <= start < end")) << window;
  }
  for (const char* window :
       {"[]", "[1]", "[1, 2, 3]", "[\"1\", 2]", "[1, \"2\"]", "5", "{}"}) {
    EXPECT_THAT(Error(with(window)), HasSubstr("[start, end] in seconds"))
        << window;
  }
  // Of a test whose duration is wrong itself nothing more is said.
  Read(with("[0, 31622400]"), std::nullopt);
  EXPECT_EQ(issues_.ToStatus(), absl::OkStatus());
  Read(with("[0, 31622401]"), std::nullopt);
  EXPECT_TRUE(issues_.has_errors());
}

TEST_F(ArrivalReaderTest, GapsMayBeZeroAndAsLongAsTheLongestTest) {
  EXPECT_THAT(Read(R"("interarrivals_list": [0, 1, 2.5])").gaps_s,
              ElementsAre(0, 1, 2.5));
  EXPECT_THAT(issues_.warnings(), IsEmpty());
  EXPECT_THAT(Read(R"("interarrival_list": [31622400])").gaps_s,
              ElementsAre(31622400));
  EXPECT_EQ(issues_.ToStatus(), absl::OkStatus());
  EXPECT_THAT(Error(R"("interarrivals_list": [1, 31622400.5])"),
              HasSubstr("found 31622400.5 at index 1"));
  EXPECT_EQ(Error(R"("interarrivals_list": [1, -1])"),
            "w: a.interarrivals_list: expected gaps in seconds, each a number "
            "from 0 to 31622400, found -1 at index 1");
  EXPECT_THAT(Error(R"("interarrivals_list": [1, -1, 2, "3"])"),
              HasSubstr("found -1 at index 1 and 1 more"));
  EXPECT_THAT(Error(R"("interarrivals_list": 5)"),
              HasSubstr("a list of gaps in seconds"));
  EXPECT_THAT(Error(R"("interarrivals_list": [], "interarrival_list": [])"),
              HasSubstr("a.interarrival_list: another spelling"));
}

TEST_F(ArrivalReaderTest, ListsAreBounded) {
  std::string gaps = "0";
  for (size_t i = 1; i < kMaxGaps; ++i) gaps += ",0";
  EXPECT_EQ(
      Read(absl::StrCat("\"interarrivals_list\": [", gaps, "]")).gaps_s.size(),
      kMaxGaps);
  EXPECT_EQ(issues_.ToStatus(), absl::OkStatus());
  EXPECT_THAT(Error(absl::StrCat("\"interarrivals_list\": [", gaps, ",0]")),
              HasSubstr("expected at most 1000000 gaps, found 1000001"));
}

TEST_F(ArrivalReaderTest, AListIsCutWhereItsSumPassesTheDuration) {
  Read(R"("interarrivals_list": [4, 6])");
  EXPECT_THAT(issues_.warnings(), IsEmpty());
  Read(R"("interarrivals_list": [4, 6.001])");
  EXPECT_THAT(issues_.warnings(),
              ElementsAre("w: a.interarrivals_list: the test ends before 1 of "
                          "its 2 invocations, which is left out"));
  Read(R"("interarrivals_list": [4, 6.001])", std::nullopt);
  EXPECT_THAT(issues_.warnings(), IsEmpty());
  Read(R"("interarrivals_list": [1], "rate": 1, "activity_window": null)");
  EXPECT_THAT(issues_.warnings(),
              ElementsAre("w: a.rate: ignored beside interarrivals_list"));
}

}  // namespace
}  // namespace invocator
