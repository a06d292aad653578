#include "coordinator/trace/azure2019_trace.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "common/base/sha256.h"
#include "tests/support/temp_dir.h"
#include "tests/support/traces.h"

namespace invocator {
namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

class Azure2019TraceTest : public testing::Test {
 protected:
  // Reads the whole window; returns the error's message.
  std::string Read(const std::vector<std::string>& files,
                   TraceWindow window = {0, 1440}) {
    const auto trace = Azure2019Trace::Open(files);
    if (!trace.ok()) return std::string(trace.status().message());
    const auto sources = (*trace)->Read(window, noted_);
    if (sources.ok()) sources_ = *sources;
    return std::string(sources.status().message());
  }

  TempDir dir_;
  NotedTrace noted_;
  std::vector<TraceSource> sources_;
};

TEST_F(Azure2019TraceTest, CountsAreByMinuteFromTheWindowsStart) {
  const std::string day = dir_.Write(
      "day.csv", Azure2019Header() +
                     Azure2019Row("o,a,f", {{1, "3"}, {10, "7"}, {1440, "2"}}));
  EXPECT_EQ(Read({day}, {9 * 60, 10}), "");
  const std::string name = TraceName({"o", "a", "f"});
  EXPECT_THAT(noted_.counts, UnorderedElementsAre(Pair(Pair(name, -9), 3),
                                                  Pair(Pair(name, 0), 7),
                                                  Pair(Pair(name, 1430), 2)));
}

TEST_F(Azure2019TraceTest, FunctionsOfOneNameInTwoAppsAreTwo) {
  const std::string day = dir_.Write(
      "day.csv", Azure2019Header() + Azure2019Row("o,a,f", {{1, "1"}}) +
                     Azure2019Row("o,b,f", {{1, "2"}}) +
                     Azure2019Row("p,a,f", {{1, "4"}}));
  EXPECT_EQ(Read({day}), "");
  EXPECT_EQ(noted_.names.size(), 3);
}

TEST_F(Azure2019TraceTest, DaysContinueWithOtherFunctions) {
  const std::string first = dir_.Write(
      "d01.csv", Azure2019Header() + Azure2019Row("o,a,f", {{1440, "1"}}) +
                     Azure2019Row("o,a,g", {{1, "1"}}));
  const std::string second = dir_.Write(
      "d02.csv", Azure2019Header() + Azure2019Row("o,a,h", {{2, "5"}}) +
                     Azure2019Row("o,a,f", {{1, "6"}}));
  EXPECT_EQ(Read({first, second}, {0, 2880}), "");
  EXPECT_THAT(noted_.names, ElementsAre(TraceName({"o", "a", "f"}),
                                        TraceName({"o", "a", "g"}),
                                        TraceName({"o", "a", "h"})));
  EXPECT_THAT(
      noted_.counts,
      UnorderedElementsAre(Pair(Pair(TraceName({"o", "a", "f"}), 1439), 1),
                           Pair(Pair(TraceName({"o", "a", "g"}), 0), 1),
                           Pair(Pair(TraceName({"o", "a", "h"}), 1441), 5),
                           Pair(Pair(TraceName({"o", "a", "f"}), 1440), 6)));
}

TEST_F(Azure2019TraceTest, DurationsAreKnownByTheirHeaderWhereverTheyStand) {
  // Minimum and Maximum are missing in some rows.
  const std::string durations =
      dir_.Write("durations.csv", std::string(kAzure2019Durations) +
                                      "o,a,f,120,10,,,1,2,3,4,5,6,7\n"
                                      "o,a,g,0,3,0,0,0,0,0,0,0,0,0\n"
                                      "o,a,unknown,5,1,,,,,,,,,\n"
                                      "o,a,h,,0,,,,,,,,,\n"
                                      "o,a,h,NaN,1,,,,,,,,,\n"
                                      "o,a,h,-1,2,,,,,,,,,\n");
  const std::string day = dir_.Write(
      "day.csv", Azure2019Header() + Azure2019Row("o,a,f", {{1, "1"}}) +
                     Azure2019Row("o,a,g", {{1, "1"}}) +
                     Azure2019Row("o,a,h", {{1, "1"}}));
  EXPECT_EQ(Read({durations, day}), "");
  EXPECT_THAT(noted_.durations,
              UnorderedElementsAre(Pair(TraceName({"o", "a", "f"}),
                                        ElementsAre(NotedTrace::Mean{120, 10})),
                                   Pair(TraceName({"o", "a", "g"}),
                                        ElementsAre(NotedTrace::Mean{0, 3}))));
  EXPECT_THAT(
      noted_.left_out,
      UnorderedElementsAre(Pair("durations of functions without counts", 1),
                           Pair("durations without an average", 3)));
}

TEST_F(Azure2019TraceTest, SourcesHaveSizeAndHashInTheOrderGiven) {
  const std::string text = Azure2019Header() + Azure2019Row("o,a,f", {});
  const std::string durations = dir_.Write("b.csv", kAzure2019Durations);
  const std::string day = dir_.Write("a.csv", text);
  EXPECT_EQ(Read({durations, day}), "");
  EXPECT_THAT(
      sources_,
      ElementsAre(TraceSource{durations, sizeof(kAzure2019Durations) - 1,
                              Sha256Hex(kAzure2019Durations)},
                  TraceSource{day, text.size(), Sha256Hex(text)}));
}

TEST_F(Azure2019TraceTest, WindowEndsWithTheDaysGiven) {
  const std::string day =
      dir_.Write("day.csv", Azure2019Header() + Azure2019Row("o,a,f", {}));
  EXPECT_EQ(Read({day}, {23 * 3600, 60}), "");
  EXPECT_EQ(Read({day}, {23 * 3600, 61}),
            "--start 23:00:00 --minutes 61: ends at 24:01:00, after the end of "
            "the 1 day given");
}

TEST_F(Azure2019TraceTest, BadFilesAreNamedByLine) {
  const auto read = [this](const std::string& text) {
    return Read({dir_.Write("x.csv", text)});
  };
  EXPECT_THAT(read(""), EndsWith("x.csv:1: is empty, expected a header"));
  EXPECT_THAT(read("a,b\n1,2\n"),
              HasSubstr("x.csv:1: has 2 columns, expected HashOwner"));
  EXPECT_THAT(read("HashOwner,HashApp,HashFunction,Trigger,x" +
                   std::string(1439, ',') + "\n"),
              EndsWith("x.csv:1: column 5 is \"x\", expected \"1\""));
  EXPECT_THAT(read(kAzure2019Durations), HasSubstr("only durations"));
  for (const char* count : {"-1", "1.5", "nan", "inf", "", "1e3", "1000000001",
                            "12345678901234567890123"}) {
    EXPECT_THAT(read(Azure2019Header() + Azure2019Row("o,a,f", {}) +
                     Azure2019Row("o,a,g", {{7, count}})),
                EndsWith("x.csv:3: \"7\" is \"" + std::string(count) +
                         "\", expected a whole number of calls, 0 to "
                         "1000000000"));
  }
  EXPECT_THAT(Read({dir_.Write("day.csv", Azure2019Header()),
                    dir_.Write("d.csv", std::string(kAzure2019Durations) +
                                            "o,a,f,x,1,,,,,,,,,\n")}),
              EndsWith("d.csv:2: \"Average\" is \"x\", expected "
                       "milliseconds"));
}

}  // namespace
}  // namespace invocator
