#include "common/wire/plan_codec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <limits>
#include <string>

#include "common/arrivals/instant_tape.h"
#include "common/wire/payload_assembler.h"
#include "common/wire/protocol.h"

namespace invocator {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

// Two instances in which no field has its default.
Plan Sample() {
  Plan plan;
  plan.test_name = "test";
  plan.duration_s = 15;
  plan.seed = 4294967295;
  plan.payload_sets = {{"{}", "", "[1]"}, {"\"x\""}};

  InstancePlan signed_one;
  signed_one.name = "instance1";
  signed_one.application = "chameleon";
  signed_one.arrivals.kind = ArrivalKind::kUniform;
  signed_one.arrivals.rng = ArrivalRng::kFaasProfiler;
  signed_one.arrivals.seed = 7;
  signed_one.arrivals.stream = "instance1";
  signed_one.arrivals.rate = 0.1;
  signed_one.arrivals.duration_s = 15;
  signed_one.arrivals.window_start_s = 5;
  signed_one.arrivals.window_end_s = 10;
  signed_one.endpoint = {"a.execute-api.us-west-1.amazonaws.com:8443",
                         "/default/%C3%A4", "format=json"};
  signed_one.signing = SigningScope{"us-west-1", "execute-api"};
  signed_one.target_kind = TargetKind::kApiGateway;
  signed_one.method = "PUT";
  signed_one.headers = {{"X-Trace", "a\tb"}, {"x-empty", ""}, {"X-K", "k"}};
  signed_one.header_variables = {{"X-K", "VARIABLE"}};
  signed_one.timeout = absl::Milliseconds(1500);
  signed_one.payload_set = 1;
  signed_one.cold_start_from = *ParseColdStartSource("json:/a~1b/cold");
  signed_one.expected_statuses = {200, 404, 599};
  plan.instances.push_back(signed_one);

  InstancePlan list;
  list.name = "instance2";
  list.arrivals.kind = ArrivalKind::kList;
  list.arrivals.duration_s = 15;
  list.arrivals.gaps_s = {5, 0.13, 0};
  list.endpoint = {"127.0.0.1", "/", ""};
  list.plain_http = true;
  plan.instances.push_back(list);
  return plan;
}

TEST(PlanCodecTest, EveryKindOfTargetHasItsNumber) {
  const struct {
    TargetKind kind;
    wire::Instance::TargetKind number;
  } kRows[] = {{TargetKind::kApiGateway, wire::Instance::API_GATEWAY},
               {TargetKind::kLambda, wire::Instance::LAMBDA},
               {TargetKind::kFunctionUrl, wire::Instance::FUNCTION_URL},
               {TargetKind::kHttp, wire::Instance::HTTP}};
  for (const auto& row : kRows) {
    Plan plan = Sample();
    plan.instances[0].target_kind = row.kind;
    const wire::Plan message = ToWire(plan);
    EXPECT_EQ(message.instances(0).target_kind(), row.number);
    EXPECT_EQ(FromWire(message)->instances[0].target_kind, row.kind);
  }
}

TEST(PlanCodecTest, WhatGoesOutComesBack) {
  const Plan plan = Sample();
  const absl::StatusOr<Plan> decoded = FromWire(ToWire(plan));
  ASSERT_TRUE(decoded.ok()) << decoded.status();
  EXPECT_EQ(decoded->test_name, plan.test_name);
  EXPECT_EQ(decoded->duration_s, plan.duration_s);
  EXPECT_EQ(decoded->seed, plan.seed);
  EXPECT_EQ(decoded->blocking, plan.blocking);
  ASSERT_EQ(decoded->instances.size(), plan.instances.size());
  for (size_t i = 0; i < plan.instances.size(); ++i) {
    const InstancePlan& a = decoded->instances[i];
    const InstancePlan& b = plan.instances[i];
    EXPECT_EQ(a.name, b.name);
    EXPECT_EQ(a.application, b.application);
    EXPECT_EQ(a.arrivals, b.arrivals);
    EXPECT_EQ(a.endpoint, b.endpoint);
    EXPECT_EQ(a.plain_http, b.plain_http);
    EXPECT_EQ(a.target_kind, b.target_kind);
    EXPECT_EQ(a.signing, b.signing);
    EXPECT_EQ(a.method, b.method);
    EXPECT_EQ(a.headers, b.headers);
    EXPECT_EQ(a.header_variables, b.header_variables);
    EXPECT_EQ(a.timeout, b.timeout);
    EXPECT_EQ(a.payload_set, b.payload_set);
    EXPECT_EQ(a.cold_start_from, b.cold_start_from);
    EXPECT_EQ(a.expected_statuses, b.expected_statuses);
  }
}

// They make no calls, and a list may go on for days. The last one that counts
// may end on the duration.
TEST(PlanCodecTest, GapsBeyondTheDurationAreNotSent) {
  Plan plan = Sample();
  plan.instances[1].arrivals.gaps_s = {5, 10, 0, 1e300, 0};
  const absl::StatusOr<Plan> decoded = FromWire(ToWire(plan));
  ASSERT_TRUE(decoded.ok()) << decoded.status();
  EXPECT_THAT(decoded->instances[1].arrivals.gaps_s, ElementsAre(5, 10, 0));
}

TEST(PlanCodecTest, BodiesComeBackEmpty) {
  const absl::StatusOr<Plan> decoded = FromWire(ToWire(Sample()));
  ASSERT_TRUE(decoded.ok()) << decoded.status();
  EXPECT_THAT(decoded->payload_sets,
              ElementsAre(ElementsAre("", "", ""), ElementsAre("")));
}

TEST(PlanCodecTest, APlanWithoutInstancesIsValid) {
  Plan plan;
  plan.duration_s = kMaxDurationS;
  plan.blocking = true;
  const absl::StatusOr<Plan> decoded = FromWire(ToWire(plan));
  ASSERT_TRUE(decoded.ok()) << decoded.status();
  EXPECT_TRUE(decoded->blocking);
  EXPECT_THAT(decoded->instances, IsEmpty());
}

struct Hostile {
  std::string says;  // part of the message
  std::function<void(wire::Plan&)> edit;
};

// An edit of the first instance.
Hostile Instance(std::string says, std::function<void(wire::Instance&)> edit) {
  return {std::move(says),
          [edit](wire::Plan& plan) { edit(*plan.mutable_instances(0)); }};
}

class HostilePlanTest : public ::testing::TestWithParam<Hostile> {};

TEST_P(HostilePlanTest, IsRefused) {
  wire::Plan message = ToWire(Sample());
  GetParam().edit(message);
  const absl::StatusOr<Plan> decoded = FromWire(message);
  EXPECT_EQ(decoded.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(decoded.status().message()),
              HasSubstr(GetParam().says));
}

INSTANTIATE_TEST_SUITE_P(
    OfThePlan, HostilePlanTest,
    ::testing::Values(
        Hostile{"duration 0", [](auto& p) { p.set_duration_s(0); }},
        Hostile{"duration nan", [](auto& p) { p.set_duration_s(kNan); }},
        Hostile{"duration inf", [](auto& p) { p.set_duration_s(kInfinity); }},
        Hostile{"without a name",
                [](auto& p) { p.mutable_instances(0)->clear_name(); }},
        Hostile{"source of cold starts \"json:cold\"",
                [](auto& p) {
                  p.mutable_instances(0)->set_cold_start_from("json:cold");
                }},
        Hostile{"two instances named \"instance1\"",
                [](auto& p) { p.mutable_instances(1)->set_name("instance1"); }},
        Hostile{"payload set without bodies",
                [](auto& p) { p.add_payload_sets(); }},
        Hostile{"body of 10485761 bytes",
                [](auto& p) {
                  p.add_payload_sets()->add_body_bytes(kMaxBodyBytes + 1);
                }},
        Hostile{"body of 18446744073709551615 bytes",
                [](auto& p) {
                  p.add_payload_sets()->add_body_bytes(
                      std::numeric_limits<uint64_t>::max());
                }},
        Hostile{"more than 1073741824 bytes in all", [](auto& p) {
                  wire::PayloadSet* set = p.add_payload_sets();
                  for (int i = 0; i < 103; ++i) {
                    set->add_body_bytes(kMaxBodyBytes);
                  }
                }}));

INSTANTIATE_TEST_SUITE_P(
    OfRequests, HostilePlanTest,
    ::testing::Values(
        Instance("instance \"instance1\": plan: arrivals of unknown kind 0",
                 [](auto& i) { i.mutable_arrivals()->clear_kind(); }),
        Instance("target of unknown kind 0",
                 [](auto& i) { i.clear_target_kind(); }),
        Instance("target of unknown kind 5",
                 [](auto& i) {
                   i.set_target_kind(
                       static_cast<wire::Instance::TargetKind>(5));
                 }),
        Instance("host \"\"", [](auto& i) { i.clear_host(); }),
        Instance("host \"Upper\"", [](auto& i) { i.set_host("Upper"); }),
        Instance("host \"a/b\"", [](auto& i) { i.set_host("a/b"); }),
        Instance("host \"a\\r\\nb\"", [](auto& i) { i.set_host("a\r\nb"); }),
        Instance("path \"\"", [](auto& i) { i.clear_path(); }),
        Instance("path \"x\"", [](auto& i) { i.set_path("x"); }),
        Instance("path \"/ HTTP/1.1\\r\\n\"",
                 [](auto& i) { i.set_path("/ HTTP/1.1\r\n"); }),
        Instance("path \"/a?b\"", [](auto& i) { i.set_path("/a?b"); }),
        Instance("query \"a b\"", [](auto& i) { i.set_query("a b"); }),
        Instance("query \"a#b\"", [](auto& i) { i.set_query("a#b"); }),
        Instance("method \"\"", [](auto& i) { i.clear_method(); }),
        Instance("method \"GET /\"", [](auto& i) { i.set_method("GET /"); }),
        Instance("header name \"a:b\"",
                 [](auto& i) { i.mutable_headers(0)->set_name("a:b"); }),
        // The value may be a secret.
        Instance("value of header X-Trace is not a valid header value",
                 [](auto& i) { i.mutable_headers(0)->set_value("x\r\ny: z"); }),
        Instance("value of header X-Trace is not a valid header value",
                 [](auto& i) { i.mutable_headers(0)->set_value(" x"); }),
        Instance("region \"\"", [](auto& i) { i.clear_region(); }),
        Instance("service \"a/b\"", [](auto& i) { i.set_service("a/b"); }),
        Instance("timeout 0", [](auto& i) { i.clear_timeout_ns(); }),
        Instance("timeout -1ns", [](auto& i) { i.set_timeout_ns(-1); }),
        Instance("timeout 2562047h",
                 [](auto& i) {
                   i.set_timeout_ns(std::numeric_limits<int64_t>::max());
                 }),
        Instance("expected status 199, expected 200 .. 599",
                 [](auto& i) { i.set_expected_statuses(0, 199); }),
        Instance("expected status 600, expected 200 .. 599",
                 [](auto& i) { i.set_expected_statuses(2, 600); }),
        // 2^16 + 200, which must not be taken for 200.
        Instance("expected status 65736",
                 [](auto& i) { i.set_expected_statuses(0, 65736); }),
        Instance("expected status 200 after 404",
                 [](auto& i) { i.set_expected_statuses(2, 200); }),
        Instance("expected status 404 after 404",
                 [](auto& i) { i.set_expected_statuses(2, 404); }),
        Instance("payload set 2 of 2", [](auto& i) { i.set_payload_set(2); }),
        Instance("payload set -2", [](auto& i) { i.set_payload_set(-2); })));

TEST(PlanCodecTest, TheTimestampsOfAllInstancesHaveOneLimit) {
  wire::Plan message = ToWire(Sample());
  for (int i = 0; i < 2; ++i) {
    wire::Arrivals& arrivals =
        *message.mutable_instances(i)->mutable_arrivals();
    arrivals.set_kind(wire::Arrivals::TIMESTAMPS);
    arrivals.set_rng(wire::Arrivals::INDEPENDENT);
    arrivals.mutable_tape()->set_instants(kMaxTapeInstants / 2);
    arrivals.mutable_tape()->set_bytes(kMaxTapeInstants);
  }
  const absl::StatusOr<Plan> decoded = FromWire(message);
  ASSERT_TRUE(decoded.ok()) << decoded.status();
  EXPECT_EQ(decoded->instances[0].arrivals.tape, nullptr);
  message.mutable_instances(0)
      ->mutable_arrivals()
      ->mutable_tape()
      ->set_instants(kMaxTapeInstants / 2 + 1);
  EXPECT_THAT(
      std::string(FromWire(message).status().message()),
      HasSubstr("10000001 timestamps in all, expected at most 10000000"));
}

TEST(PlanCodecTest, AnErrorShowsNoMoreThanTheBeginningOfAText) {
  wire::Plan message = ToWire(Sample());
  message.mutable_instances(0)->set_path(std::string(1'000'000, 'x'));
  EXPECT_LT(FromWire(message).status().message().size(), 200u);
}

TEST(ShareCodecTest, WhatGoesOutComesBack) {
  const Plan plan = Sample();
  for (const Share& share : {Share{0, 0, 1}, Share{1, 4, 5},
                             Share{1, kMaxShareCount - 1, kMaxShareCount}}) {
    const absl::StatusOr<Share> decoded = FromWire(ToWire(share), plan);
    ASSERT_TRUE(decoded.ok()) << decoded.status();
    EXPECT_EQ(*decoded, share);
  }
}

TEST(ShareCodecTest, SharesOfNothingAreRefused) {
  const Plan plan = Sample();
  for (const Share& share :
       {Share{2, 0, 1}, Share{4294967295, 0, 1}, Share{0, 0, 0}, Share{0, 1, 1},
        Share{0, 9, 8}, Share{0, 0, kMaxShareCount + 1}}) {
    EXPECT_EQ(FromWire(ToWire(share), plan).status().code(),
              absl::StatusCode::kInvalidArgument)
        << share.instance << " " << share.index << "/" << share.count;
  }
}

TEST(ShareCodecTest, AStripeOfABlockingInstanceIsRefused) {
  Plan plan = Sample();
  plan.blocking = true;
  EXPECT_TRUE(FromWire(ToWire(Share{0, 0, 1}), plan).ok());
  EXPECT_FALSE(FromWire(ToWire(Share{0, 0, 2}), plan).ok());
}

// Sample's message with one set of bodies that take `bytes` in all, their
// strings included.
wire::Plan WithBodiesOf(uint64_t bytes) {
  wire::Plan message = ToWire(Sample());
  message.clear_payload_sets();
  for (wire::Instance& instance : *message.mutable_instances()) {
    instance.set_payload_set(-1);
  }
  wire::PayloadSet& set = *message.add_payload_sets();
  while (bytes > 0) {
    const uint64_t next =
        std::min<uint64_t>(bytes, kMaxBodyBytes + sizeof(std::string));
    set.add_body_bytes(next - sizeof(std::string));
    bytes -= next;
  }
  return message;
}

TEST(PlanCodecTest, BodiesMayTakeAsMuchAsTheirLimitAndNoByteMore) {
  EXPECT_TRUE(FromWire(WithBodiesOf(kMaxPayloadBytes)).ok());
  EXPECT_FALSE(FromWire(WithBodiesOf(kMaxPayloadBytes + 1)).ok());
}

class PayloadAssemblerTest : public ::testing::Test {
 protected:
  absl::Status Append(uint32_t set, uint32_t body, absl::string_view bytes) {
    return assembler_.Append(set, body, bytes);
  }

