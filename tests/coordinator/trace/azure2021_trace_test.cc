#include "coordinator/trace/azure2021_trace.h"

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

class Azure2021TraceTest : public testing::Test {
 protected:
  std::string Read(const std::string& text, TraceWindow window = {}) {
    Azure2021Trace trace({dir_.Write("t.csv", text)});
    return std::string(trace.Read(window, noted_).status().message());
  }

  TempDir dir_;
  NotedTrace noted_;
};

TEST_F(Azure2021TraceTest, CallsStartAtTheirEndMinusTheirDuration) {
  // Not sorted; exact where a double of 4.3 - 1.3 is below 3.
  EXPECT_EQ(Read("app,func,end_timestamp,duration\n"
                 "a,f,12.5,0.25\n"
                 "a,f,4.3,1.3\n"
                 "a,f,4.3,1.300000001\n"
                 "a,f,0.5,0.75\n"),
            "");
  const std::string name = TraceName({"a", "f"});
  EXPECT_THAT(
      noted_.counts,
      UnorderedElementsAre(Pair(Pair(name, 12), 1), Pair(Pair(name, 3), 1),
                           Pair(Pair(name, 2), 1), Pair(Pair(name, -1), 1)));
}

TEST_F(Azure2021TraceTest, BinsCountFromTheWindowsStart) {
  EXPECT_EQ(
      Read("app,func,end_timestamp,duration\na,f,130,0\na,f,119,0\n", {120, 1}),
      "");
  EXPECT_THAT(noted_.counts,
              UnorderedElementsAre(Pair(Pair(TraceName({"a", "f"}), 10), 1),
                                   Pair(Pair(TraceName({"a", "f"}), -1), 1)));
}

TEST_F(Azure2021TraceTest, FunctionsAreUniqueWithinAnAppOnly) {
  // Joined otherwise, "a" + "bf" and "ab" + "f" would be one.
  EXPECT_EQ(Read("duration,app,func,end_timestamp\n0,a,bf,1\n0,ab,f,1\n"), "");
  EXPECT_THAT(noted_.names,
              ElementsAre(TraceName({"a", "bf"}), TraceName({"ab", "f"})));
}

TEST_F(Azure2021TraceTest, DurationsAreInMilliseconds) {
  EXPECT_EQ(Read("app,func,end_timestamp,duration\n"
                 "a,f,10,0\na,f,10,1.5\na,f,10,2e-05\n"),
            "");
  EXPECT_THAT(noted_.durations[TraceName({"a", "f"})],
              ElementsAre(NotedTrace::Mean{0, 1}, NotedTrace::Mean{1500, 1},
                          NotedTrace::Mean{0.02, 1}));
}

TEST_F(Azure2021TraceTest, BadCellsAreNamedByLine) {
  for (const char* bad : {"1e300", "nan", "inf", "-1", "", "x", "4000000001"}) {
    const std::string end = "expected seconds, 0 to 4e9";
    EXPECT_THAT(Read("app,func,end_timestamp,duration\na,f,1,0\na,f," +
                     std::string(bad) + ",0\n"),
                EndsWith("t.csv:3: \"end_timestamp\" is \"" + std::string(bad) +
                         "\", " + end));
    EXPECT_THAT(Read("app,func,end_timestamp,duration\na,f,1," +
                     std::string(bad) + "\n"),
                EndsWith("t.csv:2: \"duration\" is \"" + std::string(bad) +
                         "\", " + end));
  }
  EXPECT_THAT(Read("app,func,end_timestamp\n"),
              EndsWith("t.csv:1: has no column \"duration\", found 3 columns: "
                       "\"app\", \"func\", \"end_timestamp\""));
}

}  // namespace
}  // namespace invocator
