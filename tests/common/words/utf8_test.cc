#include "common/words/utf8.h"

#include <gtest/gtest.h>

#include <string>

namespace invocator {
namespace {

std::string Encode(char32_t c) {
  const auto tail = [c](int shift) {
    return static_cast<char>(0x80 | ((c >> shift) & 0x3F));
  };
  if (c < 0x80) return {static_cast<char>(c)};
  if (c < 0x800) return {static_cast<char>(0xC0 | c >> 6), tail(0)};
  if (c < 0x10000) {
    return {static_cast<char>(0xE0 | c >> 12), tail(6), tail(0)};
  }
  return {static_cast<char>(0xF0 | c >> 18), tail(12), tail(6), tail(0)};
}

TEST(Utf8Test, EveryCodePointIsDecodedAndNoSurrogate) {
  for (char32_t c = 0; c < 0x120000; ++c) {
    const std::string text = Encode(c) + "x";
    const auto first = FirstCodePoint(text);
    if ((c >= 0xD800 && c < 0xE000) || c > 0x10FFFF) {
      ASSERT_FALSE(first) << static_cast<uint32_t>(c);
      continue;
    }
    ASSERT_TRUE(first) << static_cast<uint32_t>(c);
    ASSERT_EQ(first->value, c);
    ASSERT_EQ(first->bytes, text.size() - 1);
    // Without its last byte it is none.
    if (c >= 0x80) {
      ASSERT_FALSE(FirstCodePoint(text.substr(0, text.size() - 2)));
    }
  }
}

TEST(Utf8Test, OneCharacterHasOneForm) {
  for (const char* overlong :
       {"\xC0\x80", "\xC1\xBF", "\xE0\x80\x80", "\xE0\x9F\xBF",
        "\xF0\x8F\xBF\xBF",
        "\xF5\x80"
        "\x80\x80",
        "\x80", "\xBF", "\xFE", "\xFF", "\xC2\xC0", "\xC2\x7F", "\xE1\x80\xC0",
        "\xF1\x80\x80\x7F", "\xF1\x80\x7F\x80", "\xF1\x7F\x80\x80"}) {
    EXPECT_FALSE(FirstCodePoint(overlong)) << testing::PrintToString(overlong);
    EXPECT_EQ(FirstInvalidUtf8(std::string("ab") + overlong), 2u);
  }
  EXPECT_EQ(FirstInvalidUtf8("aü日\U0001F600"), std::nullopt);
}

TEST(Utf8Test, ControlsAreC0DeleteAndC1) {
  for (const char* text : {"\x01", "a\x1F", "\x7F", "a\xC2\x80", "\xC2\x9F"}) {
    EXPECT_TRUE(HasControlCharacter(text)) << testing::PrintToString(text);
  }
  // U+0140, whose second byte looks like one, is none.
  for (const char* text : {"", " ~", "\xC2\xA0", "\xC5\x80", "\u2028"}) {
    EXPECT_FALSE(HasControlCharacter(text)) << testing::PrintToString(text);
  }
}

}  // namespace
}  // namespace invocator
