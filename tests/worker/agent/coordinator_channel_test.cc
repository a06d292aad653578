#include "worker/agent/coordinator_channel.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <string>
#include <vector>

#include "coordinator/fleet/fleet.h"
#include "tests/support/scripted_server.h"

namespace invocator {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

const Security kToken{.tls = {}, .token = "0123456789abcdef"};

TEST(CoordinatorChannelTest, TheTokenLeavesThisMachineOnlyWithTls) {
  const Address here{"127.0.0.1", 7000};
  const Address there{"load.example.com", 7000};
  EXPECT_TRUE(CheckTokenStaysSecret(here, kToken).ok());
  EXPECT_TRUE(CheckTokenStaysSecret(there, {}).ok());
  EXPECT_TRUE(CheckTokenStaysSecret(
                  there, {.tls = TlsIdentity{}, .token = kToken.token})
                  .ok());
  const absl::Status refused = CheckTokenStaysSecret(there, kToken);
  EXPECT_EQ(refused.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(refused.message()),
              testing::AllOf(HasSubstr("load.example.com:7000"),
                             HasSubstr("--tls-cert"), HasSubstr("--insecure"),
                             Not(HasSubstr(kToken.token))));
}

TEST(CoordinatorChannelTest, AReasonThatSaysItAllIsLeftAlone) {
  EXPECT_EQ(ExplainUnreachable("Connection refused", true),
            "Connection refused");
}

TEST(CoordinatorChannelTest, AClosedConnectionMeansWhatOneSideLacks) {
  EXPECT_THAT(ExplainUnreachable("x: Socket closed", false),
              HasSubstr("want TLS"));
  EXPECT_THAT(ExplainUnreachable("x: Socket closed", true),
              HasSubstr("our certificate"));
}

class AwaitCoordinatorTest : public testing::Test {
 protected:
  absl::Status Await(const Address& address, absl::Duration patience) {
    return AwaitCoordinator(
        OpenChannel(address, {}), patience, [this] { return give_up_; },
        [this](const std::string& reason) { told_.push_back(reason); });
  }

  // Nobody listens on it.
  const Address closed_{"127.0.0.1", 1};
  bool give_up_ = false;
  std::vector<std::string> told_;
};

TEST_F(AwaitCoordinatorTest, ACoordinatorAnswersAndSeesNoWorker) {
  std::string address;
  {
    const ScriptedServer probe([](ScriptedServer::Connection&) {});
    address = probe.url().substr(7);  // free in a moment
  }
  const auto fleet = Fleet::Create(address, kToken);
  ASSERT_TRUE(fleet.ok()) << fleet.status();
  EXPECT_TRUE(Await(*ParseAddress(address), absl::Seconds(20)).ok());
  EXPECT_THAT(told_, SizeIs(0));
  EXPECT_FALSE((*fleet)->Next(std::chrono::steady_clock::now()));
}

TEST_F(AwaitCoordinatorTest, AReasonIsToldOnceAndPatienceEnds) {
  const absl::Status status = Await(closed_, absl::Milliseconds(700));
  EXPECT_EQ(status.code(), absl::StatusCode::kDeadlineExceeded);
  ASSERT_THAT(told_, SizeIs(1));
  EXPECT_THAT(told_[0], HasSubstr("refused"));
}

TEST_F(AwaitCoordinatorTest, AnAnswerThatNeverComesIsAwaitedNoLonger) {
  const int silent = socket(AF_INET, SOCK_STREAM, 0);  // accepts, says nothing
  ASSERT_EQ(listen(silent, 10), 0);
  sockaddr_in address = {};
  socklen_t size = sizeof(address);
  getsockname(silent, reinterpret_cast<sockaddr*>(&address), &size);
  const auto begin = std::chrono::steady_clock::now();
  const absl::Status status =
      Await({"127.0.0.1", ntohs(address.sin_port)}, absl::Milliseconds(1'500));
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(5));
  EXPECT_EQ(status.code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_THAT(std::string(status.message()), HasSubstr("no answer"));
  close(silent);
}

TEST_F(AwaitCoordinatorTest, WhoeverIsToldToGoDoesNotWait) {
  give_up_ = true;
  EXPECT_EQ(Await(closed_, absl::Hours(1)).code(),
            absl::StatusCode::kCancelled);
}

}  // namespace
}  // namespace invocator
