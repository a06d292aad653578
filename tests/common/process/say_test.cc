#include "common/process/say.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>

#include "common/process/log.h"
#include "common/process/output.h"

namespace invocator {
namespace {

TEST(SayTest, WhatIsSaidIsCleanText) {
  testing::internal::CaptureStderr();
  Say("a\x1b[31mb\xff\nc\r");
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "a\uFFFD[31mb\uFFFD\nc \n");
}

TEST(SayTest, WhatIsPrintedIsCleanText) {
  testing::internal::CaptureStdout();
  EXPECT_TRUE(Print("a\xC2\x9B\nb\n").ok());
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "a\uFFFD\nb\n");
}

TEST(SayTest, ALogMessageIsOneCleanLine) {
  testing::internal::CaptureStderr();
  Log().warn("worker {} is lost", "a\n12:00:00 info: all is well\x1b[2J");
  const std::string said = testing::internal::GetCapturedStderr();
  ASSERT_GT(said.size(), 9u);
  EXPECT_EQ(said.substr(8),
            " warning: worker a 12:00:00 info: all is well\uFFFD[2J is lost\n");
}

class Kept final : public Output {
 public:
  void OnMessage(absl::string_view lines) override {
    text += std::string(lines);
  }
  absl::Status OnText(absl::string_view part) override {
    text += std::string(part);
    return absl::ResourceExhaustedError("full");
  }
  std::string text;
};

TEST(OutputScopeTest, TakesWhatItsThreadSays) {
  Kept kept;
  testing::internal::CaptureStderr();
  testing::internal::CaptureStdout();
  {
    const OutputScope scope(kept);
    Say("a\x1b");
    Log().warn("b\nc");
    EXPECT_EQ(Print("d\n").message(), "full");
    Kept inner_kept;
    {
      const OutputScope inner(inner_kept);
      Say("inner");
    }
    EXPECT_EQ(inner_kept.text, "inner\n");
    std::thread([] { Say("of another thread"); }).join();
  }
  Say("after it");
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "");
  EXPECT_EQ(testing::internal::GetCapturedStderr(),
            "of another thread\nafter it\n");
  ASSERT_EQ(kept.text.size(),
            std::string("a\uFFFD\n12:00:00 warning: b c\nd\n").size());
  EXPECT_EQ(kept.text.substr(0, 5), "a\uFFFD\n");
  EXPECT_EQ(kept.text.substr(13), " warning: b c\nd\n");
}

}  // namespace
}  // namespace invocator
