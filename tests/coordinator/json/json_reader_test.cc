#include "coordinator/json/json_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "coordinator/json/number_tokens.h"
#include "coordinator/json/strict_json.h"

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
  // Neither a number of JSON nor one that fits.
  EXPECT_THAT(Error("1e999e1"), HasSubstr("number \"1e999\" is too large"));
  for (const char* text : {"01", "+1", "1.", ".5", "0x10", "1e"}) {
    EXPECT_THAT(Error(text), HasSubstr("syntax error")) << text;
  }
  EXPECT_EQ(Error("[1, nul]"),
            "f:1:8: syntax error while parsing value - invalid literal, found "
            "\"nul\"");
}

TEST(JsonReader, NoByteMayFollowTheValueAndNoneIsZero) {
  const std::string zero(1, '\0');
  EXPECT_EQ(Error("[1]" + zero),
            "f:1:4: zero byte, expected JSON text up to the file's end");
  EXPECT_THAT(Error("[1]\n" + zero + zero + "[2]"),
              HasSubstr("f:2:1: zero byte"));
  EXPECT_THAT(Error("[1, " + zero + "2]"), HasSubstr("f:1:5: zero byte"));
  EXPECT_THAT(Error("[\"a" + zero + "\"]"), HasSubstr("f:1:4: zero byte"));
  EXPECT_THAT(Error("[1] // " + zero), HasSubstr("f:1:8: zero byte"));
  EXPECT_THAT(Error(zero + zero), HasSubstr("f:1:1: zero byte"));
  for (const char* rest : {"x", "[]", "]", ",", "1", "\"\"", "\x1a"}) {
    EXPECT_THAT(Error(std::string("[1]\n") + rest), HasSubstr("f:2:1: syntax"))
        << rest;
  }
  EXPECT_EQ(Read("[1]\n\n// end\n/**/").dump(), "[1]");
}

TEST(JsonReader, Utf16IsNamed) {
  const std::string zero(1, '\0');
  for (const std::string& text :
       {std::string("\xFF\xFE"), std::string("\xFE\xFF") + zero + "{",
        "{" + zero + "}" + zero, zero + "{" + zero + "}"}) {
    EXPECT_EQ(Error(text), "f:1:1: UTF-16 text, expected UTF-8");
  }
  EXPECT_EQ(Error("\xFF\xFE" + zero + zero + "{" + zero + zero + zero),
            "f:1:1: not UTF-8 text");
  for (const std::string& text :
       {zero + "{}", zero + "[1, 2]", zero + "{", "{" + zero + "}",
        "{" + zero + "\"a\":1}", zero + zero + "{}", zero + "{}" + zero}) {
    EXPECT_THAT(Error(text), HasSubstr(": zero byte, expected JSON text"))
        << testing::PrintToString(text);
  }
  EXPECT_EQ(Read("\xEF\xBB\xBF[1]").dump(), "[1]");
  EXPECT_THAT(Error("\xEF\xBB\xBF\xEF\xBB\xBF[1]"), HasSubstr("syntax error"));
  EXPECT_EQ(Read("7").dump(), "7");
}

JsonDocument ReadVerbatim(const std::string& text) {
  absl::StatusOr<JsonDocument> document = ReadJson("f", text, {"i", "d"});
  EXPECT_TRUE(document.ok()) << document.status().message();
  return document.ok() ? *std::move(document) : JsonDocument();
}

TEST(JsonReader, VerbatimMembersKeepTheirNumbersAsWritten) {
  for (const char* value :
       {"-0", "-0.0", "1.10", "1e400", "-1E+400", "18446744073709551616",
        "123456789012345678901234567890", "1e-400", "0.1e1", "\"1.10\"", "null",
        "true", "false", "[]", "{}", "[1.0,[-0,{}],\"-0\"]",
        "{\"b\":1.10,\"a\":{\"d\":1e5,\"i\":-0}}"}) {
    const std::string text(value);
    const JsonDocument document = ReadVerbatim(
        "{\"a\": 1, \"i\": {\"x\": {\"n\": 7, \"d\": " + text +
        ", \"m\": [-1.5]}, \"y\": {\"d\": " + text + "}}, \"z\": 2}");
    const Json& x = document.root["i"]["x"];
    ASSERT_TRUE(x["d"].is_binary()) << text;
    EXPECT_EQ(VerbatimText(x["d"]), text);
    EXPECT_EQ(VerbatimText(document.root["i"]["y"]["d"]), text);
    EXPECT_EQ(x["n"], 7);
    EXPECT_EQ(x["m"].dump(), "[-1.5]");
    EXPECT_EQ(document.root["z"], 2);
    EXPECT_EQ(document.root.size(), 3u);
  }
}

