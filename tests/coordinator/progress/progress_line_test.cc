#include "coordinator/progress/progress_line.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <string>

namespace invocator {
namespace {

ProgressFacts FactsAt(double elapsed_s) {
  ProgressFacts facts;
  facts.elapsed_s = elapsed_s;
  facts.duration_s = 15;
  facts.planned = 100;
  facts.sent = 20;
  facts.ended = 18;
  facts.ok = 17;
  facts.in_flight = 2;
  facts.lateness_p99_ns = 51'200;
  return facts;
}

constexpr char kAtOne[] =
    "  1.0 / 15.0 s  20 of 100 sent, 17 ok, 1 not ok, 2 in flight, "
    "lateness p99 51.2 us";

// Takes what a line writes to its file.
class Capture {
 public:
  Capture() : file_(open_memstream(&text_, &size_)) {}
  ~Capture() {
    std::fclose(file_);
    std::free(text_);
  }
  std::FILE* file() { return file_; }
  std::string Text() {
    std::fflush(file_);
    return std::string(text_, size_);
  }

 private:
  char* text_ = nullptr;
  size_t size_ = 0;
  std::FILE* file_;
};

TEST(FormatProgressTest, SaysHowItGoes) {
  EXPECT_EQ(FormatProgress(FactsAt(1)), kAtOne);
}

TEST(FormatProgressTest, DroppedAreMentionedIfAny) {
  ProgressFacts facts = FactsAt(1);
  facts.dropped = 4;
  EXPECT_NE(FormatProgress(facts).find(", 4 dropped, "), std::string::npos);
}

TEST(ProgressLineTest, ATerminalsLineRenewsItself) {
  Capture capture;
  ProgressLine line(capture.file(), /*is_terminal=*/true);
  line.Show(FactsAt(1));
  EXPECT_EQ(capture.Text(), std::string("\r") + kAtOne + "\x1b[K");
  line.Finish();
  line.Finish();
  EXPECT_EQ(capture.Text(), std::string("\r") + kAtOne + "\x1b[K" + "\r\x1b[K");
}

TEST(ProgressLineTest, ATerminalSeesTwoASecond) {
  Capture capture;
  ProgressLine line(capture.file(), /*is_terminal=*/true);
  int shown = 0;
  for (int i = 0; i < 100; ++i) {
    const double elapsed_s = 0.1 * i;
    if (line.IsDue(elapsed_s)) ++shown;
    line.Show(FactsAt(elapsed_s));
  }
  EXPECT_EQ(shown, 20);
}

TEST(ProgressLineTest, ElsewhereItIsALineEveryFiveSeconds) {
  Capture capture;
  ProgressLine line(capture.file(), /*is_terminal=*/false);
  for (double elapsed_s : {0.0, 4.9, 5.1, 5.2, 9.9, 17.0, 19.0, 20.0}) {
    line.Show(FactsAt(elapsed_s));
  }
  line.Finish();
  const std::string text = capture.Text();
  EXPECT_EQ(text.find('\r'), std::string::npos);
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  std::string starts;
  for (size_t at = 0; at < text.size(); at = text.find('\n', at) + 1) {
    starts += text.substr(at, 5) + ";";
  }
  EXPECT_EQ(starts, "  5.1; 17.0; 20.0;");
}

TEST(ProgressLineTest, NothingIsClearedThatWasNotShown) {
  Capture capture;
  ProgressLine line(capture.file(), /*is_terminal=*/true);
  line.Finish();
  EXPECT_EQ(capture.Text(), "");
}

TEST(ProgressLineTest, OnlyTerminalsThatKnowEscapesGetSome) {
  const auto takes = [](bool is_terminal, std::string term,
                        std::string no_color) {
    return TakesEscapes(is_terminal, [&](const char* name) {
      return std::string(name) == "TERM" ? term : no_color;
    });
  };
  EXPECT_TRUE(takes(true, "xterm", ""));
  EXPECT_FALSE(takes(false, "xterm", ""));
  EXPECT_FALSE(takes(true, "dumb", ""));
  EXPECT_FALSE(takes(true, "unknown", ""));
  EXPECT_FALSE(takes(true, "", ""));
  EXPECT_FALSE(takes(true, "xterm", "1"));
}

}  // namespace
}  // namespace invocator
