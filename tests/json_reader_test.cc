#include "coordinator/json_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "coordinator/strict_json.h"

namespace invocator {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Json Read(const std::string& text) {
  absl::StatusOr<JsonDocument> document = ReadJson("f", text);
  EXPECT_TRUE(document.ok()) << document.status().message();
  return document.ok() ? document->root : Json();
}

std::string Error(const std::string& text) {
  absl::StatusOr<JsonDocument> document = ReadJson("f", text);
  return document.ok() ? "no error" : std::string(document.status().message());
}

TEST(StrictJson, ReplacesCommentsAndTrailingCommasByBlanksInPlace) {
  const struct {
    std::string relaxed, strict;
  } kCases[] = {
      {"[1, 2,]", "[1, 2 ]"},
      {"{\"a\":1,\n}", "{\"a\":1 \n}"},
      {"[1,// x\n]", "[1     \n]"},
      {"[1,/* , */ ]", "[1         ]"},
      {"[1/**/,2]", "[1    ,2]"},
      {"[\"//\",\"/*\",\",]\"]", "[\"//\",\"/*\",\",]\"]"},
      {"[\"\\\"//\",]", "[\"\\\"//\" ]"},
      {"// only", "       "},
      {"/*a\nb*/1", "   \n   1"},
      {"[[1,],]", "[[1 ] ]"},
  };
  for (const auto& [relaxed, strict] : kCases) {
    absl::StatusOr<std::string> result = StrictJson("f", relaxed);
    ASSERT_TRUE(result.ok()) << relaxed;
    EXPECT_EQ(*result, strict);
  }
}

TEST(StrictJson, LeavesCommasThatFollowNoValue) {
  for (const char* text : {"[,]", "{,}", "[1,,]", "{\"a\":,}"}) {
    EXPECT_EQ(*StrictJson("f", text), text);
    EXPECT_THAT(Error(text), HasSubstr("syntax error"));
  }
}

TEST(JsonReader, KeepsTheOrderOfKeys) {
  EXPECT_EQ(
      Read(R"({"z": 1, "a": {"y": [true, null], "b": "x"}, "m": -2.5})").dump(),
      R"({"z":1,"a":{"y":[true,null],"b":"x"},"m":-2.5})");
}

TEST(JsonReader, FindsDuplicateKeysByPathAndKeepsTheFirst) {
  absl::StatusOr<JsonDocument> document =
      ReadJson("f", R"({"a": 1, "b": [{}, {"c d": 1, "c d": {"x": 1, "x": 2}}],
               "a": [2], "\u0061": 3})");
  ASSERT_TRUE(document.ok());
  EXPECT_THAT(document->duplicates,
              ElementsAre("b[1][\"c d\"]", "b[1][\"c d\"].x", "a", "a"));
  EXPECT_EQ(document->root.dump(), R"({"a":1,"b":[{},{"c d":1}]})");
}

TEST(JsonReader, EqualKeysOfDifferentObjectsAreNoDuplicates) {
  absl::StatusOr<JsonDocument> document =
      ReadJson("f", R"([{"a": 1}, {"a": {"a": 2}}])");
  ASSERT_TRUE(document.ok());
  EXPECT_THAT(document->duplicates, IsEmpty());
}

TEST(JsonReader, SyntaxErrorsCarryLineAndColumnOfTheTextAsWritten) {
  const struct {
    std::string text, position;
  } kCases[] = {
      {"{\"a\" 1}", "f:1:6: "},
      {"[1 2]", "f:1:4: "},
      {"[1,\n  tru]", "f:2:6: "},
      {"/* äöü */ x", "f:1:11: "},    // columns are characters
      {"\xEF\xBB\xBF x", "f:1:2: "},  // a byte order mark has no width
      {"[\r\n\r\n}", "f:3:1: "},
      {"[\"a\nb\"]", "f:1:4: "},
      {"[1", "f:1:3: "},
      {"", "f:1:1: "},
      {"[1] // x\n, 2", "f:2:1: "},
      {"// a\n/* b", "f:2:1: comment without an end"},
      {"[1]\n\xFF", "f:2:1: not UTF-8 text"},
      {"[\"\xC0\x80\"]", "f:1:3: not UTF-8 text"},
      {"[\"\xED\xA0\x80\"]", "f:1:3: not UTF-8 text"},
      {"// \xFF\n1", "f:1:4: not UTF-8 text"},
  };
  for (const auto& [text, position] : kCases) {
    EXPECT_EQ(Error(text).substr(0, position.size()), position)
        << Error(text) << " for " << text;
  }
}

TEST(JsonReader, RefusesWhatJsonHasNoNumbersFor) {
  for (const char* text : {"NaN", "[Infinity]", "-Infinity"}) {
    EXPECT_THAT(Error(text), HasSubstr("JSON has no NaN or Infinity"));
  }
  EXPECT_EQ(Error("[\n-1e999]"),
            "f:2:1: number \"-1e999\" is too large to be represented");
  for (const char* text : {"01", "+1", "1.", ".5", "0x10", "1e"}) {
    EXPECT_THAT(Error(text), HasSubstr("syntax error")) << text;
  }
  EXPECT_EQ(Error("[1, nul]"),
            "f:1:8: syntax error while parsing value - invalid literal, found "
            "\"nul\"");
}

TEST(JsonReader, BoundsNesting) {
  auto nested = [](size_t levels) {
    return std::string(levels, '[') + std::string(levels, ']');
  };
  EXPECT_EQ(Read(nested(64)).dump(), nested(64));
  EXPECT_EQ(Error(nested(65)), "f:1:65: nested deeper than 64 levels");
  EXPECT_EQ(Error(std::string(10'000'000, '{')),
            "f:1:65: nested deeper than 64 levels");
  EXPECT_THAT(Error(std::string(100, ']')), HasSubstr("f:1:1: syntax error"));
}

TEST(JsonReader, ReadsAnObjectOfManyMembersInLinearTime) {
  // Were each key looked for among the others, this would take minutes.
  std::string text = "{";
  for (int i = 0; i < 200'000; ++i) text += "\"" + std::to_string(i) + "\":0,";
  text += "}";
  EXPECT_EQ(Read(text).size(), 200'000u);
}

TEST(Json, PathsQuoteWhatIsNoPlainWord) {
  EXPECT_EQ(MemberPath("", "a"), "a");
  EXPECT_EQ(MemberPath("a", "b-c_1"), "a.b-c_1");
  EXPECT_EQ(MemberPath("a", "b.c"), "a[\"b.c\"]");
  EXPECT_EQ(MemberPath("a", ""), "a[\"\"]");
  EXPECT_EQ(MemberPath("a", "\n"), "a[\"\\n\"]");
  EXPECT_EQ(ElementPath("a", 3), "a[3]");
}

TEST(Json, LongValuesAreCutBetweenCharacters) {
  std::string umlauts;
  for (int i = 0; i < 200; ++i) umlauts += "ä";
  const std::string cut = ShortQuote(umlauts);
  EXPECT_LE(cut.size(), 80u);
  EXPECT_GE(cut.size(), 70u);
  EXPECT_EQ(cut.substr(cut.size() - 5), "ä...");
  EXPECT_EQ(ShortDump(Json::parse("[1,  2]")), "[1,2]");
}

}  // namespace
}  // namespace invocator
