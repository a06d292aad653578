#include "coordinator/trace/timestamp_trace.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/support/temp_dir.h"
#include "tests/support/traces.h"

namespace invocator {
namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

class TimestampTraceTest : public testing::Test {
 protected:
  std::string Read(const std::string& text, const TimestampColumns& columns,
                   TraceWindow window = {}) {
    TimestampTrace trace({dir_.Write("t.csv", text)}, columns);
    return std::string(trace.Read(window, noted_).status().message());
  }

  TempDir dir_;
  NotedTrace noted_;
};

TEST_F(TimestampTraceTest, SecondsCountFromTheEarliestInstant) {
  EXPECT_EQ(
      Read("timestamp\n1700000003.2\n1700000001.5\n1700000002.4999\n", {}), "");
  EXPECT_THAT(noted_.counts, UnorderedElementsAre(Pair(Pair("all", 0), 2),
                                                  Pair(Pair("all", 1), 1)));
}

TEST_F(TimestampTraceTest, InstantsOfUnitsAndCalendarsAreTheSame) {
  const TraceWindow window = {60, 1};
  for (const auto& [unit, text] :
       {std::make_pair(TimeUnit::kMillis, "t\n-5\n61000\n"),
        std::make_pair(TimeUnit::kMicros, "t\n-5000\n61000000\n"),
        std::make_pair(TimeUnit::kNanos, "t\n-5000000\n61000000000\n"),
        std::make_pair(
            TimeUnit::kIso8601,
            "t\n2026-01-31T23:59:59.995Z\n2026-02-01 01:01:01+01:00\n")}) {
    noted_ = NotedTrace();
    EXPECT_EQ(Read(text, {.instant = "t", .unit = unit}, window), "");
    EXPECT_THAT(noted_.counts, UnorderedElementsAre(Pair(Pair("all", -60), 1),
                                                    Pair(Pair("all", 1), 1)));
  }
}

TEST_F(TimestampTraceTest, AColumnNamesTheFunction) {
  EXPECT_EQ(Read("path,t\n\"/a,b\",0\n/c,1\n\"/a,b\",1\n",
                 {.instant = "t", .function = "path"}),
            "");
  EXPECT_THAT(noted_.names, ElementsAre("/a,b", "/c"));
  EXPECT_THAT(noted_.counts, UnorderedElementsAre(Pair(Pair("/a,b", 0), 1),
                                                  Pair(Pair("/c", 1), 1),
                                                  Pair(Pair("/a,b", 1), 1)));
}

TEST_F(TimestampTraceTest, InstantsMayBeAsFarApartAs64BitsAllow) {
  EXPECT_EQ(Read("t\n-9223372036854775807\n9223372036854775807\n",
                 {.instant = "t", .unit = TimeUnit::kNanos}),
            "");
  EXPECT_THAT(noted_.counts,
              UnorderedElementsAre(Pair(Pair("all", 0), 1),
                                   Pair(Pair("all", 18446744073), 1)));
}

TEST_F(TimestampTraceTest, BadCellsAreNamedByLine) {
  for (const char* bad : {"1e300", "nan", "inf", "", "1 2"}) {
    EXPECT_THAT(
        Read("t\n0\n" + ('"' + std::string(bad)) + "\"\n", {.instant = "t"}),
        EndsWith("t.csv:3: \"t\" is \"" + std::string(bad) +
                 "\", expected a number of seconds that fits into 64 "
                 "bits as nanoseconds"));
  }
  EXPECT_THAT(Read("t\n2026-02-30T00:00:00\n",
                   {.instant = "t", .unit = TimeUnit::kIso8601}),
              HasSubstr("expected an ISO 8601 instant"));
  EXPECT_THAT(Read("t\n0\n", {.instant = "u"}),
              HasSubstr("has no column \"u\", found 1 column: \"t\""));
  EXPECT_THAT(Read("t\n0\n", {.instant = "t", .function = "f"}),
              HasSubstr("has no column \"f\""));
}

}  // namespace
}  // namespace invocator
