#include "common/wire/version_codec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/arrivals/instant_tape.h"
#include "common/plan/partition.h"
#include "common/wire/assignment_codec.h"
#include "common/wire/plan_chunks.h"
#include "common/wire/plan_codec.h"
#include "common/wire/tape_assembler.h"
#include "proto/fleet.pb.h"
#include "tests/support/tapes.h"
#include "tests/support/versions.h"

namespace invocator {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// An instance, three paired versions, and two that split their calls.
Plan Sample() {
  Plan plan = PlanOf({ListInstance("a", {1, 2}, 10)}, 10);
  Append(VersionsOf(ListInstance("b", {1, 2}, 10), 3, Pairing::kBoth), plan);
  Append(VersionsOf(ListInstance("c", {1, 2}, 10), 2, Pairing::kSplit), plan);
  return plan;
}

TEST(VersionCodecTest, WhatGoesOutComesBack) {
  const absl::StatusOr<Plan> decoded = FromWire(ToWire(Sample()));
  ASSERT_TRUE(decoded.ok()) << decoded.status();
  EXPECT_EQ(*decoded, Sample());
}

TEST(VersionCodecTest, WrongVersionsAreRefused) {
  using Break = std::function<void(wire::Plan&)>;
  const auto version = [](wire::Plan& plan, int i) {
    return plan.mutable_instances(i)->mutable_version();
  };
  const struct {
    Break change;
    const char* words;
  } kRows[] = {
      {[&](wire::Plan& p) { version(p, 1)->set_count(1); },
       "one of 1 versions, expected 2 .. 8"},
      {[&](wire::Plan& p) { version(p, 1)->set_count(9); },
       "one of 9 versions, expected 2 .. 8"},
      {[&](wire::Plan& p) { version(p, 3)->set_index(3); }, "version 3 of 3"},
      {[&](wire::Plan& p) { version(p, 2)->set_index(2); },
       "instance 2: expected version 1 of 3"},
      {[&](wire::Plan& p) { version(p, 2)->set_count(4); },
       "instance 2: expected version 1 of 3"},
      {[&](wire::Plan& p) { version(p, 3)->set_split(true); },
       "instance 3: expected version 2 of 3"},
      {[&](wire::Plan& p) { p.mutable_instances(2)->clear_version(); },
       "instance 2: expected version 1 of 3"},
      {[&](wire::Plan& p) {
         p.mutable_instances(2)->mutable_arrivals()->set_seed(9);
       },
       "instance 2: expected version 1 of 3, with the arrivals of the one"},
      {[&](wire::Plan& p) {
         version(p, 0)->set_index(1);
         version(p, 0)->set_count(2);
       },
       "instance 0 is version 1, without those before it"},
      {[&](wire::Plan& p) { p.mutable_instances()->RemoveLast(); },
       "version 0 of 2 is the last instance, expected the others after it"},
      {[&](wire::Plan& p) { p.set_blocking(true); },
       "instance 1 is a version, in a blocking plan"},
  };
  for (const auto& row : kRows) {
    wire::Plan message = ToWire(Sample());
    row.change(message);
    const absl::StatusOr<Plan> decoded = FromWire(message);
    EXPECT_TRUE(absl::IsInvalidArgument(decoded.status())) << row.words;
    EXPECT_THAT(std::string(decoded.status().message()), HasSubstr(row.words));
  }
}

// Versions 1 to 3 of five instances have one tape.
Plan WithTapes() {
  Plan plan = PlanOf({TapeInstance("a", {7}, 10)}, 10);
  Append(VersionsOf(TapeInstance("b", {1, 1, 201}, 10), 3, Pairing::kSplit),
         plan);
  plan.instances.push_back(TapeInstance("c", {9}, 10));
  return plan;
}

TEST(VersionCodecTest, VersionsHaveOneTape) {
  const Plan plan = WithTapes();
  wire::Assignment assignment = ToWire(plan, RunSettings());
  EXPECT_TRUE(assignment.plan().instances(1).arrivals().has_tape());
  EXPECT_FALSE(assignment.plan().instances(2).arrivals().has_tape());
  // A worker without the first version.
  const std::vector<Share> shares = {{2, 0, 1}, {3, 0, 1}, {4, 0, 1}};
  AddShares(plan, shares, assignment);
  EXPECT_THAT(assignment.tapes(), ElementsAre(1, 4));

  Plan received = *FromWire(assignment.plan());
  auto assembler = TapeAssembler::Create(assignment, received, "");
  ASSERT_TRUE(assembler.ok()) << assembler.status();
  PlanChunks chunks(plan, {1, 4});
  while (const auto message = *chunks.Next()) {
    const wire::TapeChunk& chunk = message->tape_chunk();
    ASSERT_TRUE(assembler->Append(chunk.instance(), chunk.data()).ok());
  }
  EXPECT_TRUE(assembler->complete());
  for (const size_t i : {1u, 2u, 3u}) {
    EXPECT_THAT(InstantsOf(received.instances[i].arrivals.tape),
                ElementsAre(1, 1, 201));
  }
  EXPECT_EQ(received.instances[2].arrivals.tape,
            received.instances[3].arrivals.tape);
  EXPECT_TRUE(assembler->Check({1, 0, 1}).ok());
  EXPECT_TRUE(assembler->Check({3, 0, 1}).ok());
  EXPECT_FALSE(assembler->Check({0, 0, 1}).ok());
}

TEST(VersionCodecTest, AnExtensibleRunAnnouncesEveryTapeOnce) {
  RunSettings settings;
  settings.extensible = true;
  EXPECT_THAT(ToWire(WithTapes(), settings).tapes(), ElementsAre(0, 1, 4));
}

TEST(VersionCodecTest, ATapeOfALaterVersionIsRefused) {
  const Plan plan = WithTapes();
  wire::Plan stated = ToWire(plan);
  *stated.mutable_instances(2)->mutable_arrivals()->mutable_tape() =
      stated.instances(1).arrivals().tape();
  EXPECT_THAT(std::string(FromWire(stated).status().message()),
              HasSubstr("timestamps of version 1, expected those of the first "
                        "only"));

  wire::Assignment announced = ToWire(plan, RunSettings());
  announced.add_tapes(2);
  Plan received = *FromWire(announced.plan());
  EXPECT_THAT(
      std::string(
          TapeAssembler::Create(announced, received, "").status().message()),
      HasSubstr("a version that has those of instance 1"));
}

}  // namespace
}  // namespace invocator
