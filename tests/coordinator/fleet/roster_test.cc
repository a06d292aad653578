#include "coordinator/fleet/roster.h"

#include <gtest/gtest.h>

#include <optional>
#include <set>
#include <string>

#include "proto/fleet.pb.h"

namespace invocator {
namespace {

class RosterTest : public testing::Test {
 protected:
  RunWorker& Add(size_t session, const std::string& name = "east") {
    wire::Hello hello;
    hello.set_name(name);
    return roster_.Add(session, hello);
  }

  Roster roster_;
};

TEST_F(RosterTest, AWorkerIsAsItSaysOfItself) {
  wire::Hello hello;
  hello.set_name("east");
  hello.set_threads(3);
  hello.set_connections(500);
  hello.set_ephemeral_ports(600);
  const RunWorker& worker = roster_.Add(7, hello);
  EXPECT_EQ(worker.session, 7u);
  EXPECT_EQ(worker.name, "east");
  EXPECT_EQ(worker.threads, 3u);
  EXPECT_EQ(worker.limits.connections, 500u);
  EXPECT_EQ(worker.limits.ephemeral_ports, 600u);
}

TEST_F(RosterTest, LimitsThatItDoesNotTellStayUnknown) {
  const RunWorker& worker = Add(7);
  const MachineLimits unknown;
  EXPECT_EQ(worker.limits.connections, unknown.connections);
  EXPECT_EQ(worker.limits.ephemeral_ports, unknown.ephemeral_ports);
}

TEST_F(RosterTest, WorkersOfOneNameAreNumberedFromTwo) {
  EXPECT_EQ(Add(1).name, "east");
  EXPECT_EQ(Add(2).name, "east-2");
  EXPECT_EQ(Add(3).name, "east-3");
  EXPECT_EQ(Add(4, "west").name, "west");
}

TEST_F(RosterTest, ANumberThatAnotherHasIsNotGivenAgain) {
  Add(1, "east-2");
  Add(2);
  EXPECT_EQ(Add(3).name, "east-3");
}

TEST_F(RosterTest, TheNameOfOneThatLeftIsFreeAgain) {
  Add(1);
  Add(2);
  Add(3);
  roster_.Remove(1);
  EXPECT_EQ(Add(4).name, "east-2");
  EXPECT_EQ(Add(5).name, "east-4");
}

TEST_F(RosterTest, EveryWorkerHasAKeyOfItsOwn) {
  std::set<std::string> keys;
  for (size_t i = 0; i < 100; ++i) keys.insert(Add(i).member_key);
  EXPECT_EQ(keys.size(), 100u);
  for (const std::string& key : keys) EXPECT_EQ(key.size(), 32u);
}

TEST_F(RosterTest, IsFoundBySessionAndByKey) {
  Add(10);
  const std::string key = Add(20).member_key;
  EXPECT_EQ(roster_.BySession(10), 0u);
  EXPECT_EQ(roster_.BySession(20), 1u);
  EXPECT_EQ(roster_.BySession(30), std::nullopt);
  EXPECT_EQ(roster_.ByKey(key), 1u);
  EXPECT_EQ(roster_.ByKey("another"), std::nullopt);
  EXPECT_EQ(roster_.IndexOf(roster_[1]), 1u);
}

TEST_F(RosterTest, AfterOneLeftTheOthersAreFoundWhereTheyAre) {
  Add(10, "a");
  Add(20, "b");
  Add(30, "c");
  Add(40, "d");
  roster_.Move(3, std::nullopt);
  roster_.Remove(1);
  EXPECT_EQ(roster_.size(), 3u);
  EXPECT_EQ(roster_.BySession(10), 0u);
  EXPECT_EQ(roster_.BySession(20), std::nullopt);
  EXPECT_EQ(roster_.BySession(30), 1u);
  EXPECT_EQ(roster_.BySession(40), std::nullopt);
  EXPECT_EQ(roster_[1].name, "c");
}

TEST_F(RosterTest, AWorkerThatMovesIsKnownByItsNewSessionOnly) {
  Add(10);
  roster_.Move(0, 11);
  EXPECT_EQ(roster_.BySession(10), std::nullopt);
  EXPECT_EQ(roster_.BySession(11), 0u);
  EXPECT_EQ(roster_[0].session, 11u);
  roster_.Move(0, std::nullopt);
  EXPECT_EQ(roster_.BySession(11), std::nullopt);
  EXPECT_EQ(roster_[0].session, std::nullopt);
  roster_.Move(0, 12);  // it came back
  EXPECT_EQ(roster_.BySession(12), 0u);
}

TEST_F(RosterTest, WhoMayYetSend) {
  RunWorker& worker = Add(1);
  EXPECT_FALSE(worker.MayYetSend());
  worker.stage = RunWorker::Stage::kStarted;
  EXPECT_TRUE(worker.MayYetSend());
  worker.start.answer = RunWorker::Start::Answer::kMissed;
  EXPECT_FALSE(worker.MayYetSend());
  worker.start.answer = RunWorker::Start::Answer::kNone;
  worker.done.emplace();
  EXPECT_FALSE(worker.MayYetSend());
  EXPECT_TRUE(worker.over());
  worker.done.reset();
  worker.loss.given_up = true;
  EXPECT_FALSE(worker.MayYetSend());
  EXPECT_TRUE(worker.over());
}

}  // namespace
}  // namespace invocator
