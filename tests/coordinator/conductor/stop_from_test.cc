// Runs that end at an instant of their schedule.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <latch>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/conductor_fixture.h"

namespace invocator {
namespace {

using Kind = FakeWorker::Kind;
using testing::HasSubstr;

constexpr int64_t kS = 1'000'000'000;

class StopFromTest : public ConductorFixture {
 protected:
  // Ends the run at 6 s once somebody has reported something.
  StopFromTest() {
    sink_.wants_stop_from_ = [this](int64_t run_ns,
                                    absl::FunctionRef<bool(size_t)>) {
      asked_at_ns_ = run_ns;
      return sink_.sent_ > 0 ? std::optional<int64_t>(6 * kS) : std::nullopt;
    };
  }
  const RunWorker& Worker(size_t index) { return conductor_.workers()[index]; }

  int64_t asked_at_ns_ = INT64_MIN;
};

TEST_F(StopFromTest, TheInstantGoesToAllAndCutsTheirPieces) {
  std::vector<wire::Stop> stops(2);
  for (size_t i = 0; i < 2; ++i) {
    Join([&stops, i](FakeWorker& worker) {
      worker.PlayUntilStart();
      worker.SayProgress(1, 3);
      stops[i] = worker.Await(Kind::kStop)->stop();
      worker.SayDone(stops[i].from_ns());
      worker.Finish();
    });
  }
  EXPECT_TRUE(PlayAll().ok());
  EndScripts();
  for (size_t i = 0; i < 2; ++i) {
    EXPECT_FALSE(stops[i].now());
    EXPECT_EQ(stops[i].from_ns(), 6 * kS);
    EXPECT_FALSE(Worker(i).lost());
    EXPECT_EQ(Worker(i).pieces[0].until_ns, 6 * kS);
  }
  EXPECT_GT(asked_at_ns_, -kS);
  EXPECT_LT(asked_at_ns_, kS);
  EXPECT_TRUE(sink_.stops_.empty()) << "nobody interrupted it";
}

TEST_F(StopFromTest, WhoStoppedLaterHasItsPieceUpToThere) {
  Join([](FakeWorker& worker) {
    worker.PlayUntilStart();
    worker.SayProgress(1, 3);
    worker.Await(Kind::kStop);
    worker.SayDone(6 * kS + 1);
    worker.Finish();
  });
  EXPECT_TRUE(PlayAll().ok());
  EXPECT_FALSE(Worker(0).lost());
  EXPECT_EQ(Worker(0).pieces[0].until_ns, 6 * kS + 1);
}

TEST_F(StopFromTest, WhoStopsBeforeTheInstantIsLost) {
  grpc::Status end;
  Join([&](FakeWorker& worker) {
    worker.PlayUntilStart();
    worker.SayProgress(1, 3);
    worker.Await(Kind::kStop);
    worker.SayDone(6 * kS - 1);
    end = worker.Finish();
  });
  EXPECT_FALSE(PlayAll().ok());
  EndScripts();
  EXPECT_EQ(end.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(end.error_message(), HasSubstr("was not ordered"));
  EXPECT_TRUE(Worker(0).lost());
}

TEST_F(StopFromTest, AnInstantThatNobodyOrderedIsRefused) {
  grpc::Status end;
  Join([&](FakeWorker& worker) {
    worker.PlayUntilStart();
    worker.SayDone(6 * kS);
    end = worker.Finish();
  });
  EXPECT_FALSE(PlayAll().ok());
  EndScripts();
  EXPECT_EQ(end.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(StopFromTest, WhoWasDoneBeforeTheOrderIsCutAtItsInstant) {
  std::latch is_done(1);
  Join([&](FakeWorker& worker) {
    worker.PlayUntilStart();
    worker.SayDone();
    worker.Await(Kind::kAck);
    is_done.count_down();
    worker.Finish();
  });
  Join([&](FakeWorker& worker) {
    worker.PlayUntilStart();
    is_done.wait();
    worker.SayProgress(1, 3);
    worker.Await(Kind::kStop);
    worker.SayDone(6 * kS);
    worker.Finish();
  });
  EXPECT_TRUE(PlayAll().ok());
  for (size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(Worker(i).pieces[0].until_ns, 6 * kS);
  }
}

TEST_F(StopFromTest, AnInterruptHastensTheEnd) {
  std::vector<wire::Stop> stops;
  Join([&](FakeWorker& worker) {
    worker.PlayUntilStart();
    worker.SayProgress(1, 3);
    while (stops.size() < 3) {
      const auto stop = worker.Await(Kind::kStop);
      if (!stop) return;
      stops.push_back(stop->stop());
      ++interrupts_;
    }
    worker.SayDone(6 * kS);
    worker.Finish();
  });
  EXPECT_TRUE(PlayAll().ok());
  EndScripts();
  ASSERT_EQ(stops.size(), 3u);
  EXPECT_EQ(stops[0].from_ns(), 6 * kS);
  EXPECT_EQ(stops[1].from_ns(), 0);
  EXPECT_FALSE(stops[1].now());
  EXPECT_TRUE(stops[2].now());
}

TEST_F(StopFromTest, WhoComesBackGetsTheInstant) {
  std::string key;
  std::latch left(1);
  std::optional<wire::Stop> stop;
  std::unique_ptr<FakeWorker> again;
  Join([&](FakeWorker& worker) {
    worker.SayHello("w");
    key = worker.Await(Kind::kWelcome)->welcome().member_key();
    worker.Await(Kind::kAssignment);
    worker.SayReady();
    worker.AwaitStart();
    worker.SayProgress(1, 3);
    worker.Await(Kind::kStop);  // it does not heed it
    left.count_down();
  });
  std::thread returner([&] {
    left.wait();
    again = std::make_unique<FakeWorker>(
        fleet_->InProcessChannel(), [&](FakeWorker& worker) {
          worker.SayRejoin(key);
          worker.Await(Kind::kResume);
          if (auto message = worker.Await(Kind::kStop)) stop = message->stop();
          worker.SayProgress(2, 4);
          worker.SayDone(8 * kS);
          worker.Finish();
        });
  });
  EXPECT_TRUE(PlayAll().ok());
  returner.join();
  EndScripts();
  again.reset();
  ASSERT_TRUE(stop.has_value());
  EXPECT_EQ(stop->from_ns(), 6 * kS);
  EXPECT_EQ(Worker(0).pieces[0].until_ns, 8 * kS);
}

TEST_F(StopFromTest, NothingIsHandedOverAfterTheOrder) {
  Join([&](FakeWorker& worker) {
    worker.PlayUntilStart();
    worker.AwaitBegin();
    worker.SayProgress(1, 3);
    worker.Await(Kind::kStop);
    worker.SayLeave(5 * kS);
    worker.SayDone(6 * kS);
    worker.Finish();
  });
  EXPECT_TRUE(PlayAll().ok());
  EXPECT_EQ(Worker(0).leave.at_ns, 5 * kS);
  EXPECT_THAT(Worker(0).leave.notice, HasSubstr("the run was being stopped"));
  EXPECT_EQ(Worker(0).pieces[0].until_ns, 6 * kS);
}

}  // namespace
}  // namespace invocator
