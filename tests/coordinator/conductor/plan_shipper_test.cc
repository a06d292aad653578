#include "coordinator/conductor/plan_shipper.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/fake_worker.h"
#include "tests/support/plans.h"
#include "tests/support/tapes.h"

namespace invocator {
namespace {

using ::testing::IsEmpty;

constexpr int64_t kSecondNs = 1'000'000'000;

class PlanShipperTest : public testing::Test {
 protected:
  PlanShipperTest() { plan_.payload_sets = {{std::string(10 << 20, 'x')}}; }
  ~PlanShipperTest() override {
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

TEST_F(PlanShipperTest, TheFrozenKeepNothingFromTheOthersForEver) {
  PlanShipper shipper(*fleet_, plan_);
  std::vector<size_t> frozen;
  while (shipper.has_room()) {
    frozen.push_back(JoinFrozen());
    shipper.AddReceiver(frozen.back(), {}, 0, /*now_ns=*/0);
    EXPECT_TRUE(shipper.Pump(/*now_ns=*/0).ok());
    ASSERT_LT(frozen.size(), 100u);
  }
  EXPECT_THAT(shipper.TakeStalled(59 * kSecondNs), IsEmpty());
  EXPECT_THAT(shipper.TakeStalled(60 * kSecondNs),
              testing::UnorderedElementsAreArray(frozen));
  EXPECT_TRUE(shipper.has_room());
  EXPECT_THAT(shipper.TakeStalled(600 * kSecondNs), IsEmpty());
}

TEST_F(PlanShipperTest, WhoTakesSomethingNowAndThenIsWaitedFor) {
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
  PlanShipper shipper(*fleet_, plan_);
  shipper.AddReceiver(session, {}, 0, /*now_ns=*/0);
  auto bytes = got.get_future();
  // A clock on which hours pass while megabytes go.
  const auto deadline = std::chrono::steady_clock::now() + kLimit;
  for (int64_t now_ns = 0; bytes.wait_for(std::chrono::milliseconds(1)) !=
                           std::future_status::ready;) {
    ASSERT_LT(std::chrono::steady_clock::now(), deadline);
    if (fleet_->Backlog(session) == 0) now_ns += 3'600 * kSecondNs;
    EXPECT_TRUE(shipper.Pump(now_ns).ok());
    EXPECT_THAT(shipper.TakeStalled(now_ns), IsEmpty());
  }
  EXPECT_EQ(bytes.get(), plan_.payload_sets[0][0].size());
}

// Bodies first, then the tapes that were announced to it, in order.
TEST_F(PlanShipperTest, AReceiverGetsTheBodiesAndItsTapes) {
  plan_ = PlanOf({TapeInstance("a", {1, 2, 3}, 10), TapeInstance("b", {4}, 10),
                  TapeInstance("c", std::vector<int64_t>(1'500'000, 5), 10)},
                 10);
  plan_.payload_sets = {{"body"}};
  const std::string large = "\x05" + std::string(1'499'999, '\0');
  using Received = std::vector<std::pair<std::string, std::string>>;
  PlanShipper shipper(*fleet_, plan_);
  const auto receive = [&](std::vector<uint32_t> tapes, size_t chunks) {
    std::promise<Received> got;
    const size_t session = Join([&](FakeWorker& worker) {
      worker.SayHello();
      Received received;
      while (received.size() < chunks) {
        const auto message = worker.AwaitAny();
        if (!message) break;
        if (message->has_payload_chunk()) {
          received.emplace_back("body", message->payload_chunk().data());
        } else {
          received.emplace_back(
              std::to_string(message->tape_chunk().instance()),
              message->tape_chunk().data());
        }
      }
      got.set_value(std::move(received));
      worker.Finish();
    });
    shipper.AddReceiver(session, std::move(tapes), 0, /*now_ns=*/0);
    EXPECT_TRUE(shipper.Pump(/*now_ns=*/0).ok());
    return got.get_future().get();
  };
  EXPECT_THAT(receive({}, 1),
              testing::ElementsAre(Received::value_type("body", "body")));
  EXPECT_EQ(receive({1}, 2), (Received{{"body", "body"}, {"1", "\x04"}}));
  EXPECT_EQ(receive({0, 2}, 4), (Received{{"body", "body"},
                                          {"0", "\x01\x01\x01"},
                                          {"2", large.substr(0, 1 << 20)},
                                          {"2", large.substr(1 << 20)}}));
}

}  // namespace
}  // namespace invocator
