#include "coordinator/workload/workload.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "tests/support/source_path.h"
#include "tests/support/workload_fixture.h"

namespace invocator {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::SizeIs;

class WorkloadTest : public WorkloadFixture {};

TEST_F(WorkloadTest, TheOriginalExampleLoadsUnchanged) {
  absl::StatusOr<LoadedWorkload> workload =
      LoadWorkload(SourcePath("examples/original.json"), Options());
  ASSERT_TRUE(workload.ok()) << workload.status().message();
  EXPECT_THAT(workload->warnings, IsEmpty());
  const Plan& plan = workload->plan;
  EXPECT_EQ(plan.test_name, "test");
  EXPECT_EQ(plan.duration_s, 15);
  EXPECT_EQ(plan.seed, 100u);
  EXPECT_FALSE(plan.blocking);
  ASSERT_THAT(plan.instances, SizeIs(2));

  const InstancePlan& first = plan.instances[0];
  EXPECT_EQ(first.name, "instance1");
  EXPECT_EQ(first.application, "chameleon");
  EXPECT_EQ(first.arrivals, (ArrivalSpec{.kind = ArrivalKind::kPoisson,
                                         .rng = ArrivalRng::kIndependent,
                                         .seed = 100,
                                         .stream = "instance1",
                                         .rate = 5,
                                         .duration_s = 15,
                                         .window_start_s = 5,
                                         .window_end_s = 10,
                                         .gaps_s = {}}));
  EXPECT_EQ(first.endpoint,
            (Endpoint{"ng11cbhnw7.execute-api.us-west-1.zonaws.com",
                      "/default/chameleon", ""}));
  EXPECT_EQ(first.signing, (SigningScope{"us-west-1", "execute-api"}));
  EXPECT_EQ(first.method, "POST");
  EXPECT_THAT(first.headers, IsEmpty());
  EXPECT_EQ(first.timeout, absl::Seconds(60));
  ASSERT_EQ(first.payload_set, 0u);
  EXPECT_THAT(
      plan.payload_sets,
      ElementsAre(ElementsAre(R"({"num_of_rows":10,"num_of_cols":15})")));
  EXPECT_THAT(plan.payload_names, ElementsAre("poisson.json"));

  const InstancePlan& second = plan.instances[1];
  EXPECT_EQ(second.name, "instance2");
  EXPECT_EQ(second.arrivals.kind, ArrivalKind::kList);
  EXPECT_THAT(second.arrivals.gaps_s,
              ElementsAre(5, 0.13, 0.15, 0.8, 0.1, 0.13, 0.13, 0.1, 0.4));
  EXPECT_EQ(second.arrivals.window_start_s, 0);
  EXPECT_EQ(second.arrivals.window_end_s, 15);
  EXPECT_EQ(second.payload_set, std::nullopt);
}

TEST_F(WorkloadTest, InstancesKeepTheOrderOfTheFile) {
  const Plan plan = Load(R"({"test_name": "t", "test_duration_in_seconds": 1,
      "random_seed": 1, "instances": {
        "z": {"auth": "none", "host": "h", "interarrival_list": []},
        "a": {"auth": "none", "host": "h", "interarrival_list": []},
        "Ä": {"auth": "none", "host": "h", "interarrival_list": []}}})")
                        .plan;
  ASSERT_THAT(plan.instances, SizeIs(3));
  EXPECT_EQ(plan.instances[0].name, "z");
  EXPECT_EQ(plan.instances[1].name, "a");
  EXPECT_EQ(plan.instances[2].name, "Ä");
}

TEST_F(WorkloadTest, AnExpectedDurationFitsEveryTarget) {
  constexpr char kMembers[] = R"("expected_duration_ms": 12.5,
      "interarrivals_list": [])";
  const LoadedWorkload workload = LoadInstance(kMembers);
  EXPECT_EQ(workload.plan.instances.at(0).expected_duration_ms, 12.5);
  EXPECT_THAT(workload.warnings, IsEmpty());
  const LoadedWorkload elsewhere = Load(absl::StrCat(
      R"({"test_name": "t", "test_duration_in_seconds": 1, "random_seed": 1,
          "instances": {"a": {"url": "http://h/", )",
      kMembers, "}}}"));
  EXPECT_EQ(elsewhere.plan.instances.at(0).expected_duration_ms, 12.5);
  EXPECT_THAT(elsewhere.warnings, IsEmpty());
}

