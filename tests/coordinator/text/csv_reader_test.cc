#include "coordinator/text/csv_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "coordinator/text/csv_field.h"

namespace invocator {
namespace {

using ::testing::ElementsAre;

using Rows = std::vector<std::vector<std::string>>;

absl::StatusOr<Rows> Read(absl::string_view text) {
  CsvReader reader(text, "FILE");
  Rows rows;
  while (true) {
    const absl::StatusOr<bool> more = reader.Next();
    if (!more.ok()) return more.status();
    if (!*more) return rows;
    rows.push_back(reader.fields());
  }
}

std::string ErrorOf(absl::string_view text) {
  return std::string(Read(text).status().message());
}

TEST(CsvReader, ReadsRowsOfEqualLength) {
  const auto rows = Read("a,b\n1,\n,\n");
  ASSERT_TRUE(rows.ok()) << rows.status();
  EXPECT_THAT(*rows, ElementsAre(ElementsAre("a", "b"), ElementsAre("1", ""),
                                 ElementsAre("", "")));
}

TEST(CsvReader, EmptyTextHasNoRows) {
  const auto rows = Read("");
  ASSERT_TRUE(rows.ok()) << rows.status();
  EXPECT_TRUE(rows->empty());
}

TEST(CsvReader, ReadsEveryNameThatIsWritten) {
  for (const std::string name :
       {"plain", "a,b", "say \"hi\"", "\"", "\"\"", "two\nlines", "\r\n",
        " blank ", "\xC3\xBC", ","}) {
    const auto rows = Read(CsvField(name) + ",x\n");
    ASSERT_TRUE(rows.ok()) << rows.status();
    EXPECT_THAT(*rows, ElementsAre(ElementsAre(name, "x")));
  }
}

TEST(CsvReader, TakesLineBreaksOfWindows) {
  const auto rows = Read("a,b\r\n\"1\",2\r\n");
  ASSERT_TRUE(rows.ok()) << rows.status();
  EXPECT_THAT(*rows, ElementsAre(ElementsAre("a", "b"), ElementsAre("1", "2")));
}

TEST(CsvReader, CountsLinesWithinQuotes) {
  CsvReader reader("a\n\"x\ny\"\nz\n", "FILE");
  std::vector<int64_t> lines;
  while (*reader.Next()) lines.push_back(reader.line());
  EXPECT_THAT(lines, ElementsAre(1, 2, 4));
}

TEST(CsvReader, RefusesWhatIsNotCsv) {
  EXPECT_EQ(ErrorOf("a,b\n1,2"),
            "FILE:2: found the end after \"2\", expected a comma or a line "
            "break");
  EXPECT_EQ(ErrorOf("a,b\n1\n"), "FILE:2: row has 1 fields, expected 2");
  EXPECT_EQ(ErrorOf("a,b\n1,2,3,4\n"), "FILE:2: row has more than 2 fields");
  EXPECT_EQ(ErrorOf("a\n\n\"b\n"), "FILE:3: field \"b \" has no closing quote");
  EXPECT_EQ(ErrorOf("a\"b\n"),
            "FILE:1: found \"\"\" after \"a\", expected a comma or a line "
            "break");
  EXPECT_EQ(ErrorOf("\"a\"b\n"),
            "FILE:1: found \"b\" after \"a\", expected a comma or a line "
            "break");
  EXPECT_NE(ErrorOf("a\rb\n"), "");
  EXPECT_NE(ErrorOf("\"\"\"\n"), "");
  EXPECT_THAT(ErrorOf(absl::string_view("a\0b\n", 4)),
              testing::EndsWith("expected text without zero bytes"));
  EXPECT_THAT(ErrorOf("a\xFF\n"), testing::EndsWith("expected UTF-8"));
}

TEST(CsvReader, FieldsOfARowAreBounded) {
  const std::string most(CsvReader::kMostFields - 1, ',');
  EXPECT_TRUE(Read(most + "\n").ok());
  EXPECT_EQ(ErrorOf(most + ",\n"), "FILE:1: row has more than 1000 fields");
}

}  // namespace
}  // namespace invocator
