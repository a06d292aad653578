#include "common/words/foreign_text.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "common/words/utf8.h"
#include "common/words/worker_name.h"

namespace invocator {
namespace {

struct Cleaned {
  const char* what;
  std::string text;
  std::string line;
};

void PrintTo(const Cleaned& cleaned, std::ostream* out) {
  *out << cleaned.what;
}

class CleanLineTest : public testing::TestWithParam<Cleaned> {};

TEST_P(CleanLineTest, IsOneHarmlessLine) {
  EXPECT_EQ(CleanLine(GetParam().text), GetParam().line);
  EXPECT_EQ(IsCleanLine(GetParam().text), GetParam().text == GetParam().line);
  EXPECT_TRUE(IsCleanLine(GetParam().line));
}

INSTANTIATE_TEST_SUITE_P(
    ForeignText, CleanLineTest,
    testing::Values(
        Cleaned{"nothing", "", ""}, Cleaned{"plain words", "a b ~", "a b ~"},
        Cleaned{"letters of anybody", "grün 日本 \U0001F600",
                "grün 日本 \U0001F600"},
        Cleaned{"Latin-1", "gr\xfcn", "gr\uFFFDn"},
        Cleaned{"a character cut short", "a\xE6\x97", "a\uFFFD\uFFFD"},
        Cleaned{"an overlong slash", "\xC0\xAF", "\uFFFD\uFFFD"},
        Cleaned{"a surrogate", "\xED\xA0\x80", "\uFFFD\uFFFD\uFFFD"},
        Cleaned{"beyond Unicode", "\xF4\x90\x80\x80",
                "\uFFFD\uFFFD\uFFFD\uFFFD"},
        Cleaned{"breaks of every kind and a tab",
                "a\nb\rc\vd\fe\tf\xC2\x85g\u2028h\u2029i", "a b c d e f g h i"},
        Cleaned{"NUL", std::string("a\0b", 3), "a\uFFFDb"},
        Cleaned{"an escape sequence", "\x1b[2J", "\uFFFD[2J"},
        Cleaned{"a bell and a backspace", "\a\b", "\uFFFD\uFFFD"},
        Cleaned{"the last control and the first printable", "\x1F\x20",
                "\uFFFD "},
        Cleaned{"delete", "~\x7F", "~\uFFFD"},
        Cleaned{"the first C1 control", "\xC2\x80", "\uFFFD"},
        Cleaned{"CSI as one character",
                "\xC2\x9B"
                "2J",
                "\uFFFD2J"},
        Cleaned{"the last C1 control, and the first after", "\xC2\x9F\xC2\xA0",
                "\uFFFD\xC2\xA0"},
        Cleaned{"marks of direction", "\u061C\u200E\u200F",
                "\uFFFD\uFFFD\uFFFD"},
        Cleaned{"overrides", "\u2029\u202A\u202E\u202F", " \uFFFD\uFFFD\u202F"},
        Cleaned{"isolates", "\u2065\u2066\u2069\u2070",
                "\uFFFD\uFFFD\uFFFD\u2070"},
        Cleaned{"joiners stay, spaces of no width do not",
                "\u200A\u200B\u200C\u200D", "\u200A\uFFFD\u200C\u200D"},
        Cleaned{"a byte order mark", "\uFEFF", "\uFFFD"},
        Cleaned{"the replacement character itself", "\uFFFC\uFFFD",
                "\uFFFC\uFFFD"},
        Cleaned{"annotations", "\uFFF8\uFFF9\uFFFB", "\uFFF8\uFFFD\uFFFD"},
        Cleaned{"noncharacters",
                "\uFDCF\uFDD0\uFDEF\uFDF0\uFFFE\U0001FFFF\U0010FFFF",
                "\uFDCF\uFFFD\uFFFD\uFDF0\uFFFD\uFFFD\uFFFD"},
        Cleaned{"tags", "\U000E0000\U000E007F\U000E0080",
                "\uFFFD\uFFFD\U000E0080"}));

TEST(CleanTextTest, KeepsLinesAndNothingElse) {
  EXPECT_EQ(CleanText("a\nb\r\nc\td\x1b\u2028"), "a\nb \nc d\uFFFD ");
}

TEST(CleanLineTest, CutsWhatIsTooLong) {
  EXPECT_EQ(CleanLine("1234567890", 10), "1234567890");
  EXPECT_EQ(CleanLine("12345678901", 10), "1234567...");
  EXPECT_EQ(CleanLine("12345678901", 4), "1...");
}

TEST(CleanLineTest, CutsBeforeACharacterNotWithinIt) {
  EXPECT_EQ(CleanLine("123456\u00fc8901", 10), "123456...");
  EXPECT_EQ(CleanLine("12345\u00fc8901", 10), "12345\u00fc...");
  EXPECT_EQ(CleanLine("123\U0001F600890123", 10), "123\U0001F600...");
  EXPECT_EQ(CleanLine("1234\U0001F600890123", 10), "1234...");
}

TEST(CleanLineTest, WhatGrowsByBeingCleanedIsCutAsWell) {
  EXPECT_EQ(CleanLine("\xff\xff\xff", 9), "\uFFFD\uFFFD\uFFFD");
  EXPECT_EQ(CleanLine("\xff\xff\xff\xff", 9), "\uFFFD\uFFFD...");
}

TEST(CleanLineTest, OfAnyBytesItMakesValidTextWithoutControls) {
  std::mt19937 random(5);
  for (int round = 0; round < 2'000; ++round) {
    std::string text;
    for (size_t i = random() % 40; i > 0; --i) {
      // Every second byte is one that matters.
      constexpr char kBytes[] = "\n\x1b\x7f\x80\x9b\xc2\xe2\x80\xae\xef\xf4";
      text += static_cast<char>(random() % 2 == 0 ? random() & 0xFF
                                                  : static_cast<unsigned char>(
                                                        kBytes[random() % 11]));
    }
    const size_t most = 4 + random() % 40;
    ASSERT_EQ(WhyNotClean(text).empty(), CleanLine(text) == text);
    const std::string line = CleanLine(text, most);
    ASSERT_EQ(FirstInvalidUtf8(line), std::nullopt);
    ASSERT_FALSE(HasControlCharacter(line));
    ASSERT_LE(line.size(), most);
    ASSERT_EQ(CleanLine(line), line);
  }
}

TEST(WhyNotClean, NamesTheFirstCharacterThatCleanLineReplaces) {
  EXPECT_EQ(WhyNotClean("grün \U0001F600"), "");
  EXPECT_EQ(WhyNotClean("a\u202Eb\n"),
            "has U+202E, which hides or reorders text");
  EXPECT_EQ(WhyNotClean("\U000E0041"),
            "has U+E0041, which hides or reorders text");
  EXPECT_EQ(WhyNotClean("\u2028"), "has U+2028, a line break");
  EXPECT_EQ(WhyNotClean("\t"), "has U+0009, a tab");
  EXPECT_EQ(WhyNotClean("\x1b[2J"), "has U+001B, a control character");
  EXPECT_EQ(WhyNotClean("gr\xfcn"), "has a byte that is not UTF-8");
}

TEST(WorkerNameTest, IsShortAndHarmless) {
  EXPECT_TRUE(CheckWorkerName("a").ok());
  EXPECT_TRUE(CheckWorkerName("ip-10-0-0-1.ec2.internal").ok());
  EXPECT_TRUE(CheckWorkerName("büro,\"2\"").ok());
  EXPECT_TRUE(CheckWorkerName(std::string(255, 'x')).ok());
  for (const std::string& name :
       {std::string(), std::string(256, 'x'), std::string("a\nb"),
        std::string("a\x1b[2J"), std::string("a\x7f"), std::string("\xC2\x85"),
        std::string("\xC2\x9B"), std::string("\xff"), std::string("\u202Ea"),
        std::string("=1+1"), std::string("+a"), std::string("-a"),
        std::string("@a")}) {
    EXPECT_EQ(CheckWorkerName(name).code(), absl::StatusCode::kInvalidArgument)
        << testing::PrintToString(name);
  }
}

}  // namespace
}  // namespace invocator
