#include "coordinator/shapes/calls_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/arrivals/arrival_stream.h"
#include "common/arrivals/instant_tape.h"
#include "coordinator/json/json_reader.h"
#include "coordinator/text/text_file.h"
#include "tests/support/temp_dir.h"

namespace invocator {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// Reads "arrivals" of instance "a" in a test of 10 s, with files in a folder of
// its own.
class CallsReaderTest : public ::testing::Test {
 protected:
  void Write(const std::string& name, const std::string& text) {
    ASSERT_TRUE(
        WriteTextFile(absl::StrCat(folder_.path(), "/", name), text).ok());
  }
  ArrivalSpec Read(const std::string& arrivals) {
    issues_ = WorkloadIssues("w");
    const auto document =
        ReadJson("w", absl::StrCat("{\"arrivals\": ", arrivals, "}"));
    EXPECT_TRUE(document.ok()) << document.status();
    FieldReader fields(document->root, "a", issues_);
    ArrivalSpec spec;
    spec.seed = 7;
    spec.stream = "a";
    spec.duration_s = spec.window_end_s = duration_s_;
    files_.folder = folder_.path();
    ReadCalls(fields, duration_s_, files_, spec, issues_);
    return spec;
  }
  std::string Error(const std::string& arrivals) {
    Read(arrivals);
    return std::string(issues_.ToStatus().message());
  }
  std::vector<int64_t> Times(const std::string& arrivals) {
    const ArrivalSpec spec = Read(arrivals);
    EXPECT_EQ(issues_.ToStatus(), absl::OkStatus());
    std::vector<int64_t> times;
    const auto stream = MakeArrivalStream(spec);
    while (const auto arrival = stream->Next()) {
      times.push_back(arrival->scheduled_ns);
    }
    return times;
  }

  TempDir folder_;
  double duration_s_ = 10;
  CallsFiles files_;
  WorkloadIssues issues_{"w"};
};

TEST_F(CallsReaderTest, CountsAreReadByColumn) {
  Write("c.csv", "minute,count,other\r\n0,3,9\r\n1,0,9\r\n2,4.0,9");
  const ArrivalSpec spec =
      Read(R"({"counts": "c.csv", "bin_in_seconds": 2, "thin": 0.5})");
  EXPECT_EQ(issues_.ToStatus(), absl::OkStatus());
  EXPECT_THAT(issues_.warnings(), IsEmpty());
  EXPECT_EQ(spec.kind, ArrivalKind::kCounts);
  EXPECT_THAT(spec.counts.counts, ElementsAre(3, 0, 4));
  EXPECT_EQ(spec.counts.bin_s, 2);
  EXPECT_EQ(spec.counts.speed, 1);
  EXPECT_EQ(spec.counts.thin, 0.5);
  EXPECT_FALSE(spec.counts.even);
  EXPECT_THAT(Read(R"({"counts": "c.csv", "column": "other",
                       "within_bin": "even", "bin_in_seconds": 1})")
                  .counts,
              (BinnedCalls{.counts = {9, 9, 9}, .bin_s = 1, .even = true}));
}

TEST_F(CallsReaderTest, AFileOfOneColumnNeedsNoName) {
  Write("c.csv", "\xEF\xBB\xBF\"calls\"\n\"3\"\n");
  EXPECT_THAT(Read(R"({"counts": "c.csv"})").counts.counts, ElementsAre(3));
  EXPECT_EQ(issues_.ToStatus(), absl::OkStatus());
}

TEST_F(CallsReaderTest, BinsBeyondTheTestAreLeftOutWithAWarning) {
  Write("c.csv", "count\n1\n2\n4\n");
  const ArrivalSpec spec = Read(R"({"counts": "c.csv", "bin_in_seconds": 5})");
  EXPECT_THAT(spec.counts.counts, ElementsAre(1, 2));
  EXPECT_THAT(
      issues_.warnings(),
      ElementsAre("w: a.arrivals.counts: the test ends before 4 of its 7 "
                  "calls, which are left out"));
  // Twice as fast, all are in time.
  EXPECT_THAT(Read(R"({"counts": "c.csv", "bin_in_seconds": 5, "speed": 2})")
                  .counts.counts,
              SizeIs(3));
  EXPECT_THAT(issues_.warnings(), IsEmpty());
}

