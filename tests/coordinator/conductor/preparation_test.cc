#include "coordinator/conductor/preparation.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "common/wire/plan_codec.h"
#include "common/wire/protocol.h"
#include "tests/support/conductor_fixture.h"
#include "tests/support/plans.h"

namespace invocator {
namespace {

class PreparationTest : public ConductorFixture {};

TEST_F(PreparationTest, APlanLargerThanWhatAWorkerMaySayIsHandedOut) {
  plan_ = PlanOf({}, 1);
  for (int i = 0; i < 50; ++i) {
    plan_.instances.push_back(ListInstance("i" + std::to_string(i),
                                           std::vector<double>(63'660, 0), 1));
  }
  ASSERT_GT(ToWire(plan_).ByteSizeLong(),
            static_cast<size_t>(kMaxMessageBytes));
  int lists = 0;
  Join([&](FakeWorker& worker) {
    worker.SayHello();
    const auto assigned = worker.Await(FakeWorker::Kind::kAssignment);
    if (!assigned) return;
    lists = assigned->assignment().plan().instances_size();
    worker.SayReady();
    worker.Await(FakeWorker::Kind::kStart);
  });
  EXPECT_TRUE(GatherAndPrepare().ok());
  EndScripts();
  EXPECT_EQ(lists, 50);
}

}  // namespace
}  // namespace invocator
