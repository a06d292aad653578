#include "coordinator/run/live_web.h"

#include <gtest/gtest.h>

#include <memory>

#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace invocator {
namespace {

std::unique_ptr<LiveWeb> StartMetrics() {
  WebOptions options;
  options.listen = {"127.0.0.1", 0};
  options.has_page = false;
  auto web = LiveWeb::Start(options);
  EXPECT_TRUE(web.ok()) << web.status();
  return *std::move(web);
}

TEST(LiveWebTest, TheInterruptThatEndedTheRunDoesNotEndTheLinger) {
  const auto web = StartMetrics();
  const absl::Time begun = absl::Now();
  web->End(absl::Milliseconds(200), [] { return 1; });
  EXPECT_GE(absl::Now() - begun, absl::Milliseconds(200));
}

TEST(LiveWebTest, AnInterruptBetweenTheRunAndTheLingerEndsTheLinger) {
  const auto web = StartMetrics();
  web->view().NoteInterrupts(0);
  const absl::Time begun = absl::Now();
  web->End(absl::Hours(1), [] { return 1; });
  EXPECT_LT(absl::Now() - begun, absl::Minutes(1));
}

TEST(LiveWebTest, AFurtherInterruptEndsTheLinger) {
  const auto web = StartMetrics();
  int looks = 0;
  web->End(absl::Hours(1), [&] { return ++looks < 3 ? 1 : 2; });
  EXPECT_EQ(looks, 3);
}

}  // namespace
}  // namespace invocator
