#include "common/process/live_lines.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <optional>
#include <string>
#include <thread>

#include "common/process/log.h"
#include "common/process/say.h"
#include "tests/support/terminal.h"

namespace invocator {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

// The terminal writes "\r\n" for "\n".
constexpr char kErase[] = "\r\x1b[J";
constexpr char kOneAndTwo[] =
    "\x1b[?7l\r\x1b[K\r\n\rone\x1b[K\r\r\ntwo\x1b[K\x1b[J\x1b[?7h\r\x1b[2A";

class LiveLinesTest : public testing::Test {
 protected:
  const Terminal terminal_;
  std::optional<LiveLines> live_{std::in_place, terminal_.fd()};
};

TEST_F(LiveLinesTest, LinesStandBelowAnEmptyOneWithTheCursor) {
  live_->Show({{"one"}, {"two"}});
  EXPECT_TRUE(LiveLines::AreOnScreen());
  EXPECT_EQ(terminal_.Read(), kOneAndTwo);
  live_->Show({{"one"}, {"two"}});
  EXPECT_EQ(terminal_.Read(), kOneAndTwo) << "overwritten, not erased";
}

TEST_F(LiveLinesTest, ThereIsNothingLeftInTheEnd) {
  live_->Show({{"one"}});
  terminal_.Read();
  live_->Clear();
  EXPECT_EQ(terminal_.Read(), kErase);
  EXPECT_FALSE(LiveLines::AreOnScreen());
  live_->Clear();
  live_->Show({{"one"}});
  terminal_.Read();
  live_.reset();
  EXPECT_EQ(terminal_.Read(), kErase);
  EXPECT_FALSE(LiveLines::AreOnScreen());
}

TEST_F(LiveLinesTest, NothingIsErasedThatWasNotShown) {
  live_->Clear();
  live_.reset();
  EXPECT_EQ(terminal_.Read(), "");
}

TEST_F(LiveLinesTest, NothingToShowIsNotWritten) {
  live_.reset();
  // Of a datagram socket, since its reader sees empty writes.
  int ends[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, ends), 0);
  live_.emplace(ends[0]);
  live_->Clear();
  live_.reset();
  char byte;
  EXPECT_EQ(recv(ends[1], &byte, 1, 0), -1) << "an empty write";
  close(ends[0]);
  close(ends[1]);
}

TEST_F(LiveLinesTest, MessagesGoAbove) {
  live_->Show({{"one"}, {"two"}});
  terminal_.Read();
  Say("hello\x1b[31m");
  EXPECT_EQ(terminal_.Read(),
            std::string(kErase) + "hello\uFFFD[31m\r\n" + kOneAndTwo);
  Log().warn("careful");
  const std::string logged = terminal_.Read();
  EXPECT_THAT(logged, StartsWith(kErase));
  EXPECT_THAT(logged,
              EndsWith(std::string(" warning: careful\r\n") + kOneAndTwo));
  live_->Clear();
  terminal_.Read();
  Say("bye");
  EXPECT_EQ(terminal_.Read(), "bye\r\n");
}

TEST_F(LiveLinesTest, WithoutThemMessagesGoToStderr) {
  live_.reset();
  testing::internal::CaptureStderr();
  Say("hello");
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "hello\n");
  EXPECT_EQ(terminal_.Read(), "");
}

TEST_F(LiveLinesTest, AlarmsAreRed) {
  live_->Show({{"bad", /*is_alarm=*/true}});
  EXPECT_THAT(terminal_.Read(), HasSubstr("\x1b[31mbad\x1b[m"));
  live_->Show({{"good"}});
  EXPECT_THAT(terminal_.Read(), Not(HasSubstr("\x1b[31m")));
}

TEST_F(LiveLinesTest, ALowWindowHasNoMoreLinesThanRows) {
  terminal_.Resize(80, 2);
  live_->Show({{"one"}, {"two"}, {"three"}});
  std::string text = terminal_.Read();
  EXPECT_THAT(text, HasSubstr("\r\n\rone"));
  EXPECT_THAT(text, Not(HasSubstr("two")));
  EXPECT_THAT(text, EndsWith("\r\x1b[1A"));
  terminal_.Resize(80, 1);
  live_->Show({{"one"}, {"two"}});
  text = terminal_.Read();
  EXPECT_THAT(text, HasSubstr("\rone\x1b[K"));
  EXPECT_THAT(text, Not(HasSubstr("\n"))) << "it would scroll";
  EXPECT_THAT(text, Not(HasSubstr("\x1b[1A")));
}

