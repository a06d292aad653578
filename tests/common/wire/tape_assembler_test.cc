#include "common/wire/tape_assembler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "common/wire/assignment_codec.h"
#include "common/wire/plan_chunks.h"
#include "common/wire/plan_codec.h"
#include "common/wire/protocol.h"
#include "proto/fleet.pb.h"
#include "tests/support/tapes.h"
#include "tests/support/temp_dir.h"

namespace invocator {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// Instances 0, 2, 3 and 4 have timestamps: 3 in 4 bytes, 0, 1, and 2 in 3.
Plan Sample() {
  Plan plan =
      PlanOf({TapeInstance("a", {1, 1, 201}, 10), ListInstance("b", {1}, 10),
              TapeInstance("c", {}, 10), TapeInstance("d", {9'999'999'999}, 10),
              TapeInstance("e", {0, 128}, 10)},
             10);
  plan.payload_sets = {{"body", ""}};
  return plan;
}

wire::Assignment Announcing(const Plan& plan, std::vector<Share> shares) {
  wire::Assignment assignment = ToWire(plan, RunSettings());
  AddShares(plan, shares, assignment);
  return assignment;
}

class TapeAssemblerTest : public testing::Test {
 protected:
  explicit TapeAssemblerTest(const wire::Assignment& announced =
                                 Announcing(Sample(), WholeShares(Sample())))
      : announced_(announced) {}
  absl::Status Append(uint32_t instance, absl::string_view bytes) {
    return assembler_.Append(instance, bytes);
  }
  const std::shared_ptr<const InstantTape>& TapeOfInstance(size_t i) const {
    return plan_.instances[i].arrivals.tape;
  }

  wire::Assignment announced_;
  Plan plan_ = *FromWire(announced_.plan());
  TapeAssembler assembler_ = *TapeAssembler::Create(announced_, plan_, "");
};

TEST_F(TapeAssemblerTest, WhatGoesOutComesBack) {
  const Plan sample = Sample();
  PayloadSet bodies = {"", ""};
  PlanChunks chunks(sample,
                    {announced_.tapes().begin(), announced_.tapes().end()});
  while (const auto message = *chunks.Next()) {
    if (message->has_payload_chunk()) {
      EXPECT_FALSE(assembler_.complete());
      bodies[message->payload_chunk().body()] +=
          message->payload_chunk().data();
      continue;
    }
    ASSERT_TRUE(
        Append(message->tape_chunk().instance(), message->tape_chunk().data())
            .ok());
  }
  EXPECT_TRUE(assembler_.complete());
  EXPECT_THAT(bodies, ElementsAre("body", ""));
  for (size_t i : {0u, 2u, 3u, 4u}) {
    ASSERT_NE(TapeOfInstance(i), nullptr) << i;
    EXPECT_EQ(InstantsOf(TapeOfInstance(i)),
              InstantsOf(sample.instances[i].arrivals.tape));
  }
  EXPECT_EQ(TapeOfInstance(1), nullptr);
  EXPECT_EQ(plan_.instances[0].arrivals.tape->count(), 3u);
}

TEST_F(TapeAssemblerTest, ATapeIsInThePlanWhenItIsWhole) {
  EXPECT_TRUE(Append(0, {"\x01\x00\xc8", 3}).ok());
  EXPECT_EQ(TapeOfInstance(0), nullptr);
  EXPECT_TRUE(Append(0, "\x01").ok());
  EXPECT_THAT(InstantsOf(TapeOfInstance(0)), ElementsAre(1, 1, 201));
  // The empty one behind it is complete at once.
  EXPECT_THAT(InstantsOf(TapeOfInstance(2)), IsEmpty());
  EXPECT_EQ(TapeOfInstance(3), nullptr);
  EXPECT_FALSE(assembler_.complete());
}

struct Hostile {
  std::string says;
  std::vector<std::pair<uint32_t, std::string>> chunks;  // the last is refused
};

void PrintTo(const Hostile& c, std::ostream* out) { *out << c.says; }

class HostileChunksTest : public TapeAssemblerTest,
                          public testing::WithParamInterface<Hostile> {};

TEST_P(HostileChunksTest, AreRefused) {
  const auto& chunks = GetParam().chunks;
  for (size_t i = 0; i + 1 < chunks.size(); ++i) {
    ASSERT_TRUE(Append(chunks[i].first, chunks[i].second).ok()) << i;
  }
  const absl::Status status = Append(chunks.back().first, chunks.back().second);
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), HasSubstr(GetParam().says));
  EXPECT_FALSE(assembler_.complete() && chunks.back().first != 9);
}

const std::string kTapeA("\x01\x00\xc8\x01", 4);
const std::string kTapeD("\xff\xc7\xaf\xa0\x25", 5);
const std::string kTapeE("\x00\x80\x01", 3);

INSTANTIATE_TEST_SUITE_P(
    Of, HostileChunksTest,
    testing::Values(
        Hostile{"instance 3, expected instance 0", {{3, kTapeD}}},
        Hostile{"instance 1, expected instance 0", {{1, "x"}}},
        Hostile{"instance 99, expected instance 0", {{99, "x"}}},
        Hostile{"instance 2, expected instance 3", {{0, kTapeA}, {2, "x"}}},
        Hostile{"instance 0, expected instance 3", {{0, kTapeA}, {0, "x"}}},
        Hostile{"expected none any more",
                {{0, kTapeA}, {3, kTapeD}, {4, kTapeE}, {9, "x"}}},
        Hostile{"a chunk of 0 bytes, expected 1 .. 1048576", {{0, ""}}},
        Hostile{"a chunk of 1048577 bytes",
                {{0, std::string(kPayloadChunkBytes + 1, '\0')}}},
        Hostile{"in 5 bytes for instance 0, which lacks 4",
                {{0, kTapeA + "x"}}},
        Hostile{"in 2 bytes for instance 0, which lacks 1",
                {{0, kTapeA.substr(0, 3)}, {0, "xx"}}},
        Hostile{"instance 0: 4 timestamps, expected 3 as announced",
                {{0, std::string(4, '\0')}}},
        Hostile{"instance 0: 2 timestamps, expected 3 as announced",
                {{0, "\x81\x01\x81\x01"}}},
        Hostile{"instance 0: the last instant is incomplete",
                {{0, std::string("\x01\x01\x01\x81", 4)}}},
        Hostile{"instance 3: an instant at 10000000000 ns, expected less than "
                "10000000000",
                {{0, kTapeA}, {3, "\x80\xc8\xaf\xa0\x25"}}},
        Hostile{"expected instance 0",
                {{0, kTapeA.substr(0, 2)}, {3, kTapeD}}}));

TEST_F(TapeAssemblerTest, AfterAnErrorNothingIsTaken) {
  EXPECT_FALSE(Append(0, std::string(4, '\0')).ok());
  EXPECT_FALSE(Append(0, kTapeA).ok());
  EXPECT_FALSE(assembler_.complete());
  EXPECT_EQ(TapeOfInstance(0), nullptr);
}

TEST_F(TapeAssemblerTest, CutAtAnyByteTheTapesAreTheSame) {
  const std::string bytes[] = {kTapeA, "", "", kTapeD, kTapeE};
  for (size_t first = 1; first <= 5; ++first) {
    for (size_t then = 1; then <= 5; ++then) {
      Plan plan = *FromWire(announced_.plan());
      TapeAssembler assembler = *TapeAssembler::Create(announced_, plan, "");
      for (const uint32_t i : {0u, 3u, 4u}) {
        size_t size = first;
        for (size_t at = 0; at < bytes[i].size(); at += size, size = then) {
          ASSERT_TRUE(assembler.Append(i, bytes[i].substr(at, size)).ok());
        }
      }
      EXPECT_TRUE(assembler.complete());
      EXPECT_THAT(InstantsOf(plan.instances[0].arrivals.tape),
                  ElementsAre(1, 1, 201));
      EXPECT_THAT(InstantsOf(plan.instances[3].arrivals.tape),
                  ElementsAre(9'999'999'999));
      EXPECT_THAT(InstantsOf(plan.instances[4].arrivals.tape),
                  ElementsAre(0, 128));
    }
  }
}

TEST_F(TapeAssemblerTest, OnlySharesWithTheirTimestampsCanBePlayed) {
  announced_ = Announcing(Sample(), {{1, 0, 1}, {3, 0, 2}});
  EXPECT_THAT(announced_.tapes(), ElementsAre(3));
  const TapeAssembler assembler = *TapeAssembler::Create(announced_, plan_, "");
  EXPECT_TRUE(assembler.Check({1, 0, 1}).ok());
  EXPECT_TRUE(assembler.Check({3, 1, 2}).ok());
  for (size_t i : {0u, 2u, 4u}) {
    const absl::Status status = assembler.Check({i, 0, 1});
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(status.message()),
                HasSubstr("timestamps were not announced"));
  }
}

TEST_F(TapeAssemblerTest, WithNothingAnnouncedItIsCompleteWithoutAFile) {
  announced_.clear_tapes();
  const auto assembler =
      TapeAssembler::Create(announced_, plan_, "/nonexistent");
  ASSERT_TRUE(assembler.ok()) << assembler.status();
  EXPECT_TRUE(assembler->complete());
}

TEST_F(TapeAssemblerTest, OnlyEmptyTapesAreCompleteAtOnce) {
  announced_ = Announcing(Sample(), {{2, 0, 1}});
  TapeAssembler assembler = *TapeAssembler::Create(announced_, plan_, "");
  EXPECT_TRUE(assembler.complete());
  EXPECT_THAT(InstantsOf(TapeOfInstance(2)), IsEmpty());
  EXPECT_FALSE(assembler.Append(2, "x").ok());
}

TEST_F(TapeAssemblerTest, AFileThatCannotBeMadeGivesItsOwnStatus) {
  const absl::Status status =
      TapeAssembler::Create(announced_, plan_, "/nonexistent").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(status.message()), HasSubstr("/nonexistent"));
}

struct Announced {
  std::string says;
  std::vector<uint32_t> tapes;
};

TEST_F(TapeAssemblerTest, AnnouncementsOutOfOrderOrOfNothingAreRefused) {
  const Announced refused[] = {
      {"instance 5 of 5", {0, 5}},
      {"instance 4294967295 of 5", {4294967295}},
      {"instance 0 after those of 3", {3, 0}},
      {"instance 3 after those of 3", {3, 3}},
      {"instance 1, whose arrivals are of another kind", {0, 1}},
  };
  for (const Announced& c : refused) {
    announced_.mutable_tapes()->Assign(c.tapes.begin(), c.tapes.end());
    const absl::Status status =
        TapeAssembler::Create(announced_, plan_, "").status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << c.says;
    EXPECT_THAT(std::string(status.message()), HasSubstr(c.says));
  }
}

TEST(AssignmentTapesTest, AnExtensibleAssignmentAnnouncesAll) {
  const Plan plan = Sample();
  RunSettings settings;
  settings.extensible = true;
  wire::Assignment assignment = ToWire(plan, settings);
  AddShares(plan, {{3, 0, 1}}, assignment);
  EXPECT_THAT(assignment.tapes(), ElementsAre(0, 2, 3, 4));
  EXPECT_EQ(assignment.shares_size(), 1);
  assignment = ToWire(plan, RunSettings());
  AddShares(plan, {{4, 0, 1}, {1, 0, 1}, {0, 1, 2}}, assignment);
  EXPECT_THAT(assignment.tapes(), ElementsAre(0, 4));
  EXPECT_EQ(assignment.shares_size(), 3);
}

// More bytes than a chunk holds, from a file that other tapes share.
TEST(PlanChunksTest, LargeTapesAreCutIntoChunks) {
  std::vector<int64_t> instants_ns;
  for (int64_t i = 0; i < 300'000; ++i) instants_ns.push_back(i * 400'000'000);
  const auto file = FileForTapes();
  Plan plan =
      PlanOf({TapeInstance("a", {}, 1e6), TapeInstance("b", {}, 1e6)}, 1e6);
  for (InstancePlan& instance : plan.instances) {
    instance.arrivals.tape = TapeOf(instants_ns, file);
  }
  const wire::Assignment announced = Announcing(plan, WholeShares(plan));
  Plan received = *FromWire(announced.plan());
  TapeAssembler assembler = *TapeAssembler::Create(announced, received, "");
  PlanChunks chunks(plan, {0, 1});
  std::vector<size_t> sizes;
  while (const auto message = *chunks.Next()) {
    const wire::TapeChunk& chunk = message->tape_chunk();
    sizes.push_back(chunk.data().size());
    ASSERT_TRUE(assembler.Append(chunk.instance(), chunk.data()).ok());
  }
  const size_t rest =
      plan.instances[0].arrivals.tape->bytes() - kPayloadChunkBytes;
  EXPECT_THAT(sizes,
              ElementsAre(kPayloadChunkBytes, rest, kPayloadChunkBytes, rest));
  EXPECT_TRUE(assembler.complete());
  for (const InstancePlan& instance : received.instances) {
    EXPECT_TRUE(InstantsOf(instance.arrivals.tape) == instants_ns);
  }
}

TEST(PlanChunksTest, APlanWithoutBodiesAndTapesHasNone) {
  Plan plan = PlanOf({TapeInstance("a", {}, 1)}, 1);
  EXPECT_FALSE(PlanChunks(plan, {0}).Next()->has_value());
  plan.instances[0].arrivals.tape = nullptr;
  EXPECT_FALSE(PlanChunks(plan, {0}).Next()->has_value());
}

}  // namespace
}  // namespace invocator
