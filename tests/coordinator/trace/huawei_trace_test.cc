#include "coordinator/trace/huawei_trace.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/support/temp_dir.h"
#include "tests/support/traces.h"

namespace invocator {
namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

class HuaweiTraceTest : public testing::Test {
 protected:
  std::string Read(const std::vector<std::string>& texts,
                   TraceWindow window = {}) {
    std::vector<std::string> files;
    for (const std::string& text : texts) {
      files.push_back(
          dir_.Write("day_" + std::to_string(files.size()) + ".csv", text));
    }
    const auto trace = HuaweiTrace::Open(files);
    if (!trace.ok()) return std::string(trace.status().message());
    bin_s_ = (*trace)->bin_s();
    return std::string((*trace)->Read(window, noted_).status().message());
  }

  TempDir dir_;
  NotedTrace noted_;
  int64_t bin_s_ = 0;
};

TEST_F(HuaweiTraceTest, CellsAreFloatsAndNanIsNone) {
  EXPECT_EQ(Read({"day,time,0,1\n"
                  "0,0,1.0,NaN\n"
                  "0,60,nan,\n"
                  "0,120,3,22359.0\n"}),
            "");
  EXPECT_EQ(bin_s_, 60);
  EXPECT_THAT(noted_.counts,
              UnorderedElementsAre(Pair(Pair("0", 0), 1), Pair(Pair("0", 2), 3),
                                   Pair(Pair("1", 2), 22359)));
}

TEST_F(HuaweiTraceTest, BinsAreSecondsIfATimeIsNoWholeMinute) {
  EXPECT_EQ(Read({"day,time,0\n0,0,1\n0,60,1\n0,61,5\n"}, {60, 1}), "");
  EXPECT_EQ(bin_s_, 1);
  EXPECT_THAT(noted_.counts, UnorderedElementsAre(Pair(Pair("0", -60), 1),
                                                  Pair(Pair("0", 0), 1),
                                                  Pair(Pair("0", 1), 5)));
}

TEST_F(HuaweiTraceTest, TimeIsSinceTheDataSetsBeginningOrWithinTheDay) {
  // Day 3 is missing, and so are rows; the last file counts within its day.
  EXPECT_EQ(Read({"day,time,0\n2,172800,1\n2,172920,2\n",
                  "day,time,0\n4,345660,3\n", "day,time,0\n5,120,4\n"}),
            "");
  EXPECT_THAT(noted_.counts,
              UnorderedElementsAre(Pair(Pair("0", 0), 1), Pair(Pair("0", 2), 2),
                                   Pair(Pair("0", 2 * 1440 + 1), 3),
                                   Pair(Pair("0", 3 * 1440 + 2), 4)));
}

TEST_F(HuaweiTraceTest, FilesMayHaveOtherFunctionsInOtherOrder) {
  EXPECT_EQ(Read({"day,time,400---418---pool22-300-128,b\n0,0,1,2\n",
                  "day,time,b,c,400---418---pool22-300-128\n1,86400,5,6,7\n"}),
            "");
  EXPECT_THAT(noted_.names,
              ElementsAre("400---418---pool22-300-128", "b", "c"));
  EXPECT_THAT(
      noted_.counts,
      UnorderedElementsAre(Pair(Pair("400---418---pool22-300-128", 0), 1),
                           Pair(Pair("b", 0), 2), Pair(Pair("b", 1440), 5),
                           Pair(Pair("c", 1440), 6),
                           Pair(Pair("400---418---pool22-300-128", 1440), 7)));
}

TEST_F(HuaweiTraceTest, BadFilesAreNamedByLine) {
  EXPECT_THAT(Read({"day,time,0\n0,0,1.5\n"}),
              EndsWith("day_0.csv:2: \"0\" is \"1.5\", expected a whole number "
                       "of calls, 0 to 1000000000"));
  EXPECT_THAT(Read({"day,time,0\n0,0,-1\n"}), testing::HasSubstr(":2: "));
  EXPECT_THAT(Read({"day,time,0\n0,60,1\n0,60,1\n"}),
              EndsWith("day_0.csv:3: \"time\" is \"60\", expected more than in "
                       "the row before"));
  EXPECT_THAT(Read({"day,time,0\n0,60,1\n", "day,time,0\n1,61,1\n"}),
              EndsWith("day_1.csv:2: \"time\" is \"61\", expected a whole "
                       "minute, as in the trace's first rows"));
  EXPECT_THAT(Read({"day,time,0\n0,1e300,1\n"}),
              testing::HasSubstr("\"time\" is \"1e300\", expected a whole"));
  EXPECT_THAT(Read({"day,time,0\n0,0.5,1\n"}),
              testing::HasSubstr("\"time\" is \"0.5\""));
  EXPECT_THAT(Read({"day,time\n0,0\n"}),
              EndsWith(":1: has no columns of functions beside day and time"));
  EXPECT_THAT(Read({"day,time,0,0\n0,0,1,1\n"}),
              EndsWith(":1: has two columns \"0\", expected one"));
  EXPECT_THAT(Read({",day,time,0\n0,0,0,1\n"}),
              EndsWith(":1: column 1 has no name, expected a function"));
  EXPECT_THAT(Read({"day,time,0\n"}),
              EndsWith(":2: has no rows, expected counts"));
}

}  // namespace
}  // namespace invocator
