#include "coordinator/fleet/fleet.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "common/base/clock.h"
#include "tests/support/fake_worker.h"
#include "tests/support/scripted_server.h"

namespace invocator {
namespace {

using testing::HasSubstr;

class FleetTest : public testing::Test {
 protected:
  void Join(FakeWorker::Script script) {
    workers_.push_back(std::make_unique<FakeWorker>(fleet_->InProcessChannel(),
                                                    std::move(script)));
  }
  std::optional<Fleet::Event> Next() {
    return fleet_->Next(std::chrono::steady_clock::now() +
                        std::chrono::seconds(10));
  }

  std::unique_ptr<Fleet> fleet_ = *Fleet::Create("");
  std::vector<std::unique_ptr<FakeWorker>> workers_;
};

TEST_F(FleetTest, MessagesComeInOrderAndTheEndComesLast) {
  Join([](FakeWorker& worker) {
    worker.SayHello("a");
    worker.SayReady();
    worker.SayDone();
    worker.Await(FakeWorker::Kind::kStop);
  });
  EXPECT_TRUE(Next()->message->has_hello());
  EXPECT_TRUE(Next()->message->has_ready());
  EXPECT_TRUE(Next()->message->has_report());
  wire::CoordinatorMessage stop;
  stop.mutable_stop();
  fleet_->Send(0, stop);  // the worker leaves
  const auto end = Next();
  ASSERT_TRUE(end);
  EXPECT_FALSE(end->message);
  fleet_->Send(0, stop);  // in vain, and harmless
  fleet_->End(0, absl::OkStatus());
}

TEST_F(FleetTest, OfAnEndedSessionComesNothingButItsEnd) {
  grpc::Status status;
  Join([&](FakeWorker& worker) {
    for (int i = 0; i < 50; ++i) worker.SayHello();
    status = worker.Finish();
  });
  ASSERT_TRUE(Next());
  fleet_->End(0, absl::InvalidArgumentError("enough"));
  const auto end = Next();
  ASSERT_TRUE(end);
  EXPECT_FALSE(end->message);
  workers_.clear();  // the stream is gone
  EXPECT_FALSE(fleet_->Next(std::chrono::steady_clock::now()));
  EXPECT_EQ(status.error_message(), "enough");
}

TEST_F(FleetTest, WhoReadsNothingIsCancelledSomeTimeAfterItsEnd) {
  std::promise<void> end;
  Join([&](FakeWorker& worker) {
    worker.SayHello();
    end.get_future().wait();  // reads nothing
  });
  ASSERT_TRUE(Next());
  wire::CoordinatorMessage large;
  large.mutable_payload_chunk()->set_data(std::string(1 << 20, 'x'));
  for (int i = 0; i < 16; ++i) fleet_->Send(0, large);
  const SystemSteadyClock clock;
  const int64_t before_ns = clock.NowNs();
  fleet_->End(0, absl::OkStatus());
  fleet_->EndLate(before_ns);
  EXPECT_FALSE(fleet_->Next(std::chrono::steady_clock::now()));
  fleet_->EndLate(clock.NowNs() + 1);
  const auto gone = Next();
  ASSERT_TRUE(gone);
  EXPECT_FALSE(gone->message);
  end.set_value();
}

TEST_F(FleetTest, MayGoWhileWorkersAreInTheMiddleOfASentence) {
  constexpr size_t kWorkers = 4;
  for (size_t i = 0; i < kWorkers; ++i) {
    Join([](FakeWorker& worker) {
      for (int j = 0; j < 50; ++j) worker.SayHello();
      worker.Finish();
    });
  }
  std::set<size_t> joined;
  while (joined.size() < kWorkers) {
    const auto event = Next();
    ASSERT_TRUE(event);
    joined.insert(event->session);
  }
  fleet_.reset();
  workers_.clear();
}

class TokenFleetTest : public testing::Test {
 protected:
  static constexpr char kToken[] = "0123456789abcdef";

  // The run has ended already: who is let in is told so.
  TokenFleetTest() { fleet_->Close(absl::OkStatus()); }

  // Joins with this metadata and says Hello; how the stream ended.
  grpc::Status JoinShowing(const std::vector<std::string>& authorizations) {
    const auto stub = wire::Fleet::NewStub(fleet_->InProcessChannel());
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() +
                         FakeWorker::kDeadline);
    for (const std::string& authorization : authorizations) {
      context.AddMetadata("authorization", authorization);
    }
    const auto stream = stub->Join(&context);
    wire::WorkerMessage hello;
    hello.mutable_hello();
    stream->Write(hello);
    return stream->Finish();
  }

  std::unique_ptr<Fleet> fleet_ =
      *Fleet::Create("", Security{.tls = {}, .token = kToken});
};

TEST_F(TokenFleetTest, TheTokenLetsIn) {
  EXPECT_EQ(JoinShowing({std::string("Bearer ") + kToken}).error_message(),
            "the run has ended");
}

TEST_F(TokenFleetTest, WithoutItNothingIsReadFromAWorker) {
  const std::vector<std::vector<std::string>> wrong = {
      {}, {""}, {kToken}, {"Bearer"}, {"Bearer 0123456789abcdeX"}};
  for (const auto& authorizations : wrong) {
    const grpc::Status status = JoinShowing(authorizations);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAUTHENTICATED);
    EXPECT_THAT(status.error_message(), HasSubstr("join token"));
    EXPECT_THAT(status.error_message(), testing::Not(HasSubstr(kToken)));
  }
  EXPECT_FALSE(fleet_->Next(std::chrono::steady_clock::now()));
}

TEST_F(TokenFleetTest, TheFirstTokenShownCounts) {
  const std::string right = std::string("Bearer ") + kToken;
  EXPECT_EQ(JoinShowing({"Bearer 0123456789abcdeX", right}).error_code(),
            grpc::StatusCode::UNAUTHENTICATED);
}

TEST(FleetAddressTest, AnAddressInUseIsNamed) {
  const ScriptedServer other([](ScriptedServer::Connection&) {});
  const std::string address = other.url().substr(7);
  const auto fleet = Fleet::Create(address);
  EXPECT_EQ(fleet.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(fleet.status().message()), HasSubstr(address));
}

}  // namespace
}  // namespace invocator
