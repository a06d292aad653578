#include "coordinator/forecast/preflight.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "coordinator/workload/target_reader.h"

namespace invocator {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char kApi[] = "abc.execute-api.us-east-1.amazonaws.com";

class PreflightTest : public ::testing::Test {
 protected:
  InstancePlan& Add(const std::string& host, uint64_t peak_per_s) {
    InstancePlan instance;
    instance.name = "a";
    instance.endpoint = {host, "/s/r", ""};
    ReadTarget({}, instance);
    plan_.instances.push_back(instance);
    InstanceCensus counts;
    counts.peak_per_s = peak_per_s;
    census_.instances.push_back(counts);
    census_.total.peak_per_s += peak_per_s;
    return plan_.instances.back();
  }
  void GiveBody(InstancePlan& instance, size_t bytes) {
    instance.payload_set = plan_.payload_sets.size();
    plan_.payload_sets.push_back({"", std::string(bytes, '1')});
  }
  void SetMachine(const MachineLimits& limits) {
    machines_ = {{"this machine", limits}};
  }
  std::vector<std::string> Warnings() const {
    std::vector<std::string> all = AwsWarnings(plan_, census_);
    for (std::string& warning : MachineWarnings(plan_, census_, machines_)) {
      all.push_back(std::move(warning));
    }
    return all;
  }

