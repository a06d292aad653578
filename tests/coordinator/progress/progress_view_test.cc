#include "coordinator/progress/progress_view.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

#include "coordinator/text/display_width.h"

namespace invocator {
namespace {

using testing::ElementsAre;

ProgressFacts Facts() {
  ProgressFacts facts;
  facts.elapsed_s = 7.5;
  facts.duration_s = 60;
  facts.planned = 6000;
  facts.sent = 748;
  facts.ended = 736;
  facts.ok = 730;
  facts.in_flight = 12;
  facts.lateness_p99_ns = 51'200;
  facts.planned_per_s = 100;
  facts.sent_per_s = 99.84;
  facts.recent_response = ShownLatency{20'300'000, 25'100'000};
  facts.response = ShownLatency{20'100'000, 1'300'000'000};
  facts.outcomes[static_cast<size_t>(Outcome::kOk)] = 730;
  facts.outcomes[static_cast<size_t>(Outcome::kTimeout)] = 6;
  return facts;
}

std::vector<std::string> View(const ProgressFacts& facts,
                              WindowSize window = {}) {
  std::vector<std::string> texts;
  for (const LiveLine& line : ProgressView(facts, window)) {
    texts.push_back(line.text);
  }
  return texts;
}

TEST(ProgressViewTest, SaysHowItGoes) {
  EXPECT_THAT(
      View(Facts()),
      ElementsAre(
          " 7.5 / 60.0 s [#####-----------------------------------]  12 %",
          "rate      99.8/s sent, 100.0/s planned; 748 of 6000",
          "response  20.3 ms p50, 25.1 ms p99 last 5 s; 20.1 ms p50, "
          "1.30 s p99 so far",
          "in flight 12", "outcomes  730 ok, 6 timeout",
          "lateness  51.2 us p99"));
}

TEST(ProgressViewTest, BeforeTheFirstReportNothingIsMadeUp) {
  ProgressFacts facts;
  facts.duration_s = 60;
  facts.planned = 10;
  facts.planned_per_s = 2;
  const std::vector<std::string> view = View(facts);
  EXPECT_EQ(view[1], "rate      - sent, 2.0/s planned; 0 of 10");
  EXPECT_EQ(view[2], "response  -");
  EXPECT_EQ(view[4], "outcomes  0 ok");
}

TEST(ProgressViewTest, InAQuietTimeOnlyTheWholeRunHasResponses) {
  ProgressFacts facts = Facts();
  facts.recent_response.reset();
  EXPECT_EQ(View(facts)[2], "response  -; 20.1 ms p50, 1.30 s p99 so far");
}

TEST(ProgressViewTest, DroppedCallsAreMentionedIfAny) {
  ProgressFacts facts = Facts();
  facts.dropped = 4;
  EXPECT_EQ(View(facts)[4], "outcomes  730 ok, 6 timeout, 4 dropped");
}

TEST(ProgressViewTest, MissedThresholdsAreAnAlarm) {
  ProgressFacts facts = Facts();
  facts.missed = {"response p99 < 1s (now 1.30 s)"};
  EXPECT_EQ(ProgressView(facts, {}).back(),
            (LiveLine{"MISSED    response p99 < 1s (now 1.30 s)", true}));
  facts.missed.resize(3, "another");
  EXPECT_EQ(View(facts).back(),
            "MISSED    response p99 < 1s (now 1.30 s) and 2 more");
  EXPECT_EQ(View(facts).size(), 7u) << "and an empty line: eight";
}

TEST(ProgressViewTest, TheBarIsFullAtTheEndOnly) {
  const auto bar = [](double elapsed_s) {
    ProgressFacts facts = Facts();
    facts.elapsed_s = elapsed_s;
    const std::string line = View(facts, {34, 24})[0];
    return line.substr(line.find('['));
  };
  EXPECT_EQ(bar(0), "[-----------]   0 %");
  EXPECT_EQ(bar(30), "[#####------]  50 %");
  EXPECT_EQ(bar(59.9), "[##########-] 100 %");
  EXPECT_EQ(bar(60), "[###########] 100 %");
  EXPECT_EQ(bar(75), "[###########] 100 %") << "calls in flight are waited for";
}

TEST(ProgressViewTest, TheBarStaysInItsPlace) {
  ProgressFacts facts = Facts();
  facts.duration_s = 3600;
  const size_t before = View(facts)[0].find('[');
  facts.elapsed_s = 3599.9;
  EXPECT_EQ(View(facts)[0].find('['), before);
}

TEST(ProgressViewTest, NoLineIsAsWideAsTheWindow) {
  ProgressFacts facts = Facts();
  facts.missed = {"日本語の関数の名前: response p99 < 1s (now 1.30 s)"};
  for (size_t columns = 1; columns <= 130; ++columns) {
    for (const std::string& line : View(facts, {columns, 24})) {
      EXPECT_LT(DisplayWidth(line), std::max<size_t>(columns, 2)) << line;
    }
  }
}

TEST(ProgressViewTest, ANarrowWindowHasTheValuesThatMatter) {
  ProgressFacts facts = Facts();
  facts.missed = {"日本語の関数の名前: response p99 < 1s"};
  EXPECT_THAT(
      View(facts, {20, 24}),
      ElementsAre(" 7.5 / 60.0 s  12 %", "rate 99.8/s sent, 1",
                  "response 20.3 ms p5", "in flight 12", "outcomes 730 ok, 6 ",
                  "lateness 51.2 us p9", "MISSED 日本語の関数"));
}

TEST(ProgressViewTest, ALowWindowHasFewerLines) {
  ProgressFacts facts = Facts();
  for (size_t rows = 1; rows <= 10; ++rows) {
    const size_t most = rows == 1 ? 1 : rows - 1;
    EXPECT_EQ(View(facts, {80, rows}).size(), std::min<size_t>(most, 6));
  }
  facts.missed = {"x"};
  EXPECT_EQ(View(facts, {80, 4})[2], "MISSED    x");
  EXPECT_EQ(View(facts, {80, 4}).size(), 3u);
  EXPECT_EQ(View(facts, {80, 2})[0].substr(0, 4), " 7.5");
}

}  // namespace
}  // namespace invocator