TEST_F(LiveLinesTest, AResizedWindowIsErasedFirst) {
  live_->Show({{"one"}, {"two"}});
  terminal_.Read();
  terminal_.Resize(70, 24);
  live_->Show({{"one"}, {"two"}});
  EXPECT_EQ(terminal_.Read(), std::string(kErase) + kOneAndTwo);
  live_->Show({{"one"}, {"two"}});
  EXPECT_EQ(terminal_.Read(), kOneAndTwo);
}

TEST_F(LiveLinesTest, TheWindowIsAskedEachTime) {
  EXPECT_EQ(live_->Size().columns, 80u);
  terminal_.Resize(20, 5);
  EXPECT_EQ(live_->Size().columns, 20u);
  EXPECT_EQ(live_->Size().rows, 5u);
  terminal_.Resize(0, 0);
  EXPECT_EQ(live_->Size().columns, 80u);
}

// Every call returns, or this test would hang.
TEST_F(LiveLinesTest, NobodyWaitsForAStoppedTerminal) {
  live_->Show({{"old"}});
  terminal_.Read();
  terminal_.Stop();
  for (int i = 0; i < 10'000; ++i) {
    live_->Show({{"frame " + std::to_string(i)}});
  }
  Say("first");
  Say("second");
  EXPECT_EQ(terminal_.Read(), "");
  terminal_.Start();
  live_->Show({{"new"}});
  const std::string text = terminal_.Read();
  EXPECT_THAT(text, HasSubstr("first\r\nsecond\r\n"));
  EXPECT_THAT(text, EndsWith("\rnew\x1b[K\x1b[J\x1b[?7h\r\x1b[1A"));
  EXPECT_THAT(text, Not(HasSubstr("frame 5")));
}

// A frame that fits in part is finished before the next begins.
TEST_F(LiveLinesTest, FramesArriveWholeAtASlowReader) {
  std::string text;
  for (int i = 0; i < 2'000; ++i) {
    live_->Show({{std::string(70, 'a')}, {std::string(70, 'b')}});
    if (i % 700 == 699) text += terminal_.Read();
  }
  for (std::string more; !(more = terminal_.Read()).empty();) {
    text += more;
    live_->Clear();
  }
  const std::string frame = "\x1b[?7l\r\x1b[K\r\n\r" + std::string(70, 'a') +
                            "\x1b[K\r\r\n" + std::string(70, 'b') +
                            "\x1b[K\x1b[J\x1b[?7h\r\x1b[2A";
  size_t frames = 0;
  while (text.compare(0, frame.size(), frame) == 0) {
    text.erase(0, frame.size());
    ++frames;
  }
  EXPECT_EQ(text, kErase);
  EXPECT_GT(frames, 3u);
  EXPECT_LT(frames, 2'000u) << "the terminal took all: no test";
}

TEST_F(LiveLinesTest, MessagesAreKeptUpToALimit) {
  terminal_.Stop();
  const std::string line(1023, 'x');
  for (int i = 0; i < 300; ++i) Say(line);
  terminal_.Start();
  std::thread end([&] { live_.reset(); });
  std::string text;
  while (text.find("still)") == std::string::npos) text += terminal_.Read();
  end.join();
  text += terminal_.Read();
  EXPECT_THAT(text, EndsWith("x\r\n(44 more messages while the terminal stood "
                             "still)\r\n"));
}

TEST_F(LiveLinesTest, TheEndWaitsForMessages) {
  terminal_.Stop();
  live_->Show({{"one"}});
  Say("last");
  std::thread end([&] { live_.reset(); });
  terminal_.Start();
  end.join();
  EXPECT_EQ(terminal_.Read(), "last\r\n");
}

TEST_F(LiveLinesTest, WhatGoesToStdoutComesAfterMessages) {
  terminal_.Stop();
  Say("last");
  testing::internal::CaptureStdout();
  std::string before;
  std::thread output([&] {
    ASSERT_TRUE(Print("result").ok());
    before = terminal_.Read();
  });
  terminal_.Start();
  output.join();
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "result");
  EXPECT_EQ(before, "last\r\n");
}

}  // namespace
}  // namespace invocator