  Plan plan_;
  Census census_;
  std::vector<Machine> machines_;
};

TEST_F(PreflightTest, OrdinaryPlanIsPassedInSilence) {
  SetMachine({1024, 28'232});
  GiveBody(Add(kApi, 100), 1000);
  EXPECT_THAT(Warnings(), IsEmpty());
}

TEST_F(PreflightTest, InstancesOfWhichNothingIsPlannedAreNamed) {
  for (const char* name : {"a", "b", "c", "d", "e", "f", "g", "zero", "list"}) {
    InstancePlan& instance = Add(kApi, 1);
    instance.name = name;
    instance.arrivals.rate = 0.1;
  }
  plan_.instances[7].arrivals.rate = 0;
  plan_.instances[8].arrivals.kind = ArrivalKind::kList;
  std::vector<uint64_t> counts(9, 1);
  EXPECT_THAT(NothingPlannedWarnings(plan_, counts), IsEmpty());
  counts = {1, 0, 1, 1, 1, 1, 1, 0, 0};
  EXPECT_THAT(
      NothingPlannedWarnings(plan_, counts),
      ElementsAre("no invocations are planned for \"b\", although its rate "
                  "is above 0: the test or the activity window is too "
                  "short"));
  counts[0] = 0;
  EXPECT_THAT(NothingPlannedWarnings(plan_, counts),
              ElementsAre(HasSubstr("\"a\", \"b\", although their rates are")));
  census_.total = {};
  EXPECT_THAT(
      NothingPlannedWarnings(plan_, census_),
      ElementsAre(
          HasSubstr("\"a\", \"b\", \"c\", \"d\", \"e\" and 2 more, although"),
          HasSubstr("no invocations are planned: a run")));
  for (InstancePlan& instance : plan_.instances) {
    instance.arrivals.rate = 0;
  }
  EXPECT_THAT(NothingPlannedWarnings(plan_, census_),
              ElementsAre(HasSubstr("no invocations are planned: a run")));
}

// The words fit what the instance has instead of a rate.
TEST_F(PreflightTest, NothingPlannedOfBurstsCountsAndSpikesIsExplained) {
  for (const char* name : {"bursts", "zero", "counts", "spikes", "ramp"}) {
    Add(kApi, 1).name = name;
  }
  plan_.instances[0].arrivals.bursts = Bursts{5, 1, 1000};
  plan_.instances[1].arrivals.rate.points = {{0, 0}, {1, 0}};
  plan_.instances[2].arrivals.kind = ArrivalKind::kCounts;
  plan_.instances[2].arrivals.counts.counts = {0, 3};
  plan_.instances[3].arrivals.spikes = {{5, 10}};
  plan_.instances[4].arrivals.rate.points = {{0, 0}, {1, 3}};
  EXPECT_THAT(
      NothingPlannedWarnings(plan_, {0, 0, 0, 0, 0}),
      ElementsAre(
          HasSubstr("for \"ramp\", although its rate is above 0"),
          HasSubstr("for \"bursts\", although it has bursts: they are off"),
          HasSubstr("for \"counts\", \"spikes\", although they have counts, "
                    "timestamps or spikes: these lie outside"),
          HasSubstr("no invocations are planned: a run")));
  EXPECT_THAT(NothingPlannedWarnings(plan_, {1, 0, 1, 1, 1}), IsEmpty());
  plan_.instances[2].arrivals.counts.counts = {0, 0};
  plan_.instances[3].arrivals.spikes = {{5, 0}};
  EXPECT_THAT(NothingPlannedWarnings(plan_, {1, 0, 0, 0, 1}), IsEmpty());
}

TEST_F(PreflightTest, RateBeyondApiGatewaysIsTold) {
  Add(kApi, 6000);
  EXPECT_THAT(Warnings(), ElementsAre(HasSubstr("concurrent")));
  Add("def.execute-api.us-east-1.amazonaws.com", 4001);
  EXPECT_THAT(Warnings(),
              ElementsAre(HasSubstr("a peak of 10001/s is more than the "
                                    "10000/s"),
                          HasSubstr("concurrent")));
}

TEST_F(PreflightTest, ConcurrencyIsToldByTheDurationThatUsesItUp) {
  Add(kApi, 5000);
  EXPECT_THAT(Warnings(),
              ElementsAre("1000 concurrent executions of Lambda (Lambda "
                          "quotas, default) are used up when calls take longer "
                          "than 200 ms, at the peak of 5000/s"));
  plan_.instances[0].target_kind = TargetKind::kHttp;
  EXPECT_THAT(Warnings(), IsEmpty());
}

TEST_F(PreflightTest, FilesAndPortsOfThisMachineAreTold) {
  Add("example.com", 5000);
  SetMachine({1000, 28'232});
  EXPECT_THAT(Warnings(),
              ElementsAre(HasSubstr("1000 connections that open files allow on "
                                    "this machine (ulimit -Hn) are used up "
                                    "when calls take longer than 200 ms")));
  SetMachine({1'000'000, 2000});
  EXPECT_THAT(Warnings(), ElementsAre(HasSubstr("2000 ports")));
  plan_.blocking = true;
  EXPECT_THAT(Warnings(), IsEmpty());
}

// They have equal shares, so that the weakest is the first to be full.
TEST_F(PreflightTest, OfAFleetTheWeakestMachineIsTold) {
  Add("example.com", 10'000);
  machines_ = {{"worker east", {1'000'000, 28'232}},
               {"worker west", {1'000'000, 1000}},
               {"worker north", {}}};
  EXPECT_THAT(Warnings(),
              ElementsAre(HasSubstr(
                  "3000 ports on 3 machines like that of worker west for "
                  "connections to one address (ip_local_port_range) are used "
                  "up when calls take longer than 300 ms")));
  plan_.instances[0].expected_duration_ms = 299;
  EXPECT_THAT(Warnings(), IsEmpty());
  plan_.instances[0].expected_duration_ms = 301;
  EXPECT_THAT(Warnings(), ElementsAre(HasSubstr("3010 calls are in flight")));
  machines_ = {{"worker east", {}}, {"worker west", {}}};
  EXPECT_THAT(Warnings(), IsEmpty());
}

TEST_F(PreflightTest, CallsInFlightAreNumberedWhereDurationsAreExpected) {
  Add("example.com", 1500).expected_duration_ms = 2000;
  SetMachine({1024, 28'232});
  EXPECT_THAT(Warnings(),
              ElementsAre("3000 calls are in flight at the peaks, by rate x "
                          "expected_duration_ms, more than 1024 connections "
                          "that open files allow on this machine (ulimit "
                          "-Hn), but for HTTP/2"));
  SetMachine({3000, 28'232});
  EXPECT_THAT(Warnings(), IsEmpty());
}

TEST_F(PreflightTest, ExpectedDurationsAreHeldAgainstLambdasConcurrency) {
  Add(kApi, 500).expected_duration_ms = 5000;
  EXPECT_THAT(Warnings(),
              ElementsAre(HasSubstr("2500 calls are in flight at the peaks, by "
                                    "rate x expected_duration_ms, more than "
                                    "1000 concurrent executions of Lambda")));
  // Short ones fit, at any rate.
  plan_.instances[0].expected_duration_ms = 10;
  census_.instances[0].peak_per_s = 5000;
  EXPECT_THAT(Warnings(), IsEmpty());
  // One of which nothing is known may not.
  Add(kApi, 2500);
  EXPECT_THAT(Warnings(), ElementsAre(HasSubstr("when calls take longer")));
  plan_.blocking = true;
  EXPECT_THAT(Warnings(), IsEmpty());
}

// By hand: 1,200 calls per second of 50 ms are 60 in flight, but 1,100 of them
// begin together, 700 of one spike and 400 of another at its instant.
TEST_F(PreflightTest, ASpikesCallsAreInFlightAtOnce) {
  InstancePlan& instance = Add(kApi, 1200);
  instance.expected_duration_ms = 50;
  instance.arrivals.window_end_s = 10;
  EXPECT_THAT(Warnings(), IsEmpty());
  instance.arrivals.spikes = {{1, 900}, {5, 700}, {5, 400}, {10, 5000}};
  EXPECT_THAT(
      Warnings(),
      ElementsAre("1100 calls are in flight at the peaks, by rate x "
                  "expected_duration_ms and the calls of a spike, which "
                  "begin together, more than 1000 concurrent "
                  "executions of Lambda (Lambda quotas, default)"));
  // Longer calls: 1,200 by rate alone.
  instance.expected_duration_ms = 1000;
  EXPECT_THAT(Warnings(),
              ElementsAre(HasSubstr("1200 calls are in flight at the peaks, by "
                                    "rate x expected_duration_ms, more")));
  instance.arrivals.window_start_s = 5;
  instance.expected_duration_ms = 50;
  EXPECT_THAT(Warnings(), IsEmpty());
}

TEST_F(PreflightTest, BodiesLambdaDoesNotTakeAreTold) {
  InstancePlan& instance = Add(kApi, 1);
  GiveBody(instance, (size_t{6} << 20) + 1);
  EXPECT_THAT(Warnings(), ElementsAre(HasSubstr(
                              "a body of 6291457 bytes is more than the "
                              "6291456 that Lambda takes (Lambda quotas)")));
  plan_.payload_sets[0][1].pop_back();
  EXPECT_THAT(Warnings(), IsEmpty());
  instance.invocation_type = InvocationType::kEvent;
  EXPECT_THAT(Warnings(), ElementsAre(HasSubstr("of an event")));
}

TEST_F(PreflightTest, TimeoutShorterThanTheIntegrationsIsTold) {
  InstancePlan& instance = Add(kApi, 1);
  instance.timeout = absl::Seconds(5);
  EXPECT_THAT(Warnings(),
              ElementsAre(HasSubstr("\"a\": timeout_in_seconds of 5 is less "
                                    "than the 29 s")));
  instance.target_kind = TargetKind::kHttp;
  EXPECT_THAT(Warnings(), IsEmpty());
}

TEST_F(PreflightTest, AWorkerNeedsFilesForItself) {
  EXPECT_EQ(ReservedFiles(4) + ConnectionsOf(1024, 4), 1024u);
  EXPECT_GT(ReservedFiles(5), ReservedFiles(4));
  EXPECT_EQ(ConnectionsOf(10, 4), 1u);
}

TEST_F(PreflightTest, LimitsOfThisMachineAreSensible) {
  const MachineLimits limits = ReadMachineLimits(2);
  EXPECT_GT(limits.connections, 10u);
  EXPECT_GT(limits.ephemeral_ports, 10u);
}

}  // namespace
}  // namespace invocator