TEST(JsonReader, VerbatimMembersAreThoseOfTheirPlaceOnly) {
  const JsonDocument document = ReadVerbatim(
      R"({"d": 1, "i": {"d": {"e": {"d": 2}, "d": 3}, "l": [{"d": 4}],
          "x": {"e": {"d": 5}}}, "j": {"x": {"d": 6}}, "k": [[{"d": 7}]]})");
  EXPECT_EQ(document.root["d"], 1);
  EXPECT_EQ(document.root["i"]["d"]["e"]["d"], 2);
  EXPECT_EQ(VerbatimText(document.root["i"]["d"]["d"]), "3");
  EXPECT_EQ(document.root["i"]["l"][0]["d"], 4);
  EXPECT_EQ(document.root["i"]["x"]["e"]["d"], 5);
  EXPECT_EQ(document.root["j"]["x"]["d"], 6);
  EXPECT_EQ(document.root["k"][0][0]["d"], 7);
  // Without a place there are none.
  EXPECT_EQ(Read(R"({"": {"x": {"": 1}}})").dump(), R"({"":{"x":{"":1}}})");
}

TEST(JsonReader, VerbatimMembersMayBeTwoLevelsBelow) {
  const std::string text = R"({"i": {"x": {"v": {"a": {"d": 1.10},
      "b": {"d": {"v": {"c": {"d": -0}}}}}, "w": {"a": {"d": 2.0}},
      "d": 3.0}}, "v": {"a": {"b": {"c": {"d": 4.0}}}}})";
  const auto document = ReadJson("f", text, {"i", "d", "v"});
  ASSERT_TRUE(document.ok()) << document.status().message();
  const Json& x = document->root["i"]["x"];
  EXPECT_EQ(VerbatimText(x["v"]["a"]["d"]), "1.10");
  EXPECT_EQ(VerbatimText(x["v"]["b"]["d"]), R"({"v":{"c":{"d":-0}}})");
  EXPECT_EQ(x["w"]["a"]["d"], 2);
  EXPECT_EQ(VerbatimText(x["d"]), "3.0");
  EXPECT_EQ(document->root["v"]["a"]["b"]["c"]["d"], 4);
  EXPECT_EQ(ReadVerbatim(R"({"i": {"x": {"": {"a": {"d": 5}}}}})")
                .root["i"]["x"][""]["a"]["d"],
            5);
}

TEST(JsonReader, DuplicatesWithinVerbatimMembersAreFound) {
  const JsonDocument document = ReadVerbatim(
      R"({"i": {"x": {"d": [0, {"k": 1, "k": [2, {"q": 3}]}], "d": 5}}})");
  EXPECT_THAT(document.duplicates, ElementsAre("i.x.d[1].k", "i.x.d"));
  EXPECT_EQ(VerbatimText(document.root["i"]["x"]["d"]),
            R"([0,{"k":1,"k":[2,{"q":3}]}])");
}

TEST(NumberTokens, AreFoundOutsideOfStringsInOrder) {
  NumberTokens numbers(R"({"1": [-0, 1.50,2e+3,"4\"5"], "x6":7e-1}8)");
  for (const char* token : {"-0", "1.50", "2e+3", "7e-1", "8", "", ""}) {
    EXPECT_EQ(numbers.Next(), token);
  }
}

TEST(NumberTokens, BeyondADoubleIsWhatJsonMayWriteAndADoubleCannotHold) {
  const std::string nines(308, '9');
  for (const std::string& token :
       {std::string("1e309"), std::string("-1e309"), std::string("1E+999999"),
        std::string("2e308"), "1" + nines, "-1" + nines + ".5"}) {
    EXPECT_TRUE(IsBeyondDouble(token)) << token;
  }
  for (const std::string& token :
       {std::string("1e308"), std::string("1.7976931348623157e308"),
        std::string("1e-999"), std::string("0e999"), nines,
        std::string("01e999"), std::string("1.e999"), std::string(".1e999"),
        std::string("-e999"), std::string("1e999e1"), std::string("+1e999"),
        std::string("1e"), std::string("--1e999"), std::string("")}) {
    EXPECT_FALSE(IsBeyondDouble(token)) << token;
  }
  EXPECT_EQ(WithinDoubles(R"([1e309, "1e309", -1e400, 5])"),
            R"([0.000, "1e309", -0.000, 5])");
  EXPECT_FALSE(WithinDoubles(R"([1, "1e309"])"));
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
