#include "coordinator/timeline/histogram_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdint>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/arrivals/rng.h"
#include "common/process/child_process.h"
#include "coordinator/timeline/hdr_payload.h"
#include "tests/support/small_files.h"
#include "tests/support/source_path.h"
#include "tests/support/temp_dir.h"

namespace invocator {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

const absl::Time kStart = absl::FromUnixMillis(1'441'812'279'474);
constexpr char kHead[] =
    "#[Histogram log format version 1.3]\n"
    "#[StartTime: 1441812279.474 (seconds since epoch), "
    "Wed Sep 09 15:24:39 UTC 2015]\n"
    "\"StartTimestamp\",\"Interval_Length\",\"Interval_Max\","
    "\"Interval_Compressed_Histogram\"\n";
// Payload of an empty histogram, of PyPI hdrhistogram 0.10.8.
constexpr char kEmpty[] =
    "HISTFAAAAB14nJNpmSzMgADMUOoFELsZ7FjAYP8BIgIAXcYFNQ==";

// "INDEX:COUNT ..." for the non-zero cells.
std::string CellsOf(const Histogram& histogram) {
  std::vector<std::string> cells;
  histogram.ForEachCell([&](int index, uint64_t count) {
    cells.push_back(absl::StrCat(index, ":", count));
  });
  return absl::StrJoin(cells, " ");
}

// A histogram with the boundaries of the layout and some cells between them,
// and counts of every magnitude up to 2^40.
Histogram RandomHistogram(StreamRng& rng) {
  Histogram histogram;
  for (int index : {0, 2047, 2048, 24204}) {
    if (rng.Next() % 2 == 0) continue;
    histogram.Add(Histogram::CellLowestNs(index),
                  uint64_t{1} << rng.Next() % 41);
  }
  for (uint64_t left = rng.Next() % 200; left > 0; --left) {
    histogram.Add(
        static_cast<int64_t>(rng.Next() % Histogram::kMaxNs >> rng.Next() % 42),
        rng.Next() >> (24 + rng.Next() % 40));
  }
  return histogram;
}

class HistogramLogTest : public testing::Test {
 protected:
  std::unique_ptr<HistogramLogWriter> Create(
      Readers readers = Readers::kUmask) {
    auto writer = HistogramLogWriter::Create(path_, kStart, readers);
    EXPECT_TRUE(writer.ok()) << writer.status();
    return *std::move(writer);
  }
  std::string Text() const {
    std::ifstream file(path_, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(file), {});
  }
  // Reads path_ into lines_.
  absl::Status Read() {
    lines_.clear();
    return ReadHistogramLog(path_, [this](HistogramLogLine line) {
      lines_.push_back(std::move(line));
      return absl::OkStatus();
    });
  }
  // The error of reading `text`, after the path; "none" without an error.
  std::string ErrorOf(const std::string& text) {
    folder_.Write("histograms.hlog", text);
    const absl::Status status = Read();
    if (status.ok()) return "none";
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(status.message()), StartsWith(path_ + ":"));
    return std::string(status.message()).substr(path_.size() + 1);
  }

  TempDir folder_;
  const std::string path_ = folder_.Path("histograms.hlog");
  std::vector<HistogramLogLine> lines_;
};

TEST_F(HistogramLogTest, ALogWithoutHistogramsIsAHead) {
  EXPECT_TRUE(Create()->Close().ok());
  EXPECT_EQ(Text(), kHead);
  EXPECT_TRUE(Read().ok());
  EXPECT_THAT(lines_, testing::IsEmpty());
}

