#include "common/process/say.h"

#include <gtest/gtest.h>

#include <memory>

#include "spdlog/spdlog.h"

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
  const auto before = spdlog::default_logger();
  testing::internal::CaptureStderr();
  LogToStderr("test");
  spdlog::warn("worker {} is lost", "a\n12:00:00 info: all is well\x1b[2J");
  const std::string said = testing::internal::GetCapturedStderr();
  spdlog::set_default_logger(before);
  ASSERT_GT(said.size(), 9u);
  EXPECT_EQ(said.substr(8),
            " warning: worker a 12:00:00 info: all is well\uFFFD[2J is lost\n");
}

}  // namespace
}  // namespace invocator
