#include "coordinator/conductor/payload_shipper.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/fake_worker.h"
#include "tests/support/plans.h"

namespace invocator {
namespace {

using ::testing::IsEmpty;

constexpr int64_t kSecondNs = 1'000'000'000;

class PayloadShipperTest : public testing::Test {
 protected:
  PayloadShipperTest() { plan_.payload_sets = {{std::string(10 << 20, 'x')}}; }
  ~PayloadShipperTest() override {
    fleet_->Close(absl::CancelledError("the test has ended"));
    thaw_.set_value();
    workers_.clear();
  }
  // Returns its session.
  size_t Join(FakeWorker::Script script) {
    workers_.push_back(std::make_unique<FakeWorker>(fleet_->InProcessChannel(),
                                                    std::move(script)));
    return fleet_->Next(std::chrono::steady_clock::now() + kLimit)->session;
  }
  size_t JoinFrozen() {
    return Join([this](FakeWorker& worker) {
      worker.SayHello();
      thawed_.wait();
    });
  }

  static constexpr std::chrono::seconds kLimit{20};
  Plan plan_ = PlanOf({}, 1);
  std::promise<void> thaw_;
  const std::shared_future<void> thawed_ = thaw_.get_future().share();
  std::unique_ptr<Fleet> fleet_ = *Fleet::Create("");
  std::vector<std::unique_ptr<FakeWorker>> workers_;
};

TEST_F(PayloadShipperTest, TheFrozenKeepNothingFromTheOthersForEver) {
  PayloadShipper shipper(*fleet_, plan_);
  std::vector<size_t> frozen;
  while (shipper.has_room()) {
    frozen.push_back(JoinFrozen());
    shipper.AddReceiver(frozen.back(), 0, /*now_ns=*/0);
    shipper.Pump(/*now_ns=*/0);
    ASSERT_LT(frozen.size(), 100u);
  }
  EXPECT_THAT(shipper.TakeStalled(59 * kSecondNs), IsEmpty());
  EXPECT_THAT(shipper.TakeStalled(60 * kSecondNs),
              testing::UnorderedElementsAreArray(frozen));
  EXPECT_TRUE(shipper.has_room());
  EXPECT_THAT(shipper.TakeStalled(600 * kSecondNs), IsEmpty());
}

TEST_F(PayloadShipperTest, WhoTakesSomethingNowAndThenIsWaitedFor) {
  std::promise<size_t> got;
  const size_t session = Join([&](FakeWorker& worker) {
    worker.SayHello();
    size_t bytes = 0;
    while (bytes < plan_.payload_sets[0][0].size()) {
      const auto chunk = worker.Await(FakeWorker::Kind::kPayloadChunk);
      if (!chunk) break;
      bytes += chunk->payload_chunk().data().size();
    }
    got.set_value(bytes);
    worker.Finish();
  });
  PayloadShipper shipper(*fleet_, plan_);
  shipper.AddReceiver(session, 0, /*now_ns=*/0);
  auto bytes = got.get_future();
  // A clock on which hours pass while megabytes go.
  const auto deadline = std::chrono::steady_clock::now() + kLimit;
  for (int64_t now_ns = 0; bytes.wait_for(std::chrono::milliseconds(1)) !=
                           std::future_status::ready;) {
    ASSERT_LT(std::chrono::steady_clock::now(), deadline);
    if (fleet_->Backlog(session) == 0) now_ns += 3'600 * kSecondNs;
    shipper.Pump(now_ns);
    EXPECT_THAT(shipper.TakeStalled(now_ns), IsEmpty());
  }
  EXPECT_EQ(bytes.get(), plan_.payload_sets[0][0].size());
}

}  // namespace
}  // namespace invocator