TEST_F(WorkloadTest, EveryKeyOfAnInstanceArrivesInThePlan) {
  dir_.Write("bodies.json", "[1, 2]");
  const InstancePlan instance =
      LoadInstance(R"("application": "f", "distribution": "Uniform",
        "rate": 2.5, "activity_window": null, "payload": "bodies.json",
        "stage": "", "resource": "/p/q?x=1&y", "region": "eu-west-3",
        "service": "lambda", "auth": "iam", "method": "PUT",
        "headers": {"X-A": "1", "Content-Type": "text/plain"},
        "timeout_in_seconds": 0.25)")
          .plan.instances.at(0);
  EXPECT_EQ(instance.application, "f");
  EXPECT_EQ(instance.arrivals.kind, ArrivalKind::kUniform);
  EXPECT_EQ(instance.arrivals.rate.first_per_s(), 2.5);
  EXPECT_EQ(instance.arrivals.window_start_s, 0);
  EXPECT_EQ(instance.arrivals.window_end_s, 10);
  EXPECT_EQ(instance.payload_set, 0u);
  EXPECT_EQ(instance.endpoint, (Endpoint{kHost, "/p/q", "x=1&y"}));
  EXPECT_EQ(instance.signing, (SigningScope{"eu-west-3", "lambda"}));
  EXPECT_EQ(instance.method, "PUT");
  EXPECT_THAT(
      instance.headers,
      ElementsAre(Pair("X-A", "1"), Pair("Content-Type", "text/plain")));
  EXPECT_EQ(instance.timeout, absl::Milliseconds(250));
}

TEST_F(WorkloadTest, EveryKeyOfTheTestArrivesInThePlan) {
  const Plan plan = Load(R"({"test_name": "n", "test_duration_in_seconds": 0.5,
      "random_seed": 4294967295, "blocking_cli": true,
      "arrival_rng": "faasprofiler", "instances": {"a": {"auth": "none",
        "host": "h", "distribution": "Poisson", "rate": 0}}})")
                        .plan;
  EXPECT_EQ(plan.test_name, "n");
  EXPECT_EQ(plan.duration_s, 0.5);
  EXPECT_EQ(plan.seed, 4294967295u);
  EXPECT_TRUE(plan.blocking);
  EXPECT_EQ(plan.instances[0].arrivals.rng, ArrivalRng::kFaasProfiler);
  EXPECT_EQ(plan.instances[0].arrivals.seed, 4294967295u);
  EXPECT_EQ(plan.instances[0].signing, std::nullopt);
}

TEST_F(WorkloadTest, ASeedIsDrawnAndToldWhenTheFileNamesNone) {
  for (const char* seed : {"", "\"random_seed\": null,"}) {
    const LoadedWorkload workload = Load(absl::StrCat(
        R"({"test_name": "t", "test_duration_in_seconds": 1, )", seed,
        R"("instances": {"a": {"auth": "none", "host": "h",
             "distribution": "Poisson", "rate": 1}}})"));
    EXPECT_EQ(workload.plan.seed, 4242u);
    EXPECT_EQ(workload.plan.instances[0].arrivals.seed, 4242u);
    EXPECT_THAT(workload.warnings,
                ElementsAre("w.json: random_seed: none given, drew 4242"));
  }
}

TEST_F(WorkloadTest, AListWinsOverADistributionAndSaysSo) {
  const LoadedWorkload workload = LoadInstance(
      R"("interarrival_list": [1, 2], "distribution": "Poisson", "rate": 3,
         "activity_window": [9, 1])");
  EXPECT_EQ(workload.plan.instances[0].arrivals.kind, ArrivalKind::kList);
  EXPECT_EQ(workload.plan.instances[0].arrivals.window_end_s, 10);
  EXPECT_THAT(workload.warnings,
              ElementsAre("w.json: instances.a.activity_window: ignored beside "
                          "interarrival_list",
                          "w.json: instances.a.distribution: ignored beside "
                          "interarrival_list",
                          "w.json: instances.a.rate: ignored beside "
                          "interarrival_list"));
}

TEST_F(WorkloadTest, AListThatOutlastsTheTestIsToldToBeCut) {
  EXPECT_THAT(LoadInstance(R"("interarrivals_list": [4, 6])").warnings,
              IsEmpty());
  EXPECT_THAT(
      LoadInstance(R"("interarrivals_list": [4, 6, 0.001, 0])").warnings,
      ElementsAre("w.json: instances.a.interarrivals_list: the test ends "
                  "before 2 of its 4 invocations, which are left out"));
}

