#include "coordinator/text/csv_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "coordinator/text/csv_field.h"
#include "tests/support/temp_dir.h"

namespace invocator {
namespace {

using ::testing::ElementsAre;

using Rows = std::vector<std::vector<std::string>>;

// A source that gives one byte at a time.
ByteSource Bytewise(ByteSource source) {
  return [source = std::move(source)](char* into, size_t) {
    return source(into, 1);
  };
}

absl::StatusOr<Rows> ReadAll(CsvReader reader) {
  Rows rows;
  while (true) {
    const absl::StatusOr<bool> more = reader.Next();
    if (!more.ok()) return more.status();
    if (!*more) return rows;
    rows.emplace_back(reader.fields().begin(), reader.fields().end());
  }
}

// However the bytes come, the rows are the same.
absl::StatusOr<Rows> Read(absl::string_view text, CsvLimits limits = {}) {
  absl::StatusOr<Rows> rows =
      ReadAll(CsvReader(TextSource(text), "FILE", limits));
  const absl::StatusOr<Rows> bytewise =
      ReadAll(CsvReader(Bytewise(TextSource(text)), "FILE", limits));
  EXPECT_EQ(bytewise.status(), rows.status());
  if (rows.ok() && bytewise.ok()) {
    EXPECT_EQ(*bytewise, *rows);
  }
  return rows;
}

std::string ErrorOf(absl::string_view text, CsvLimits limits = {}) {
  return std::string(Read(text, limits).status().message());
}

TEST(CsvReader, ReadsRowsOfEqualLength) {
  const auto rows = Read("a,b\n1,\n,\n");
  ASSERT_TRUE(rows.ok()) << rows.status();
  EXPECT_THAT(*rows, ElementsAre(ElementsAre("a", "b"), ElementsAre("1", ""),
                                 ElementsAre("", "")));
}

TEST(CsvReader, EmptyTextHasNoRows) {
  for (const char* text : {"", "\xEF\xBB\xBF"}) {
    const auto rows = Read(text);
    ASSERT_TRUE(rows.ok()) << rows.status();
    EXPECT_TRUE(rows->empty());
  }
}

TEST(CsvReader, ReadsEveryNameThatIsWritten) {
  for (const std::string name :
       {"plain", "a,b", "say \"hi\"", "\"", "\"\"", "two\nlines", "\r\n",
        " blank ", "\xC3\xBC", ","}) {
    const auto rows = Read(CsvField(name) + ",x\ny," + CsvField(name) + "\r\n");
    ASSERT_TRUE(rows.ok()) << rows.status();
    EXPECT_THAT(*rows,
                ElementsAre(ElementsAre(name, "x"), ElementsAre("y", name)));
  }
}

TEST(CsvReader, TakesLineBreaksOfWindows) {
  const auto rows = Read("a,b\r\n\"1\",2\r\n");
  ASSERT_TRUE(rows.ok()) << rows.status();
  EXPECT_THAT(*rows, ElementsAre(ElementsAre("a", "b"), ElementsAre("1", "2")));
}

TEST(CsvReader, SkipsAByteOrderMarkAtTheStartOnly) {
  const auto rows = Read(
      "\xEF\xBB\xBF\"a\"\n\xEF\xBB\xBF"
      "b\n");
  ASSERT_TRUE(rows.ok()) << rows.status();
  EXPECT_THAT(*rows, ElementsAre(ElementsAre("a"), ElementsAre("\xEF\xBB\xBF"
                                                               "b")));
}

TEST(CsvReader, LastLineBreakMayBeMissingWhereAllowed) {
  const CsvLimits limits = {.needs_last_break = false};
  for (const char* text : {"a,b\n1,2", "a,b\n1,\"2\"", "a,b\n1,2\n"}) {
    const auto rows = Read(text, limits);
    ASSERT_TRUE(rows.ok()) << rows.status();
    EXPECT_THAT(*rows,
                ElementsAre(ElementsAre("a", "b"), ElementsAre("1", "2")));
  }
  EXPECT_EQ(ErrorOf("a,b\n1", limits), "FILE:2: row has 1 fields, expected 2");
}

TEST(CsvReader, CountsLinesWithinQuotes) {
  CsvReader reader(TextSource("a\n\"x\ny\"\nz\n"), "FILE");
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
  EXPECT_EQ(ErrorOf("a,b\n1,\"2\",3,4\n"),
            "FILE:2: row has more than 2 fields");
  EXPECT_EQ(ErrorOf("a\n\n\"b\n"), "FILE:3: field \"b \" has no closing quote");
  EXPECT_EQ(ErrorOf("a\"b\n"),
            "FILE:1: found \"\"\" after \"a\", expected a comma or a line "
            "break");
  EXPECT_EQ(ErrorOf("\"a\"b\n"),
            "FILE:1: found \"b\" after \"a\", expected a comma or a line "
            "break");
  EXPECT_EQ(ErrorOf("a\rb\n"),
            "FILE:1: found \" \" after \"a\", expected a comma or a line "
            "break");
  EXPECT_NE(ErrorOf("\"x\",a\rb\n"), "");
  EXPECT_NE(ErrorOf("\"\"\"\n"), "");
  for (const absl::string_view zero :
       {absl::string_view("a\0b\n", 4), absl::string_view("\"a\0b\"\n", 6)}) {
    EXPECT_THAT(ErrorOf(zero),
                testing::EndsWith("expected text without zero bytes"));
  }
  EXPECT_THAT(ErrorOf("a\xFF\n"), testing::EndsWith("expected UTF-8"));
  EXPECT_THAT(ErrorOf("\"a\xFF\"\n"), testing::EndsWith("expected UTF-8"));
}

TEST(CsvReader, FieldsOfARowAreBounded) {
  const CsvLimits limits = {.most_fields = 3};
  EXPECT_TRUE(Read(",,\n", limits).ok());
  EXPECT_EQ(ErrorOf(",,,\n", limits), "FILE:1: row has more than 3 fields");
  EXPECT_EQ(ErrorOf(",,\"\",\n", limits), "FILE:1: row has more than 3 fields");
}

TEST(CsvReader, BytesOfARowAreBounded) {
  const CsvLimits limits = {.most_row_bytes = 5};
  EXPECT_TRUE(Read("abcd\nabcd\n", limits).ok());
  EXPECT_EQ(ErrorOf("a\nabcde\n", limits),
            "FILE:2: row is longer than 5 bytes");
  EXPECT_EQ(ErrorOf("\"abc\nd\ne", limits),
            "FILE:1: row is longer than 5 bytes, in a field without a closing "
            "quote");
}

TEST(CsvReader, ARowWithoutEndIsReadNoFurtherThanTheLimit) {
  for (const char endless : {'x', ',', '"'}) {
    size_t given = 0;
    CsvReader reader(
        [&](char* into, size_t most) -> absl::StatusOr<size_t> {
          std::fill_n(into, most, endless);
          given += most;
          return most;
        },
        "FILE", {.most_row_bytes = 1'000'000});
    EXPECT_FALSE(reader.Next().ok());
    EXPECT_LE(given, 2'000'000);
  }
}

TEST(CsvReader, RowsAcrossTheBufferAreWhole) {
  // Longer than a buffer in all, in rows of every length.
  std::string text;
  std::vector<std::string> expected;
  for (size_t i = 0; i < 2'000; ++i) {
    expected.push_back(std::string(i % 700, 'a' + static_cast<char>(i % 26)));
    text += (i % 3 == 0 ? '"' + expected.back() + '"' : expected.back()) + "\n";
  }
  const auto rows = Read(text);
  ASSERT_TRUE(rows.ok()) << rows.status();
  ASSERT_EQ(rows->size(), expected.size());
  for (size_t i = 0; i < expected.size(); ++i) {
    ASSERT_THAT((*rows)[i], ElementsAre(expected[i]));
  }
}

TEST(CsvReader, ErrorsOfTheSourceAreKept) {
  CsvReader reader(
      [](char*, size_t) -> absl::StatusOr<size_t> {
        return absl::DataLossError("FILE: cannot be read");
      },
      "FILE");
  EXPECT_EQ(reader.Next().status(),
            absl::DataLossError("FILE: cannot be read"));
}

class CsvFile : public testing::Test {
 protected:
  TempDir dir_;
};

TEST_F(CsvFile, IsReadFromDisk) {
  auto reader = CsvReader::Open(dir_.Write("a.csv", "a,b\n1,2\n"), {});
  ASSERT_TRUE(reader.ok()) << reader.status();
  const auto rows = ReadAll(*std::move(reader));
  ASSERT_TRUE(rows.ok()) << rows.status();
  EXPECT_THAT(*rows, ElementsAre(ElementsAre("a", "b"), ElementsAre("1", "2")));
}

TEST_F(CsvFile, IsPlain) {
  EXPECT_THAT(CsvReader::Open(dir_.Path("none.csv"), {}).status().message(),
              testing::HasSubstr("/none.csv: cannot be opened"));
  EXPECT_EQ(CsvReader::Open(dir_.path(), {}).status().message(),
            dir_.path() + ": is a folder, expected a file");
  EXPECT_EQ(CsvReader::Open("/dev/zero", {}).status().message(),
            "/dev/zero: is a pipe or device, expected a file");
}

}  // namespace
}  // namespace invocator
