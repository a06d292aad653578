// Runs each test with epoll and with io_uring, which it skips where the kernel
// forbids it.
#ifndef INVOCATOR_TESTS_SUPPORT_LOOP_FIXTURE_H_
#define INVOCATOR_TESTS_SUPPORT_LOOP_FIXTURE_H_

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "common/base/clock.h"
#include "worker/io/open_loop.h"

namespace invocator {

class LoopFixture : public testing::TestWithParam<IoMode> {
 protected:
  // No wait of a test should come near it.
  static constexpr int64_t kDeadlineNs = 10'000'000'000;

  void SetUp() override {
    if (GetParam() == IoMode::kUring && !UringIsThere().ok()) {
      GTEST_SKIP() << UringIsThere();
    }
    auto loop = OpenEventLoop(GetParam());
    ASSERT_TRUE(loop.ok()) << loop.status();
    loop_ = *std::move(loop);
  }

  const SystemSteadyClock clock_{};
  std::unique_ptr<EventLoop> loop_;  // null: the test is skipped
};

// For INSTANTIATE_TEST_SUITE_P.
inline auto BothLoops() {
  return testing::Values(IoMode::kEpoll, IoMode::kUring);
}
inline std::string NameOfLoop(const testing::TestParamInfo<IoMode>& info) {
  return IoModeWord(info.param);
}

}  // namespace invocator

#endif  // INVOCATOR_TESTS_SUPPORT_LOOP_FIXTURE_H_