TEST_F(HistogramLogTest, ALineHoldsTagStartLengthAndMaximum) {
  auto writer = Create();
  Histogram histogram;
  histogram.Add(2'000'000);
  writer->Add({}, 0, 10.5, {});
  writer->Add({"response", ""}, 1, 0.1, histogram);
  writer->Add({"response", "a/b, c"}, 1'199.9996, 0, histogram);
  ASSERT_TRUE(writer->Close().ok());
  const std::string payload = ToHdrPayload(histogram);
  EXPECT_EQ(Text(),
            absl::StrCat(kHead, "0.000,10.500,0.000,", ToHdrPayload({}),
                         "\nTag=response,1.000,0.100,2.001,", payload,
                         "\nTag=response/a%2Fb%2C%20c,1200.000,0.000,2.001,",
                         payload, "\n"));
}

TEST_F(HistogramLogTest, WhatIsWrittenIsRead) {
  StreamRng rng(15, "log");
  std::vector<Histogram> written;
  auto writer = Create();
  constexpr int kLines = 500;  // several buffers
  for (int i = 0; i < kLines; ++i) {
    written.push_back(i == 7 ? Histogram() : RandomHistogram(rng));
    writer->Add({"service", absl::StrCat("gr\u00fcn ", i)}, i / 8.0, 0.125,
                written.back());
  }
  ASSERT_TRUE(writer->Close().ok());
  const absl::Status status = Read();
  ASSERT_TRUE(status.ok()) << status;
  ASSERT_EQ(lines_.size(), written.size());
  for (size_t i = 0; i < kLines; ++i) {
    const HistogramTag tag = {"service", absl::StrCat("gr\u00fcn ", i)};
    EXPECT_EQ(lines_[i].tag, tag);
    EXPECT_EQ(lines_[i].start_s, static_cast<double>(i) / 8);
    EXPECT_EQ(lines_[i].length_s, 0.125);
    ASSERT_EQ(CellsOf(lines_[i].histogram), CellsOf(written[i])) << i;
  }
}

TEST_F(HistogramLogTest, TheLongestLineOfAPlanIsRead) {
  StreamRng rng(15, "long");
  Histogram histogram;
  for (int index = 0; index <= 24204; ++index) {
    histogram.Add(Histogram::CellLowestNs(index), 1 + (rng.Next() >> 16));
  }
  auto writer = Create();
  const HistogramTag tag = {"response", std::string(256, '/')};
  writer->Add(tag, 0, 1, histogram);
  ASSERT_TRUE(writer->Close().ok());
  EXPECT_GT(Text().size(), 200'000u);
  const absl::Status status = Read();
  ASSERT_TRUE(status.ok()) << status;
  ASSERT_EQ(lines_.size(), 1u);
  EXPECT_EQ(lines_[0].tag, tag);
  EXPECT_EQ(CellsOf(lines_[0].histogram), CellsOf(histogram));
}

TEST_F(HistogramLogTest, TheDestructorWritesWhatIsBuffered) {
  Create()->Add({}, 0, 1, {});
  EXPECT_THAT(Text(), EndsWith(absl::StrCat(ToHdrPayload({}), "\n")));
}

TEST_F(HistogramLogTest, APrivateLogIsItsOwnersAlone) {
  Create(Readers::kOwner);
  struct stat status = {};
  ASSERT_EQ(stat(path_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
}

TEST_F(HistogramLogTest, AnExistingFileIsLeftAlone) {
  folder_.Write("histograms.hlog", "precious");
  EXPECT_EQ(HistogramLogWriter::Create(path_, kStart).status().code(),
            absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(Text(), "precious");
}

TEST_F(HistogramLogTest, AFullDiskIsAnErrorThatStays) {
  const SmallFiles small(10'000);
  auto writer = Create();
  for (int i = 0; i < 1'000; ++i) writer->Add({"response", ""}, i, 1, {});
  const absl::Status status = writer->status();
  EXPECT_FALSE(status.ok());
  EXPECT_THAT(std::string(status.message()), HasSubstr(path_));
  EXPECT_EQ(writer->Close(), status);
  EXPECT_EQ(writer->Close(), status);
  EXPECT_LE(Text().size(), 10'000u);
}

TEST_F(HistogramLogTest, ADiskThatIsFullAtTheEndIsNoticedByClose) {
  const SmallFiles small(100);
  auto writer = Create();
  EXPECT_TRUE(writer->status().ok());
  const absl::Status status = writer->Close();
  EXPECT_FALSE(status.ok());
  EXPECT_THAT(std::string(status.message()), HasSubstr(path_));
}

TEST_F(HistogramLogTest, MoreValuesThanTheFormatCountsAreRefused) {
  Histogram histogram;
  histogram.Add(5, uint64_t{1} << 63);
  auto writer = Create();
  writer->Add({"response", "f"}, 0, 1, histogram);
  const absl::Status status = writer->Close();
  EXPECT_EQ(status.code(), absl::StatusCode::kOutOfRange);
  EXPECT_EQ(status.message(),
            path_ +
                ": response/f has 9223372036854775808 values, expected "
                "less than 2^63");
  EXPECT_EQ(Text(), kHead);
}

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

// ---- compared with PyPI's hdrhistogram

class HistogramLogOracleTest : public HistogramLogTest {
 protected:
  void SetUp() override {
    if (!Run({"-c", "import hdrh"}).ok()) {
      GTEST_SKIP() << "PyPI's hdrhistogram is not installed: "
                      "scripts/install_deps.sh --python does that where PyPI "
                      "is reachable";
    }
  }
  absl::StatusOr<std::string> Run(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), SourcePath(".venv/bin/python"));
    ChildProcess child;
    child.arguments = std::move(arguments);
    child.max_output_bytes = size_t{16} << 20;
    return RunChildProcess(child);
  }
  absl::StatusOr<std::string> RunOracle(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), SourcePath("tests/oracle/hdr_log.py"));
    return Run(std::move(arguments));
  }

  static constexpr int kLines = 200;
};

TEST_F(HistogramLogOracleTest, HdrHistogramReadsWhatWeWrite) {
  StreamRng rng(15, "to the oracle");
  std::string expected;
  auto writer = Create();
  for (int i = 0; i < kLines; ++i) {
    const HistogramTag tag = {i % 3 == 0 ? "" : "response",
                              i % 3 == 1 ? "a, b" : ""};
    const Histogram histogram = i == 5 ? Histogram() : RandomHistogram(rng);
    writer->Add(tag, 0.125 * i, 2.5, histogram);
    const int64_t start_ms = absl::ToUnixMillis(kStart) + 125 * i;
    int64_t max_ns = 0;
    histogram.ForEachCell(
        [&](int index, uint64_t) { max_ns = Histogram::CellHighestNs(index); });
    absl::StrAppend(&expected,
                    i % 3 == 0   ? "-"
                    : i % 3 == 1 ? "response/a%2C%20b"
                                 : "response",
                    " ", start_ms, " ", start_ms + 2'500, " ", max_ns, " ",
                    histogram.count());
    absl::StrAppend(&expected, histogram.count() > 0 ? " " : "",
                    CellsOf(histogram), "\n");
  }
  ASSERT_TRUE(writer->Close().ok());
  const auto output = RunOracle({"read", path_});
  ASSERT_TRUE(output.ok()) << output.status();
  EXPECT_EQ(*output, expected);
}

TEST_F(HistogramLogOracleTest, WeReadWhatHdrHistogramWrites) {
  StreamRng rng(15, "from the oracle");
  std::vector<std::string> cells = {""};
  while (cells.size() < kLines) {
    cells.push_back(CellsOf(RandomHistogram(rng)));
  }
  const std::string input =
      folder_.Write("cells", absl::StrJoin(cells, "\n") + "\n");
  const auto output = RunOracle({"write", path_, input});
  ASSERT_TRUE(output.ok()) << output.status();
  const absl::Status status = Read();
  ASSERT_TRUE(status.ok()) << status;
  ASSERT_EQ(lines_.size(), cells.size());
  for (size_t i = 0; i < cells.size(); ++i) {
    EXPECT_EQ(lines_[i].tag, HistogramTag());
    EXPECT_EQ(lines_[i].start_s, static_cast<double>(i));
    ASSERT_EQ(CellsOf(lines_[i].histogram), cells[i]) << i;
  }
}

}  // namespace
}  // namespace invocator
