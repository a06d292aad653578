#include "coordinator/progress/progress_line.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include "tests/support/terminal.h"

namespace invocator {
namespace {

using testing::HasSubstr;

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

TEST(ProgressLineTest, ATerminalSeesTwoASecond) {
  const Terminal terminal;
  LiveLines live(terminal.fd());
  ProgressLine line(stderr, &live);
  int shown = 0;
  for (int i = 0; i < 100; ++i) {
    const double elapsed_s = 0.1 * i;
    if (line.IsDue(elapsed_s)) ++shown;
    line.Show(FactsAt(elapsed_s));
    terminal.Read();  // so that it takes the next
  }
  EXPECT_EQ(shown, 20);
}

TEST(ProgressLineTest, ATerminalsViewGoesInTheEnd) {
  const Terminal terminal;
  LiveLines live(terminal.fd());
  ProgressLine line(stderr, &live);
  line.Show(FactsAt(1));
  EXPECT_THAT(terminal.Read(), HasSubstr("\r\n\r 1.0 / 15.0 s ["));
  line.Finish();
  line.Finish();
  EXPECT_EQ(terminal.Read(), "\r\x1b[J");
}

TEST(ProgressLineTest, ElsewhereItIsALineEveryFiveSeconds) {
  Capture capture;
  ProgressLine line(capture.file());
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

TEST(ProgressLineTest, APipeThatNobodyReadsGetsNoLine) {
  int ends[2];
  ASSERT_EQ(pipe2(ends, O_NONBLOCK), 0);
  const std::string block(4096, 'x');
  while (write(ends[1], block.data(), block.size()) > 0) {
  }
  // As a program's stderr is: it would wait.
  ASSERT_EQ(fcntl(ends[1], F_SETFL, 0), 0);
  std::FILE* const file = fdopen(ends[1], "w");
  ProgressLine line(file);
  line.Show(FactsAt(5));
  std::fclose(file);
  std::string taken(1 << 20, '\0');
  size_t size = 0;
  for (ssize_t n; (n = read(ends[0], taken.data(), taken.size())) > 0;) {
    EXPECT_EQ(taken.find('5'), std::string::npos);
    size += static_cast<size_t>(n);
  }
  EXPECT_GE(size, 4096u);
  close(ends[0]);
}

TEST(ProgressLineTest, OnlyTerminalsThatKnowEscapesGetSome) {
  const auto takes = [](bool is_terminal, std::string term,
                        std::string no_color = "") {
    return TakesEscapes(is_terminal, [&](const char* name) {
      return std::string(name) == "TERM"       ? term
             : std::string(name) == "NO_COLOR" ? no_color
                                               : "";
    });
  };
  EXPECT_TRUE(takes(true, "xterm"));
  EXPECT_FALSE(takes(false, "xterm"));
  EXPECT_FALSE(takes(true, "dumb"));
  EXPECT_FALSE(takes(true, "unknown"));
  EXPECT_FALSE(takes(true, ""));
  EXPECT_FALSE(takes(true, "xterm", "1"));
}

}  // namespace
}  // namespace invocator
