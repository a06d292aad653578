#include "coordinator/trace/trace_window.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace invocator {
namespace {

TEST(TraceWindow, InstantsBeforeItHaveNegativeBins) {
  const TraceWindow window = {.start_s = 120, .minutes = 1};
  EXPECT_EQ(window.BinOf(120, 60), 0);
  EXPECT_EQ(window.BinOf(179, 60), 0);
  EXPECT_EQ(window.BinOf(180, 60), 1);
  EXPECT_EQ(window.BinOf(119, 60), -1);
  EXPECT_EQ(window.BinOf(60, 60), -1);
  EXPECT_EQ(window.BinOf(59, 60), -2);
  EXPECT_EQ(window.BinOf(119, 1), -1);
}

TEST(TraceWindow, BeginsWithABinAndHasAsManyAsATestMay) {
  EXPECT_TRUE((TraceWindow{60, 16'666}).CheckBins(60).ok());
  EXPECT_TRUE((TraceWindow{61, 16'666}).CheckBins(1).ok());
  EXPECT_EQ((TraceWindow{61, 1}).CheckBins(60).message(),
            "--start 00:01:01: the trace counts calls by the minute, expected "
            "a whole minute");
  EXPECT_EQ((TraceWindow{0, 16'667}).CheckBins(1).message(),
            "--minutes 16667: 1000020 bins of 1 s, expected at most 1000000");
}

TEST(Clock, IsReadAndWritten) {
  for (const auto& [text, seconds] :
       {std::make_pair("00:00:00", 0), std::make_pair("00:09:00", 540),
        std::make_pair("23:59:59", 86'399),
        std::make_pair("336:00:01", 1'209'601)}) {
    EXPECT_EQ(ParseClock(text), seconds);
    EXPECT_EQ(ClockText(seconds), text);
  }
  EXPECT_EQ(ClockText(-61), "-00:01:01");
  for (const char* text :
       {"", "9", "00:09", "00:60:00", "00:00:60", "-1:00:00", "1.5:00:00",
        "00:00:0", "00:00:00:00", "a:00:00", "999999:00:00", " 0:00:00"}) {
    EXPECT_EQ(ParseClock(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace invocator
