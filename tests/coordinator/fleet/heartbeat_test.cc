#include "coordinator/fleet/heartbeat.h"

#include <gtest/gtest.h>

#include "tests/support/roster_fixture.h"

namespace invocator {
namespace {

class HeartbeatTest : public RosterFixture {
 protected:
  int64_t LeaseNs(const std::string& key) const {
    return heartbeat_.LeasedUntilNs(key);
  }
};

TEST_F(HeartbeatTest, WhoWasNeverPingedHasNoLease) {
  EXPECT_EQ(LeaseNs("a"), 0);
  heartbeat_.Watch("a", 1, {});
  EXPECT_EQ(LeaseNs("a"), 0);
}

TEST_F(HeartbeatTest, TheFirstLeaseNeedsNoSignOfLifeAndTheNextOneDoes) {
  heartbeat_.Watch("a", 1, {});
  heartbeat_.Beat();
  const int64_t first_ns = clock_.NowNs() + 6 * kS;
  EXPECT_EQ(LeaseNs("a"), first_ns);
  clock_.Advance(kS);
  heartbeat_.Beat();  // nothing was heard on a session that is not there
  EXPECT_EQ(LeaseNs("a"), first_ns);
}

TEST_F(HeartbeatTest, ALeaseCountsWithTheUncertaintyOfTheClocks) {
  heartbeat_.Watch("a", 1, {.offset_ns = 77 * kS, .round_trip_ns = 40 * kMs});
  heartbeat_.Beat();
  EXPECT_EQ(LeaseNs("a"), clock_.NowNs() + 6 * kS + 20 * kMs);
}

TEST_F(HeartbeatTest, WhoHasNoSessionGetsNoLease) {
  heartbeat_.Watch("a", std::nullopt, {});
  heartbeat_.Beat();
  EXPECT_EQ(LeaseNs("a"), 0);
  heartbeat_.Watch("a", 1, {});
  heartbeat_.Beat();
  EXPECT_NE(LeaseNs("a"), 0);
}

TEST_F(HeartbeatTest, LeasesThatHaveEndedDoNotBeginAgain) {
  heartbeat_.Watch("a", 1, {});
  heartbeat_.Watch("b", 2, {});
  heartbeat_.EndLeases("a");
  heartbeat_.HoldLeases("a", false);
  heartbeat_.Beat();
  EXPECT_EQ(LeaseNs("a"), 0);
  EXPECT_NE(LeaseNs("b"), 0);
}

TEST_F(HeartbeatTest, LeasesThatAreHeldBeginAgainWhenTheyAreNot) {
  heartbeat_.Watch("a", 1, {});
  heartbeat_.HoldLeases("a", true);
  heartbeat_.Beat();
  EXPECT_EQ(LeaseNs("a"), 0);
  heartbeat_.HoldLeases("a", false);
  heartbeat_.Beat();
  EXPECT_NE(LeaseNs("a"), 0);
}

TEST_F(HeartbeatTest, WithoutTermsThereAreNoLeases) {
  Heartbeat heartbeat(*fleet_, clock_, std::nullopt);
  heartbeat.Watch("a", 1, {});
  heartbeat.Beat();
  EXPECT_EQ(heartbeat.LeasedUntilNs("a"), 0);
}

}  // namespace
}  // namespace invocator
