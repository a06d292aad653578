#include "coordinator/text/terminal_question.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <string>

namespace invocator {
namespace {

// What is made of that input, which then ends.
absl::StatusOr<bool> Answer(const std::string& input) {
  std::array<int, 2> ends{};
  EXPECT_EQ(pipe(ends.data()), 0);
  EXPECT_EQ(write(ends[1], input.data(), input.size()),
            static_cast<ssize_t>(input.size()));
  close(ends[1]);
  auto answer = AskYesOrNo("Go on? ", ends[0], [] { return false; });
  close(ends[0]);
  return answer;
}

TEST(TerminalQuestionTest, OnlyAYesIsOne) {
  for (const char* input : {"y\n", "Y\n", "yes\n", " YES \r\n", "y\nn\n"}) {
    EXPECT_TRUE(*Answer(input)) << input;
  }
  for (const char* input :
       {"", "\n", "n\n", "no\n", "yy\n", "yess\n", "\ny\n", "yes no\n"}) {
    EXPECT_FALSE(*Answer(input)) << input;
  }
  EXPECT_FALSE(*Answer("y")) << "no line's end: the input was cut off";
  EXPECT_FALSE(*Answer(std::string(4000, 'y'))) << "it is not read for ever";
}

TEST(TerminalQuestionTest, AnInterruptEndsIt) {
  std::array<int, 2> ends{};
  ASSERT_EQ(pipe(ends.data()), 0);
  int looks = 0;
  const auto answer =
      AskYesOrNo("Go on? ", ends[0], [&looks] { return ++looks > 1; });
  EXPECT_TRUE(absl::IsCancelled(answer.status()));
  close(ends[0]);
  close(ends[1]);
}

}  // namespace
}  // namespace invocator
