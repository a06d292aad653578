#include "coordinator/text/display_width.h"

#include <gtest/gtest.h>

#include <string>

#include "coordinator/text/text_table.h"

namespace invocator {
namespace {

TEST(DisplayWidthTest, CountsColumns) {
  EXPECT_EQ(DisplayWidth(""), 0u);
  EXPECT_EQ(DisplayWidth("abc"), 3u);
  EXPECT_EQ(DisplayWidth("grün"), 4u);
  EXPECT_EQ(DisplayWidth("日本"), 4u);
  EXPECT_EQ(DisplayWidth("한국"), 4u);
  EXPECT_EQ(DisplayWidth("ｗ"), 2u) << "full-width";
  EXPECT_EQ(DisplayWidth("ﾜ"), 1u) << "half-width";
  EXPECT_EQ(DisplayWidth("e\u0301"), 1u) << "a combining accent";
  EXPECT_EQ(DisplayWidth("\u0300\u036F\u0370"), 1u) << "the marks' bounds";
  EXPECT_EQ(DisplayWidth("\u02FF"), 1u);
  EXPECT_EQ(DisplayWidth("\U0001F600"), 2u);
  EXPECT_EQ(DisplayWidth("\u200D"), 0u) << "a joiner";
  EXPECT_EQ(DisplayWidth("\u1160\u11FF"), 0u) << "parts of a syllable";
  EXPECT_EQ(DisplayWidth("\u1100\u115F"), 4u) << "its first consonants";
  EXPECT_EQ(DisplayWidth("\U0003134A\U00020000"), 4u);
  EXPECT_EQ(DisplayWidth("\xff\xc2"), 2u) << "no UTF-8";
}

TEST(DisplayWidthTest, PadsAndCutsByColumns) {
  EXPECT_EQ(PadRight("日本", 6), "日本  ");
  EXPECT_EQ(PadLeft("日本", 5), " 日本");
  EXPECT_EQ(PadRight("日本", 3), "日本");
  EXPECT_EQ(FirstColumns("日本", 3), "日");
  EXPECT_EQ(FirstColumns("日本", 4), "日本");
  EXPECT_EQ(FirstColumns("e\u0301a", 1), "e\u0301");
  EXPECT_EQ(FirstColumns("abc", 2), "ab");
  EXPECT_EQ(FirstColumns("\xff\xff\xff", 2), "\xff\xff") << "no UTF-8";
  EXPECT_EQ(FirstColumns("", 2), "");
}

TEST(TextTableTest, ColumnsLineUpWhateverTheScript) {
  TextTable table({"name", "n", "last"});
  table.AddRow({"日本", "1", "x"});
  table.AddRow({"grün", "22", "y"});
  EXPECT_EQ(table.ToString(),
            "name   n  last\n"
            "日本   1  x\n"
            "grün  22  y\n");
}

TEST(TextTableTest, ACellCannotForgeARow) {
  TextTable table({"name", "n"});
  table.AddRow({"a\nb\x1b[2J", "1"});
  EXPECT_EQ(table.ToString(), "name     n\na b\uFFFD[2J  1\n");
}

}  // namespace
}  // namespace invocator