TEST_F(WorkloadTest, FilesThatCannotBeReadAreToldByName) {
  const auto error = [](const std::string& path) {
    const absl::Status status = LoadWorkload(path, Options()).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    return std::string(status.message());
  };
  EXPECT_THAT(error(dir_.Path("none.json")),
              HasSubstr("none.json: cannot be opened"));
  EXPECT_EQ(error(dir_.path()), dir_.path() + ": is a folder, expected a file");
  const std::string empty = dir_.Write("empty.json", " \n\t");
  EXPECT_EQ(error(empty), empty + ": is empty, expected a workload");
  const std::string binary = dir_.Write("binary.json",
                                        "\x7F"
                                        "ELF\xFF");
  EXPECT_EQ(error(binary), binary + ":1:5: not UTF-8 text");
  EXPECT_EQ(error("/dev/zero"),
            "/dev/zero: is too large, expected at most 268435456 bytes");
  if (::geteuid() != 0) {
    const std::string closed = dir_.Write("closed.json", "{}");
    ASSERT_EQ(::chmod(closed.c_str(), 0), 0);
    EXPECT_THAT(error(closed), HasSubstr("Permission denied"));
  }
}

TEST_F(WorkloadTest, AWorkloadMayComeThroughAPipe) {
  ASSERT_EQ(::mkfifo(dir_.Path("pipe").c_str(), 0600), 0);
  const std::string text = InstanceText(R"("interarrivals_list": [1])");
  const pid_t writer = ::fork();
  if (writer == 0) {
    std::ofstream(dir_.Path("pipe")) << text;
    ::_exit(0);
  }
  EXPECT_TRUE(LoadWorkload(dir_.Path("pipe"), Options()).ok());
}

TEST_F(WorkloadTest, KeysOfEditorsAndAncestorsAreIgnored) {
  const LoadedWorkload workload = Load(R"({
      "$schema": "workload.schema.json", "test_name": "t", "random_seed": 1,
      "test_duration_in_seconds": 1, "blocking_cli": false,
      "endpoint": "local_openwhisk", "serverless_platform": "openwhisk",
      "perf_monitoring": {"runtime_script": "x.sh", "__comment": 1},
      "_comment": "c", "__comment_x": {}, "instances": {
        "_comment": "c",
        "a": {"host": "h1", "auth": "none", "interarrivals_list": [],
              "_comment_rate": 5},
        "b": {"host": "h1", "auth": "none", "interarrivals_list": []},
        "_comment_c": {"url": "http://h2/", "interarrivals_list": []}}})");
  EXPECT_THAT(
      workload.warnings,
      ElementsAre("w.json: perf_monitoring: ignored, no script is run",
                  "w.json: endpoint: ignored, calls go where each instance "
                  "says: to h1, h2",
                  "w.json: serverless_platform: ignored, calls go where each "
                  "instance says: to h1, h2",
                  "w.json: instances._comment: ignored as a comment, as 3 more "
                  "keys of its kind"));
  EXPECT_THAT(workload.plan.instances, SizeIs(3));
}

TEST_F(WorkloadTest, CommentKeysBeginWithUnderscores) {
  for (const char* key : {"_comment", "__comment", "_comments", "_comment_1"}) {
    EXPECT_EQ(InstanceError(
                  absl::StrCat("\"", key, "\": 1, \"interarrivals_list\": []")),
              "no error");
  }
  for (const char* key :
       {"comment", "_Comment", "_", "", "_rate", "x_comment"}) {
    EXPECT_THAT(InstanceError(absl::StrCat(
                    "\"", key, "\": 1, \"interarrivals_list\": []")),
                HasSubstr("unknown key"))
        << key;
  }
}

TEST_F(WorkloadTest, AnEmptyFileIsSaidToBeEmpty) {
  for (const char* text :
       {"", " \n\t\r\n", "\xEF\xBB\xBF", "\xEF\xBB\xBF \n"}) {
    EXPECT_EQ(ParseWorkload(text, "w.json", "", Options()).status().message(),
              "w.json: is empty, expected a workload");
  }
  EXPECT_THAT(std::string(ParseWorkload("// nothing\n", "w.json", "", Options())
                              .status()
                              .message()),
              HasSubstr("w.json:2:1: syntax error"));
}

}  // namespace
}  // namespace invocator
