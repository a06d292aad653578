#include "coordinator/progress/progress_stream.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <climits>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <vector>

#include "absl/strings/str_split.h"

namespace invocator {
namespace {

std::function<void(const Json&)> Writer(std::FILE* file) {
  return [file](const Json& object) { WriteProgressLine(object, file); };
}

// Captures the stream's lines.
class ProgressStreamTest : public testing::Test {
 protected:
  ProgressStreamTest() : file_(open_memstream(&text_, &size_)) {}
  ~ProgressStreamTest() override {
    std::fclose(file_);
    std::free(text_);
  }
  std::vector<Json> Objects() {
    std::fflush(file_);
    std::vector<Json> objects;
    for (const auto line : absl::StrSplit(text_, '\n', absl::SkipEmpty())) {
      objects.push_back(Json::parse(line));
    }
    return objects;
  }

  char* text_ = nullptr;
  size_t size_ = 0;
  std::FILE* file_;
};

// One call was ok after 20 ms, one timed out, one was dropped.
Totals TwoCalls() {
  BinTotals bin;
  bin.sent = 2;
  bin.dropped = 1;
  bin.Of(Outcome::kOk) = 1;
  bin.Of(Outcome::kTimeout) = 1;
  bin.response.Add(20'000'000);
  bin.service.Add(20'000'000);
  bin.lateness.Add(1'000);
  Totals totals;
  totals.MergeBin(bin);
  return totals;
}

TEST_F(ProgressStreamTest, AnObjectSaysAll) {
  ProgressStream stream(Writer(file_), "runs/a", 256, 15);
  std::vector<Totals> measured;
  measured.push_back(TwoCalls());
  stream.Show({1.00251, 100, measured, {}, 3, {"p99 < 1ms"}});
  const std::vector<Json> objects = Objects();
  ASSERT_EQ(objects.size(), 1u);
  const Json& object = objects[0];
  EXPECT_EQ(object["folder"], "runs/a");
  EXPECT_EQ(object["memory_mb"], 256);
  EXPECT_EQ(object["duration_s"], 15);
  EXPECT_EQ(object["elapsed_s"], 1.003);
  EXPECT_EQ(object["planned"], 100);
  EXPECT_EQ(object["sent"], 5);
  EXPECT_EQ(object["completed"], 2);
  EXPECT_EQ(object["dropped"], 1);
  EXPECT_EQ(object["in_flight"], 3);
  EXPECT_EQ(object["outcomes"], Json({{"ok", 1}, {"timeout", 1}}));
  // To within one cell of the histogram.
  EXPECT_NEAR(object["response_us"]["p99"].get<double>(), 20'000, 200);
  EXPECT_NEAR(object["lateness_us"]["max"].get<double>(), 1, 0.01);
  EXPECT_EQ(object["missed"], Json({"p99 < 1ms"}));
}

TEST_F(ProgressStreamTest, WhatIsNotKnownIsNull) {
  ProgressStream stream(Writer(file_), "runs/a", std::nullopt, 15);
  const std::vector<Totals> none(1);
  stream.Show({-0.5, 100, none, none, 0, {}});
  const Json object = Objects().at(0);
  EXPECT_EQ(object["elapsed_s"], 0);
  EXPECT_TRUE(object["memory_mb"].is_null());
  EXPECT_TRUE(object["response_us"]["p50"].is_null());
  EXPECT_EQ(object["outcomes"], Json::object());
}

TEST_F(ProgressStreamTest, IsDueOnceASecondFromTheStart) {
  ProgressStream stream(Writer(file_), "runs/a", std::nullopt, 15);
  const std::vector<Totals> none(1);
  int shown = 0;
  for (int tick = -20; tick <= 30; ++tick) {
    const double elapsed_s = tick / 10.0;
    if (!stream.IsDue(elapsed_s)) continue;
    stream.Show({elapsed_s, 1, none, {}, 0, {}});
    ++shown;
  }
  EXPECT_EQ(shown, 4);
}

TEST_F(ProgressStreamTest, ALineFitsIntoAPipeAtOnce) {
  ProgressStream stream(Writer(file_), "runs/a", std::nullopt, 15);
  const std::vector<Totals> none(1);
  stream.Show({1,
               1,
               none,
               {},
               0,
               std::vector<std::string>(100, std::string(100, 'x'))});
  EXPECT_LE(size_, size_t{PIPE_BUF});
  EXPECT_GT(Objects().at(0)["missed"].size(), 10u);
}

TEST(ProgressStream, AReaderThatTakesNothingIsNotWaitedFor) {
  int ends[2];
  ASSERT_EQ(pipe2(ends, O_NONBLOCK), 0);
  const std::string page(PIPE_BUF, 'x');
  while (write(ends[1], page.data(), page.size()) > 0) {
  }
  // A write would block from here on.
  ASSERT_EQ(fcntl(ends[1], F_SETFL, 0), 0);
  std::FILE* file = fdopen(ends[1], "w");
  ProgressStream stream(Writer(file), "runs/a", std::nullopt, 15);
  const std::vector<Totals> none(1);
  stream.Show({1, 1, none, {}, 0, {}});
  EXPECT_FALSE(stream.IsDue(1.5));
  std::fclose(file);
  close(ends[0]);
}

}  // namespace
}  // namespace invocator
