// Histogram logs that others wrote: what is read of them, and what is refused.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "coordinator/timeline/histogram_log.h"
#include "tests/support/histogram_log_fixture.h"

namespace invocator {
namespace {

using testing::StartsWith;

// Payload of an empty histogram, of PyPI hdrhistogram 0.10.8.
constexpr char kEmpty[] =
    "HISTFAAAAB14nJNpmSzMgADMUOoFELsZ7FjAYP8BIgIAXcYFNQ==";

// One suite, in two files.
using HistogramLogTest = HistogramLogFixture;

TEST_F(HistogramLogTest, CommentsMayStandAnywhere) {
  const std::string line = absl::StrCat("2.000,1.5,0,", kEmpty);
  ASSERT_EQ(ErrorOf(absl::StrCat("#\n#[Logged by x]\n", kHead, "# a\n", line,
                                 "\n#[BaseTime: 0 (seconds since epoch)]\n",
                                 "Tag=a,", line)),
            "none");
  ASSERT_EQ(lines_.size(), 2u);
  EXPECT_EQ(lines_[0].tag, HistogramTag());
  EXPECT_EQ(lines_[0].start_s, 2);
  EXPECT_EQ(lines_[0].length_s, 1.5);
  EXPECT_EQ(lines_[1].tag, (HistogramTag{"a", ""}));
}

TEST_F(HistogramLogTest, WhatIsNoLogIsRefused) {
  EXPECT_EQ(ErrorOf(""), " ends before #[Histogram log format version 1.3]");
  EXPECT_EQ(ErrorOf("#\n"), " ends before #[Histogram log format version 1.3]");
  EXPECT_EQ(ErrorOf("instance,sequence\n"),
            "1: line is \"instance,sequence\", expected \"#[Histogram log "
            "format version 1.3]\"");
  EXPECT_EQ(ErrorOf("#\n#[Histogram log format version 1.1]\n"),
            "2: line is \"#[Histogram log format version 1.1]\", expected "
            "version 1.3 or 1.2");
  EXPECT_EQ(ErrorOf("#[Histogram log format version 1.3]\n"),
            " ends before \"StartTimestamp\",\"Interval_Length\","
            "\"Interval_Max\",\"Interval_Compressed_Histogram\"");
  EXPECT_THAT(ErrorOf(absl::StrCat("#[Histogram log format version 1.3]\n",
                                   "0.0,1.0,0.0,", kEmpty, "\n")),
              StartsWith("2: line is \"0.0,1.0,0.0,HIST"));
}

TEST_F(HistogramLogTest, ADamagedLineIsRefusedByItsNumber) {
  const std::string good = absl::StrCat("0.0,1.0,0.0,", kEmpty, "\n");
  auto error_of = [&](const std::string& line) {
    const std::string error =
        ErrorOf(absl::StrCat(kHead, good, line, "\n", good));
    EXPECT_EQ(lines_.size(), 1u);
    EXPECT_THAT(error, StartsWith("5: "));
    return error.substr(3);
  };
  EXPECT_EQ(error_of(""),
            "line has 1 fields, expected a start, a length, a maximum and a "
            "histogram");
  EXPECT_THAT(error_of("Tag=a"), StartsWith("line has 1 fields, "));
  EXPECT_THAT(error_of("1,2,3"), StartsWith("line has 3 fields, "));
  EXPECT_EQ(error_of("-1,1,1,HIST"),
            "start is \"-1\", expected a number from 0 to 1e+12");
  EXPECT_EQ(error_of("0,nan,1,HIST"),
            "length is \"nan\", expected a number from 0 to 1e+12");
  EXPECT_EQ(error_of("0,1,1.2.3,HIST"),
            "maximum is \"1.2.3\", expected a number from 0 to 1e+12");
  for (const char* number :
       {"", " 1", "1e3", "0x1", "inf", ".", "+1", "1000000000001", "1\x1b"}) {
    EXPECT_THAT(error_of(absl::StrCat(number, ",1,1,", kEmpty)),
                StartsWith("start is \""));
  }
  EXPECT_EQ(error_of("0,1,1,HIST"),
            "histogram has 3 bytes, expected at least 8");
  EXPECT_EQ(error_of(absl::StrCat("0,1,1,", kEmpty, "\r")),
            "histogram is not valid base64");
  EXPECT_EQ(error_of(absl::StrCat("0,1,1,", kEmpty, ",")),
            "histogram is not valid base64");
  EXPECT_EQ(error_of(absl::StrCat("Tag=a b,0,1,1,", kEmpty)),
            "tag is \"a b\", expected METRIC or METRIC/INSTANCE, "
            "percent-encoded");
}

TEST_F(HistogramLogTest, ALineOfAnyLengthTakesBoundedMemory) {
  EXPECT_EQ(ErrorOf(kHead + std::string(1 << 22, '#')),
            "4: line is longer than 524288 bytes");
  EXPECT_EQ(ErrorOf(absl::StrCat(kHead, "#", std::string(524'287, 'x'), "\n",
                                 std::string(524'288, ','))),
            "5: start is \"\", expected a number from 0 to 1e+12");
}

TEST_F(HistogramLogTest, AFileThatCannotBeReadIsNamed) {
  const absl::Status missing = Read();
  EXPECT_EQ(missing.code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(missing.message()), StartsWith(path_));
  const absl::Status folder =
      ReadHistogramLog(folder_.path(), [](const HistogramLogLine&) {
        ADD_FAILURE();
        return absl::OkStatus();
      });
  EXPECT_FALSE(folder.ok());
  EXPECT_THAT(std::string(folder.message()), StartsWith(folder_.path()));
}

TEST_F(HistogramLogTest, AnErrorOfTheVisitorEndsTheReading) {
  const std::string line = absl::StrCat("0.0,1.0,0.0,", kEmpty, "\n");
  folder_.Write("histograms.hlog", kHead + line + line + line);
  int visits = 0;
  const absl::Status status =
      ReadHistogramLog(path_, [&](const HistogramLogLine&) {
        return ++visits < 2 ? absl::OkStatus() : absl::AbortedError("enough");
      });
  EXPECT_EQ(status, absl::AbortedError(path_ + ":5: enough"));
  EXPECT_EQ(visits, 2);
}

TEST(HistogramTagTest, NamesArePercentEncoded) {
  for (const auto& [tag, text] :
       std::vector<std::pair<HistogramTag, std::string>>{
           {{"response", ""}, "response"},
           {{"cold_service", "f"}, "cold_service/f"},
           {{"a/b", "c/d"}, "a%2Fb/c%2Fd"},
           {{"a", "-._~"}, "a/-._~"},
           {{"a", "100%"}, "a/100%25"},
           {{"a", "x,y z\n"}, "a/x%2Cy%20z%0A"},
           {{"a", "gr\u00fcn"}, "a/gr%C3%BCn"}}) {
    EXPECT_EQ(HistogramTagText(tag), text);
    EXPECT_EQ(ParseHistogramTag(text), tag) << text;
  }
}

TEST(HistogramTagTest, OtherSpellingsAreRefused) {
  for (const char* text : {"", "/", "/f", "a/", "a/b/c", "a b", "a%2fb", "a%",
                           "a%41", "a/%FF", "%C3", "a/b,c", "gr\u00fcn"}) {
    EXPECT_EQ(ParseHistogramTag(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace invocator
