#include "common/wire/assignment_codec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "common/wire/protocol.h"
#include "tests/support/plans.h"

namespace invocator {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr size_t kMost = kMaxAssignmentBytes;
constexpr size_t kShareBytes = 32;

TEST(AssignmentSizeTest, APlanThatJustFitsIsTakenAndAByteMoreRefused) {
  EXPECT_TRUE(CheckAssignmentSize(kMost, {{}}).ok());
  const absl::Status refused = CheckAssignmentSize(kMost + 1, {{}});
  EXPECT_EQ(refused.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(std::string(refused.message()),
              AllOf(HasSubstr("takes 268435457 bytes"),
                    HasSubstr("more than the 268435456"),
                    HasSubstr("shorten the lists"), HasSubstr("split")));
}

TEST(AssignmentSizeTest, TheWorkerWithMostSharesCounts) {
  const std::vector<std::vector<Share>> partition = {
      std::vector<Share>(1), std::vector<Share>(3), std::vector<Share>(2)};
  EXPECT_TRUE(CheckAssignmentSize(kMost - 3 * kShareBytes, partition).ok());
  EXPECT_FALSE(
      CheckAssignmentSize(kMost - 3 * kShareBytes + 1, partition).ok());
}

TEST(AssignmentSizeTest, AShareNeverTakesMoreThanIsCounted) {
  wire::Assignment assignment;
  wire::Share& share = *assignment.add_shares();
  share.set_instance(UINT32_MAX);
  share.set_index(kMaxShareCount - 1);
  share.set_count(kMaxShareCount);
  EXPECT_LE(assignment.ByteSizeLong(), kShareBytes);
}

TEST(AssignmentSizeTest, ListsOfGapsCountEightBytesAGap) {
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

}  // namespace
}  // namespace invocator
