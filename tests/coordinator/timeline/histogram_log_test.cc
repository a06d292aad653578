#include "coordinator/timeline/histogram_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/arrivals/rng.h"
#include "common/process/child_process.h"
#include "coordinator/timeline/hdr_payload.h"
#include "tests/support/file_size_limit.h"
#include "tests/support/histogram_log_fixture.h"
#include "tests/support/source_path.h"

namespace invocator {
namespace {

using testing::EndsWith;
using testing::HasSubstr;

// One suite, in two files.
using HistogramLogTest = HistogramLogFixture;

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
  const FileSizeLimit small(10'000);
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
  const FileSizeLimit small(100);
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
