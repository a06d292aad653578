#include "common/wire/assignment_codec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "common/wire/plan_codec.h"
#include "common/wire/protocol.h"
#include "proto/fleet.pb.h"
#include "tests/support/plans.h"

namespace invocator {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr size_t kMost = kMaxAssignmentBytes;
constexpr size_t kShareBytes = 32;

TEST(AssignmentCodecTest, APlanThatJustFitsIsTakenAndAByteMoreRefused) {
  EXPECT_TRUE(CheckAssignmentSize(kMost, {{}}).ok());
  const absl::Status refused = CheckAssignmentSize(kMost + 1, {{}});
  EXPECT_EQ(refused.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(std::string(refused.message()),
              AllOf(HasSubstr("takes 268435457 bytes"),
                    HasSubstr("more than the 268435456"),
                    HasSubstr("shorten lists"), HasSubstr("split")));
}

TEST(AssignmentCodecTest, TheWorkerWithMostSharesCounts) {
  const std::vector<std::vector<Share>> partition = {
      std::vector<Share>(1), std::vector<Share>(3), std::vector<Share>(2)};
  EXPECT_TRUE(CheckAssignmentSize(kMost - 3 * kShareBytes, partition).ok());
  EXPECT_FALSE(
      CheckAssignmentSize(kMost - 3 * kShareBytes + 1, partition).ok());
}

TEST(AssignmentCodecTest, AShareNeverTakesMoreThanIsCounted) {
  wire::Assignment assignment;
  wire::Share& share = *assignment.add_shares();
  share.set_instance(UINT32_MAX);
  share.set_index(kMaxShareCount - 1);
  share.set_count(kMaxShareCount);
  EXPECT_LE(assignment.ByteSizeLong(), kShareBytes);
}

TEST(AssignmentCodecTest, ListsOfGapsCountEightBytesAGap) {
  // More than protobuf's 2 GiB would be, too: counted, not sent.
  const auto plan_of = [](size_t lists) {
    std::vector<InstancePlan> instances;
    for (size_t i = 0; i < lists; ++i) {
      instances.push_back(ListInstance("i" + std::to_string(i),
                                       std::vector<double>(kMaxGaps, 0), 1));
    }
    return PlanOf(std::move(instances), 1);
  };
  EXPECT_TRUE(CheckAssignmentSize(plan_of(33), {}, {{}}).ok());
  EXPECT_FALSE(CheckAssignmentSize(plan_of(34), {}, {{}}).ok());
}

TEST(AssignmentCodecTest, AnExtendHasItsNumberAndThePiecesBeginning) {
  const wire::Extend extend = ToWire(Piece{{{3, 1, 2}, {4, 0, 1}}, 77, 99}, 2);
  EXPECT_EQ(extend.number(), 2u);
  EXPECT_EQ(extend.from_ns(), 77);
  ASSERT_EQ(extend.shares_size(), 2);
  EXPECT_EQ(extend.shares(0).instance(), 3u);
  EXPECT_EQ(extend.shares(0).index(), 1u);
  EXPECT_EQ(extend.shares(0).count(), 2u);
}

TEST(AssignmentCodecTest, SettingsComeBackAsTheyWere) {
  const RunSettings sent = {.endpoint_url = "http://127.0.0.1:9",
                            .http2 = true,
                            .max_in_flight = 3,
                            .drop_on_overload = true,
                            .drain_ns = 4,
                            .warm_connections = 5,
                            .connections = 7,
                            .record_ratio = 0.5,
                            .spin_ns = 6,
                            .extensible = true};
  const auto got = FromWire(ToWire(sent));
  ASSERT_TRUE(got.ok()) << got.status();
  EXPECT_EQ(got->endpoint_url, sent.endpoint_url);
  EXPECT_TRUE(got->http2);
  EXPECT_EQ(got->max_in_flight, 3u);
  EXPECT_TRUE(got->drop_on_overload);
  EXPECT_EQ(got->drain_ns, 4);
  EXPECT_EQ(got->warm_connections, 5u);
  EXPECT_EQ(got->connections, 7u);
  EXPECT_EQ(got->record_ratio, 0.5);
  EXPECT_EQ(got->spin_ns, 6);
  EXPECT_TRUE(got->extensible);
  EXPECT_FALSE(FromWire(ToWire(RunSettings()))->extensible);
}

}  // namespace
}  // namespace invocator
