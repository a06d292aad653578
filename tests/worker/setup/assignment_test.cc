#include "worker/setup/assignment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>
#include <string>
#include <thread>

#include "common/wire/plan_codec.h"
#include "proto/fleet.pb.h"
#include "tests/support/plans.h"

namespace invocator {
namespace {

using testing::HasSubstr;

constexpr uint64_t kFiles = 1'024;

wire::Assignment GoodMessage() {
  const Plan plan =
      PlanOf({ListInstance("a", {1}, 10), ListInstance("b", {2}, 10)}, 10);
  wire::Assignment message;
  *message.mutable_plan() = ToWire(plan);
  for (const Share& share : WholeShares(plan)) {
    *message.add_shares() = ToWire(share);
  }
  wire::RunSettings& settings = *message.mutable_settings();
  settings.set_endpoint_url("HTTP://127.0.0.1:9000/a/");
  settings.set_drain_ns(5);
  settings.set_spin_ns(7);
  settings.set_record_ratio(0.5);
  settings.set_max_in_flight(100);
  settings.set_warm_connections(8);
  return message;
}

TEST(AssignmentTest, SettingsReachTheEngines) {
  wire::Assignment message = GoodMessage();
  message.mutable_settings()->set_drop_on_overload(true);
  message.mutable_settings()->set_http2(true);
  message.mutable_settings()->set_connections(6);
  message.mutable_plan()->set_blocking(true);
  const auto assignment = ReadAssignment(message, 1, kFiles);
  ASSERT_TRUE(assignment.ok()) << assignment.status();
  EXPECT_EQ(assignment->plan.instances.size(), 2u);
  EXPECT_EQ(assignment->shares, WholeShares(assignment->plan));
  EXPECT_EQ(assignment->record_ratio, 0.5);
  const EngineGroupOptions& engines = assignment->engines;
  EXPECT_EQ(engines.endpoint_url, "http://127.0.0.1:9000/a");
  EXPECT_TRUE(engines.http2);
  EXPECT_EQ(engines.connections, 6u);
  EXPECT_EQ(engines.engines, 1u);
  EXPECT_EQ(engines.max_in_flight, 100u);
  EXPECT_EQ(engines.warm_connections, 8u);
  EXPECT_EQ(engines.engine.drain_ns, 5);
  EXPECT_EQ(engines.engine.spin_ns, 7);
  EXPECT_TRUE(engines.engine.pacer.drop_on_overload);
  EXPECT_TRUE(engines.engine.pacer.blocking);
}

TEST(AssignmentTest, AWorkerMayGetNothingToPlay) {
  wire::Assignment message = GoodMessage();
  message.clear_shares();
  const auto assignment = ReadAssignment(message, 1, kFiles);
  ASSERT_TRUE(assignment.ok()) << assignment.status();
  EXPECT_TRUE(assignment->shares.empty());
}

TEST(AssignmentTest, EnginesThatOutnumberTheCoresDoNotSpin) {
  const uint32_t cores = std::thread::hardware_concurrency();
  EXPECT_EQ(
      ReadAssignment(GoodMessage(), cores, kFiles)->engines.engine.spin_ns, 7);
  EXPECT_EQ(
      ReadAssignment(GoodMessage(), cores + 1, kFiles)->engines.engine.spin_ns,
      0);
}

TEST(AssignmentTest, ATargetThatIsNotAllowedIsRefused) {
  const auto only = [](const char* pattern) {
    return *AllowedHosts::Create({pattern});
  };
  const auto read = [](const wire::Assignment& message,
                       const AllowedHosts& allowed) {
    return ReadAssignment(message, 1, kFiles, allowed).status().code();
  };
  wire::Assignment message = GoodMessage();
  EXPECT_EQ(read(message, only("127.0.0.1:9000")), absl::StatusCode::kOk);
  EXPECT_EQ(read(message, only("example.test")),
            absl::StatusCode::kPermissionDenied);
  message.mutable_settings()->clear_endpoint_url();
  EXPECT_EQ(read(message, only("127.0.0.1:9000")),
            absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(read(message, only("example.test:443")), absl::StatusCode::kOk);
  // Also when none of it is for us.
  message.clear_shares();
  EXPECT_EQ(read(message, only("127.0.0.1")),
            absl::StatusCode::kPermissionDenied);
}

struct LimitCase {
  uint32_t wanted;
  uint64_t files;
  uint32_t expected;  // 0: refused
};

TEST(AssignmentTest, InFlightLimitLeavesDescriptorsForTheRest) {
  const LimitCase cases[] = {
      {0, 1'024, 892},  // by default all but 128, and 4 of the engine
      {0, 129, 1},
      {0, 0, 1},  // there is always one
      {0, UINT64_MAX, 1'000'000},
      {892, 1'024, 892},
      {893, 1'024, 0},
      {1, 100, 1},
      {UINT32_MAX, 1'048'576, 0},
  };
  for (const LimitCase& c : cases) {
    wire::Assignment message = GoodMessage();
    message.mutable_settings()->set_max_in_flight(c.wanted);
    const auto assignment = ReadAssignment(message, 1, c.files);
    if (c.expected == 0) {
      EXPECT_EQ(assignment.status().code(),
                absl::StatusCode::kResourceExhausted)
          << c.wanted << " of " << c.files;
    } else {
      ASSERT_TRUE(assignment.ok()) << assignment.status();
      EXPECT_EQ(assignment->engines.max_in_flight, c.expected);
    }
  }
}

TEST(AssignmentTest, TheRefusalSaysHowManyDescriptorsAreNeeded) {
  wire::Assignment message = GoodMessage();
  message.mutable_settings()->set_max_in_flight(5'000);
  const std::string words(
      ReadAssignment(message, 1, kFiles).status().message());
  EXPECT_THAT(words, HasSubstr("--max-in-flight 5000"));
  EXPECT_THAT(words, HasSubstr("5132"));
  EXPECT_THAT(words, HasSubstr("1024"));
}

TEST(AssignmentTest, NoMoreEnginesThanCallsInFlight) {
  wire::Assignment message = GoodMessage();
  message.mutable_settings()->set_max_in_flight(3);
  EXPECT_EQ(ReadAssignment(message, 16, kFiles)->engines.engines, 3u);
}

struct Hostile {
  const char* what;
  std::function<void(wire::Assignment&)> spoil;
};

void PrintTo(const Hostile& hostile, std::ostream* out) {
  *out << hostile.what;
}

class HostileAssignmentTest : public testing::TestWithParam<Hostile> {};

TEST_P(HostileAssignmentTest, IsRefused) {
  wire::Assignment message = GoodMessage();
  GetParam().spoil(message);
  EXPECT_EQ(ReadAssignment(message, 1, kFiles).status().code(),
            absl::StatusCode::kInvalidArgument);
}

wire::RunSettings& Settings(wire::Assignment& message) {
  return *message.mutable_settings();
}

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

INSTANTIATE_TEST_SUITE_P(
    Assignment, HostileAssignmentTest,
    testing::Values(
        Hostile{"no plan", [](wire::Assignment& m) { m.clear_plan(); }},
        Hostile{"a plan without end",
                [](wire::Assignment& m) {
                  m.mutable_plan()->set_duration_s(HUGE_VAL);
                }},
        Hostile{
            "a share of an unknown instance",
            [](wire::Assignment& m) { m.mutable_shares(0)->set_instance(2); }},
        Hostile{"a share out of none",
                [](wire::Assignment& m) { m.mutable_shares(0)->set_count(0); }},
        Hostile{"a share beyond its count",
                [](wire::Assignment& m) { m.mutable_shares(0)->set_index(1); }},
        Hostile{"half a blocking instance",
                [](wire::Assignment& m) {
                  m.mutable_plan()->set_blocking(true);
                  m.mutable_shares(0)->set_count(2);
                }},
        Hostile{"an instance twice",
                [](wire::Assignment& m) { *m.add_shares() = m.shares(0); }},
        Hostile{"a negative drain",
                [](wire::Assignment& m) { Settings(m).set_drain_ns(-1); }},
        Hostile{"a negative spin",
                [](wire::Assignment& m) { Settings(m).set_spin_ns(-1); }},
        Hostile{
            "a negative record ratio",
            [](wire::Assignment& m) { Settings(m).set_record_ratio(-0.1); }},
        Hostile{"a record ratio over 1",
                [](wire::Assignment& m) { Settings(m).set_record_ratio(1.1); }},
        Hostile{
            "a record ratio that is no number",
            [](wire::Assignment& m) { Settings(m).set_record_ratio(kNan); }},
        Hostile{"a file for an endpoint",
                [](wire::Assignment& m) {
                  Settings(m).set_endpoint_url("file:///etc");
                }},
        Hostile{"an endpoint with a user",
                [](wire::Assignment& m) {
                  Settings(m).set_endpoint_url("http://a:80@b");
                }},
        Hostile{"an endpoint without a scheme", [](wire::Assignment& m) {
                  Settings(m).set_endpoint_url("127.0.0.1:9000");
                }}));

}  // namespace
}  // namespace invocator
