// Writes and reads a histogram log in a folder.
#ifndef INVOCATOR_TESTS_SUPPORT_HISTOGRAM_LOG_FIXTURE_H_
#define INVOCATOR_TESTS_SUPPORT_HISTOGRAM_LOG_FIXTURE_H_

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "coordinator/timeline/histogram_log.h"
#include "tests/support/temp_dir.h"

namespace invocator {

class HistogramLogFixture : public testing::Test {
 protected:
  static inline const absl::Time kStart =
      absl::FromUnixMillis(1'441'812'279'474);
  static constexpr char kHead[] =
      "#[Histogram log format version 1.3]\n"
      "#[StartTime: 1441812279.474 (seconds since epoch), "
      "Wed Sep 09 15:24:39 UTC 2015]\n"
      "\"StartTimestamp\",\"Interval_Length\",\"Interval_Max\","
      "\"Interval_Compressed_Histogram\"\n";

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
    EXPECT_THAT(std::string(status.message()),
                testing::StartsWith(path_ + ":"));
    return std::string(status.message()).substr(path_.size() + 1);
  }

  TempDir folder_;
  const std::string path_ = folder_.Path("histograms.hlog");
  std::vector<HistogramLogLine> lines_;
};

}  // namespace invocator

#endif  // INVOCATOR_TESTS_SUPPORT_HISTOGRAM_LOG_FIXTURE_H_