TEST_F(CallsReaderTest, ABinThatTheTestCutsIsNamed) {
  Write("c.csv", "count\n1\n2\n4\n");
  Read(R"({"counts": "c.csv", "bin_in_seconds": 4})");
  EXPECT_THAT(issues_.warnings(),
              ElementsAre("w: a.arrivals.counts: the test ends within bin 3, "
                          "counted from 1: a part of its 4 calls is left out"));
}

TEST_F(CallsReaderTest, AnEmptyLineIsNamedAsOne) {
  Write("c.csv", "count\n1\n\n");
  EXPECT_THAT(Error(R"({"counts": "c.csv"})"),
              HasSubstr("c.csv:3: expected a number of calls, 0 to 1000000000, "
                        "found an empty line"));
}

TEST_F(CallsReaderTest, WrongCellsAreNamedByLine) {
  for (const char* cell : {"1.5", "-1", "", "x", "nan", "1e3", "1000000001"}) {
    Write("c.csv", absl::StrCat("t,count\n0,1\n1,", cell, "\n"));
    EXPECT_THAT(Error(R"({"counts": "c.csv"})"),
                AllOf(HasSubstr("c.csv:3: expected a number of calls, 0 to "
                                "1000000000, found "),
                      HasSubstr(cell)));
  }
  Write("c.csv", "t,count\n0\n");
  EXPECT_THAT(Error(R"({"counts": "c.csv"})"), HasSubstr("c.csv:2: "));
}

TEST_F(CallsReaderTest, MissingColumnsAndFilesAreNamed) {
  Write("c.csv", "t,calls\n0,1\n");
  EXPECT_THAT(Error(R"({"counts": "c.csv"})"),
              HasSubstr("has no column \"count\", found 2 columns: \"t\""));
  EXPECT_THAT(Error(R"({"counts": "c.csv", "column": "n"})"),
              HasSubstr("has no column \"n\""));
  Write("d.csv", "count,count\n0,1\n");
  EXPECT_THAT(Error(R"({"counts": "d.csv"})"), HasSubstr("has 2 columns"));
  Write("e.csv", "");
  EXPECT_THAT(Error(R"({"counts": "e.csv"})"), HasSubstr("is empty"));
  EXPECT_THAT(Error(R"({"counts": "none.csv"})"),
              HasSubstr("none.csv: cannot be opened: No such file"));
  EXPECT_THAT(Error(R"({"counts": "."})"), HasSubstr("is a folder"));
  EXPECT_THAT(Error(R"({"counts": ""})"), HasSubstr("not the name of a file"));
  EXPECT_THAT(Error(R"({"counts": 5})"), HasSubstr("a string, found 5"));
}

TEST_F(CallsReaderTest, RefusesWhatBelongsToTheOther) {
  EXPECT_THAT(Error("{}"), HasSubstr("found neither"));
  EXPECT_THAT(Error(R"({"counts": "c", "timestamps": "t"})"),
              HasSubstr("found both"));
  EXPECT_THAT(Error(R"({"counts": "c", "unit": "s"})"),
              HasSubstr("a.arrivals.unit"));
  EXPECT_THAT(Error(R"({"timestamps": "c", "bin_in_seconds": 1})"),
              HasSubstr("a.arrivals.bin_in_seconds"));
  EXPECT_THAT(Error("[]"), HasSubstr("an object with counts or timestamps"));
  EXPECT_THAT(Error(R"({"counts": "c", "speed": 0})"),
              HasSubstr("from 1e-06 to 1000000, found 0"));
  EXPECT_THAT(Error(R"({"counts": "c", "thin": 1.1})"),
              HasSubstr("from 1e-06 to 1, found 1.1"));
  EXPECT_THAT(Error(R"({"counts": "c", "thin": 0})"),
              HasSubstr("from 1e-06 to 1, found 0"));
  EXPECT_THAT(Error(R"({"counts": "c", "within_bin": "evn"})"),
              HasSubstr("did you mean \"even\""));
}