  // Bodies of 2, 0, 3 and of 3 bytes.
  wire::Plan announced_ = ToWire(Sample());
  Plan plan_ = *FromWire(announced_);
  PayloadAssembler assembler_{announced_, plan_};
};

TEST_F(PayloadAssemblerTest, ChunksInOrderMakeTheBodies) {
  EXPECT_TRUE(Append(0, 0, "{").ok());
  EXPECT_TRUE(Append(0, 0, "}").ok());
  EXPECT_TRUE(Append(0, 2, "[1]").ok());
  EXPECT_FALSE(assembler_.complete());
  EXPECT_TRUE(Append(1, 0, "\"x\"").ok());
  EXPECT_TRUE(assembler_.complete());
  EXPECT_EQ(plan_.payload_sets, Sample().payload_sets);
}

TEST_F(PayloadAssemblerTest, ChunksOutOfOrderAreRefused) {
  EXPECT_FALSE(Append(0, 2, "[1]").ok());
  EXPECT_FALSE(Append(1, 0, "x").ok());
  EXPECT_FALSE(Append(9, 9, "x").ok());
  EXPECT_TRUE(Append(0, 0, "{}").ok());
  EXPECT_FALSE(Append(0, 0, "x").ok()) << "that body is complete";
  EXPECT_FALSE(Append(0, 1, "x").ok()) << "that body is empty";
}

TEST_F(PayloadAssemblerTest, MoreBytesThanAnnouncedAreRefused) {
  EXPECT_TRUE(Append(0, 0, "{").ok());
  EXPECT_FALSE(Append(0, 0, "}}").ok());
  EXPECT_EQ(plan_.payload_sets[0][0], "{");
}

TEST_F(PayloadAssemblerTest, EmptyAndHugeChunksAreRefused) {
  EXPECT_FALSE(Append(0, 0, "").ok());
  EXPECT_FALSE(Append(0, 0, std::string(kPayloadChunkBytes + 1, 'x')).ok());
}

TEST_F(PayloadAssemblerTest, NothingIsTakenOnceComplete) {
  ASSERT_TRUE(Append(0, 0, "{}").ok());
  ASSERT_TRUE(Append(0, 2, "[1]").ok());
  ASSERT_TRUE(Append(1, 0, "\"x\"").ok());
  EXPECT_FALSE(Append(1, 0, "y").ok());
}

TEST(PayloadAssemblerOfNothingTest, IsCompleteAtOnce) {
  Plan plan;
  plan.payload_sets = {{"", ""}};
  EXPECT_TRUE(PayloadAssembler(ToWire(plan), plan).complete());
  plan.payload_sets = {};
  EXPECT_TRUE(PayloadAssembler(ToWire(plan), plan).complete());
}

}  // namespace
}  // namespace invocator