TEST_F(CallsReaderTest, TimestampsBeginWithTheEarliest) {
  Write("t.csv",
        "id,start\n1,1700000002.000000001\n2,1700000000.5\n3,1700000000.5\n");
  EXPECT_THAT(Times(R"({"timestamps": "t.csv", "column": "start"})"),
              ElementsAre(0, 0, 1'500'000'001));
  EXPECT_THAT(issues_.warnings(),
              ElementsAre(HasSubstr("rows are not in order of time: sorted")));
  EXPECT_THAT(
      Times(R"({"timestamps": "t.csv", "column": "start", "speed": 2})"),
      ElementsAre(0, 0, 750'000'001));
}

TEST_F(CallsReaderTest, StartIsInTheFilesOwnTime) {
  Write("t.csv", "timestamp\n1000\n1999.5\n2000\n2002\n2500\n30000\n");
  EXPECT_THAT(
      Times(R"({"timestamps": "t.csv", "unit": "ms", "start_in_seconds": 2})"),
      ElementsAre(0, 2'000'000, 500'000'000));
  EXPECT_THAT(
      issues_.warnings(),
      ElementsAre("w: a.arrivals.start_in_seconds: comes after 2 of 6 calls, "
                  "which are left out",
                  HasSubstr("the test ends before 1 of its 6 calls")));
  Write("i.csv",
        "timestamp\n2021-01-31T00:00:01Z\n2021-01-31T01:00:02+01:00\n");
  EXPECT_THAT(Times(R"({"timestamps": "i.csv", "unit": "iso8601",
                        "start_in_seconds": 1612051200})"),
              ElementsAre(1'000'000'000, 2'000'000'000));
}

TEST_F(CallsReaderTest, WrongTimestampsAreNamedByLine) {
  Write("t.csv", "timestamp\n1\nsoon\n");
  EXPECT_THAT(Error(R"({"timestamps": "t.csv"})"),
              HasSubstr("t.csv:3: expected a timestamp in s, found \"soon\""));
  Write("t.csv", "timestamp\n\x1b[31m\n");
  EXPECT_THAT(Error(R"({"timestamps": "t.csv"})"), Not(HasSubstr("\x1b")));
}

TEST_F(CallsReaderTest, ThinningKeepsTheSameRowsAtEverySpeed) {
  std::string rows = "timestamp\n";
  for (int i = 0; i < 10'000; ++i) absl::StrAppend(&rows, i, "\n");
  Write("t.csv", rows);
  const auto kept =
      Times(R"({"timestamps": "t.csv", "unit": "us", "thin": 0.2})");
  // Binomial: 2,000 with a standard deviation of 40.
  EXPECT_NEAR(static_cast<double>(kept.size()), 2'000, 200);
  std::vector<int64_t> doubled;
  for (
      const int64_t t : Times(
          R"({"timestamps": "t.csv", "unit": "us", "thin": 0.2, "speed": 0.5})")) {
    doubled.push_back(t / 2);
  }
  EXPECT_EQ(doubled, kept);
  // A thinner plan is a part of a thicker one.
  const auto more =
      Times(R"({"timestamps": "t.csv", "unit": "us", "thin": 0.4})");
  EXPECT_TRUE(
      std::includes(more.begin(), more.end(), kept.begin(), kept.end()));
}

TEST_F(CallsReaderTest, BinsOfAWorkloadAreBounded) {
  Write("c.csv", "count\n1\n2\n3\n");
  files_.bins = 9'999'997;
  Read(R"({"counts": "c.csv", "bin_in_seconds": 1})");
  EXPECT_EQ(issues_.ToStatus(), absl::OkStatus());
  EXPECT_THAT(Error(R"({"counts": "c.csv", "bin_in_seconds": 1})"),
              HasSubstr("at most 10000000 bins in a workload"));
}

TEST_F(CallsReaderTest, TimestampsOfAWorkloadAreBounded) {
  Write("t.csv", "timestamp\n1\n2\n3\n");
  files_.timestamps = kMaxTapeInstants - 3;
  Read(R"({"timestamps": "t.csv"})");
  EXPECT_EQ(issues_.ToStatus(), absl::OkStatus());
  EXPECT_EQ(files_.timestamps, kMaxTapeInstants);
  // Three behind the first row, but two behind the earliest.
  Write("u.csv", "timestamp\n100\n101\n102\n0\n1\n");
  files_.timestamps = kMaxTapeInstants - 2;
  Read(R"({"timestamps": "u.csv"})");
  EXPECT_EQ(issues_.ToStatus(), absl::OkStatus());
  EXPECT_THAT(Error(R"({"timestamps": "t.csv"})"),
              HasSubstr("more than the 10000000 timestamps"));
}

}  // namespace
}  // namespace invocator
