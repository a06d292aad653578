#include "coordinator/workload/version_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "coordinator/text/text_file.h"
#include "coordinator/workload/workload.h"
#include "coordinator/workload/workload_writer.h"
#include "tests/support/temp_dir.h"

namespace invocator {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

absl::StatusOr<LoadedWorkload> Parse(const std::string& instances,
                                     const std::string& folder = ".",
                                     const std::string& top = "") {
  return ParseWorkload(
      absl::StrCat(R"({"test_name": "t", "test_duration_in_seconds": 10,
          "random_seed": 5, )",
                   top, R"("instances": {)", instances, "}}"),
      "w.json", folder,
      {.default_region = "eu-west-1", .draw_seed = [] { return 1u; }});
}

LoadedWorkload Read(const std::string& instances,
                    const std::string& folder = ".") {
  auto workload = Parse(instances, folder);
  EXPECT_TRUE(workload.ok()) << workload.status().message();
  return workload.ok() ? *std::move(workload) : LoadedWorkload();
}

std::string Refusal(const std::string& instances, const std::string& top = "") {
  const auto workload = Parse(instances, ".", top);
  EXPECT_FALSE(workload.ok());
  return std::string(workload.status().message());
}

std::vector<std::string> NamesOf(const Plan& plan) {
  std::vector<std::string> names;
  for (const InstancePlan& instance : plan.instances) {
    names.push_back(instance.name);
  }
  return names;
}

// An instance of that name with an arrival process and a target.
std::string Instance(const std::string& name, const std::string& more) {
  return absl::StrCat("\"", name, R"(": {"distribution": "Poisson", "rate": 4,
      "url": "http://h/")",
                      more.empty() ? "" : ", ", more, "}");
}

TEST(VersionReaderTest, VersionsBecomeInstancesInTheFilesOrder) {
  const Plan plan =
      Read(
          absl::StrCat(
              Instance("x", ""), ",",
              Instance("y", R"("versions": {"b": {}, "a-1.2_Z": {}, "c": {}})"),
              ",", Instance("z", "")))
          .plan;
  EXPECT_THAT(NamesOf(plan), ElementsAre("x", "y@b", "y@a-1.2_Z", "y@c", "z"));
  EXPECT_EQ(plan.instances[0].arrivals.version, std::nullopt);
  for (uint32_t i = 0; i < 3; ++i) {
    EXPECT_EQ(plan.instances[1 + i].arrivals.version,
              (VersionPlace{i, 3, Pairing::kBoth}));
  }
}

TEST(VersionReaderTest, VersionsHaveTheArrivalsOfTheInstanceWithoutThem) {
  const ArrivalSpec alone = Read(Instance("x", "")).plan.instances[0].arrivals;
  EXPECT_EQ(alone.stream, "x");
  for (const char* pairing : {"", R"(, "pairing": "split")"}) {
    const Plan plan =
        Read(Instance("x", absl::StrCat(R"("versions": {"a": {}, "b": {}})",
                                        pairing)))
            .plan;
    for (InstancePlan version : plan.instances) {
      version.arrivals.version.reset();
      EXPECT_EQ(version.arrivals, alone);
    }
  }
}

TEST(VersionReaderTest, PairingIsBothUnlessItIsSplit) {
  const auto pairing = [](const char* key) {
    return Read(Instance("x", absl::StrCat(R"("versions": {"a": {}, "b": {}})",
                                           key)))
        .plan.instances[1]
        .arrivals.version->pairing;
  };
  EXPECT_EQ(pairing(""), Pairing::kBoth);
  EXPECT_EQ(pairing(R"(, "pairing": "both")"), Pairing::kBoth);
  EXPECT_EQ(pairing(R"(, "pairing": "split")"), Pairing::kSplit);
}

TEST(VersionReaderTest, AVersionsKeysReplaceTheInstances) {
  const Plan plan = Read(R"("x": {"distribution": "Uniform", "rate": 1,
      "invoker": "lambda", "application": "f", "timeout_in_seconds": 7,
      "headers": {"X-A": "1", "X-B": "2"}, "versions": {
          "blue": {"qualifier": "blue"},
          "green": {"qualifier": "green", "headers": {"X-C": "3"}},
          "gateway": {"application": "g", "timeout_in_seconds": 8,
                      "expect": {"status": [404]}, "data": {"k": 1e400}}
      }})")
                        .plan;
  ASSERT_EQ(plan.instances.size(), 3u);
  EXPECT_EQ(plan.instances[0].application, "f:blue");
  EXPECT_EQ(plan.instances[0].endpoint.query, "Qualifier=blue");
  EXPECT_EQ(plan.instances[1].application, "f:green");
  EXPECT_EQ(plan.instances[1].endpoint.query, "Qualifier=green");
  EXPECT_THAT(plan.instances[0].headers,
              ::testing::Contains(::testing::Pair("X-B", "2")));
  EXPECT_THAT(plan.instances[1].headers,
              ::testing::Not(::testing::Contains(::testing::Key("X-B"))));
  EXPECT_EQ(plan.instances[2].application, "g");
  EXPECT_EQ(plan.instances[1].timeout, absl::Seconds(7));
  EXPECT_EQ(plan.instances[2].timeout, absl::Seconds(8));
  EXPECT_THAT(plan.instances[2].expected_statuses, ElementsAre(404));
  // The body's number stays as it was written.
  EXPECT_THAT(plan.payload_sets[*plan.instances[2].payload_set],
              ElementsAre(R"({"k":1e400})"));
}

TEST(VersionReaderTest, WhatIsRequiredMayBeAVersions) {
  const Plan plan = Read(R"("x": {"interarrivals_list": [1], "versions": {
      "a": {"url": "http://a/"}, "b": {"url": "http://b/"}}})")
                        .plan;
  EXPECT_EQ(plan.instances[0].endpoint.host, "a");
  EXPECT_EQ(plan.instances[1].endpoint.host, "b");
  EXPECT_THAT(Refusal(R"("x": {"interarrivals_list": [1], "versions": {
      "a": {"url": "http://a/"}, "b": {}}})"),
              HasSubstr("w.json: instances.x.versions.b.host: "));
}

TEST(VersionReaderTest, AMixCountsAnInstanceOnce) {
  const auto workload = Parse(R"("x": {"url": "http://h/",
          "versions": {"a": {}, "b": {}}}, "y": {"url": "http://h/"})",
                              ".", R"("mix": {"rate": 10, "weights":
          {"x": 3, "y": 1}}, )");
  ASSERT_TRUE(workload.ok()) << workload.status().message();
  EXPECT_EQ(workload->plan.instances[0].arrivals.rate, RateShape(7.5));
  EXPECT_EQ(workload->plan.instances[1].arrivals.rate, RateShape(7.5));
  EXPECT_EQ(workload->plan.instances[2].arrivals.rate, RateShape(2.5));
}

TEST(VersionReaderTest, ThresholdsAreTheInstancesAndTheVersions) {
  const WorkloadThresholds thresholds =
      Read(Instance("x", R"("thresholds": ["ok >= 99%"], "versions": {
          "a": {}, "b": {"thresholds": ["response p99 < 1s"]}})"))
          .thresholds;
  ASSERT_EQ(thresholds.instances.size(), 2u);
  ASSERT_EQ(thresholds.instances[0].size(), 1u);
  ASSERT_EQ(thresholds.instances[1].size(), 2u);
  EXPECT_EQ(CheckText(thresholds.instances[0][0]), "ok >= 99%");
  EXPECT_EQ(CheckText(thresholds.instances[1][0]), "ok >= 99%");
  EXPECT_EQ(CheckText(thresholds.instances[1][1]), "response p99 < 1s");
}

TEST(VersionReaderTest, ThresholdsOfBothAreLimitedTogether) {
  std::string checks = R"("ok >= 1%")";
  for (int i = 1; i < 60; ++i) absl::StrAppend(&checks, R"(, "ok >= 1%")");
  EXPECT_THAT(
      Refusal(Instance(
          "x", absl::StrCat(R"("thresholds": [)", checks,
                            R"(], "versions": {"a": {}, "b": {"thresholds": [)",
                            checks, "]}}"))),
      HasSubstr(
          "instances.x.versions.b.thresholds: expected at most 100 checks "
          "with those of the instance, found 120"));
}

TEST(VersionReaderTest, ErrorsAreReportedOnceWhereTheKeyIs) {
  EXPECT_EQ(Refusal(Instance("x", R"("timeout_in_seconds": 0, "versions": {
      "a": {"method": "get"}, "b": {"unknwon": 1}})")),
            "w.json: instances.x.versions.b.unknwon: unknown key, expected one "
            "of: application, memory_size, expected_duration_ms, payload, "
            "param_file, data, invoker, qualifier, invocation_type, url, host, "
            "stage, resource, region, service, auth, method, headers, "
            "timeout_in_seconds, cold_start_from, thresholds, expect (found "
            "1)\n"
            "w.json: instances.x.versions.a.method: expected an HTTP method, "
            "found \"get\", did you mean \"GET\"?\n"
            "w.json: instances.x.timeout_in_seconds: expected a number above 0 "
            "and up to 3600, found 0");
}

TEST(VersionReaderTest, PointsOfARateCountForEachVersion) {
  std::string points = "[0, 1]";
  for (int i = 1; i < 100'000; ++i) {
    absl::StrAppend(&points, ",[", i, ",", 1 + i % 2, "]");
  }
  std::string instances;
  for (int i = 0; i < 3; ++i) {
    absl::StrAppend(
        &instances, i == 0 ? "" : ",", "\"x", i,
        R"(": {"distribution": "Poisson", "url": "http://h/", "rate": [)",
        points, R"(], "versions": {"a": {}, "b": {}, "c": {}, "d": {},
            "e": {}, "f": {}, "g": {}, "h": {}}})");
  }
  EXPECT_THAT(Refusal(instances),
              HasSubstr("instances.x2.rate: expected at most 2000000 points in "
                        "a workload, found 2400000"));
}

TEST(VersionReaderTest, AliasesAndOtherFunctionsMayHaveOtherMemorySizes) {
  const Plan plan = Read(R"("x": {"distribution": "Uniform", "rate": 1,
      "invoker": "lambda", "application": "f", "versions": {
          "blue": {"qualifier": "blue"}, "now": {"memory_size": 512},
          "other": {"application": "g", "memory_size": 256},
          "elsewhere": {"region": "us-east-1", "memory_size": 128}
      }})")
                        .plan;
  EXPECT_EQ(plan.instances[0].memory_size_mb, std::nullopt);
  EXPECT_EQ(plan.instances[1].memory_size_mb, 512u);
  EXPECT_EQ(plan.instances[2].memory_size_mb, 256u);
  EXPECT_EQ(plan.instances[3].memory_size_mb, 128u);
}

// Other errors: tests/testdata/bad_workloads/versions_*.json.

class VersionsWrittenTest : public ::testing::Test {
 protected:
  VersionsWrittenTest() {
    dir_.Write("times.csv", "timestamp\n0\n0.5\n0.5\n7\n");
    dir_.Write("p.json", R"([{"a": 1}, {"a": 2}])");
    std::filesystem::create_directory(dir_.Path("run"));
  }
  TempDir dir_;
};

TEST_F(VersionsWrittenTest, LoadingWhatWasWrittenGivesAnEqualPlan) {
  for (const char* pairing : {"both", "split"}) {
    const LoadedWorkload workload =
        Read(absl::StrCat(Instance("first", ""), R"(,
            "t": {"arrivals": {"timestamps": "times.csv"},
                "thresholds": ["ok > 9%"], "pairing": ")",
                          pairing, R"(", "versions": {
                "a": {"url": "http://h/", "data": [1.50]},
                "b": {"host": "h", "auth": "none", "payload": "p.json",
                      "thresholds": [{"check": "sent > 1", "optional": true}]}
            }})"),
             dir_.Path("."));
    ASSERT_EQ(workload.plan.instances.size(), 3u);
    const std::string run = dir_.Path("run");
    ASSERT_TRUE(
        WriteResolvedWorkload(workload.plan, run, workload.thresholds).ok());
    const auto again = LoadWorkload(absl::StrCat(run, "/workload.json"), {});
    ASSERT_TRUE(again.ok()) << again.status().message();
    Plan plan = workload.plan;
    Plan reread = again->plan;
    // Tapes are compared by their instants.
    for (Plan* p : {&plan, &reread}) {
      p->payload_names.clear();
      for (InstancePlan& instance : p->instances) {
        instance.arrivals.tape.reset();
      }
    }
    EXPECT_EQ(reread, plan);
    EXPECT_EQ(again->thresholds, workload.thresholds);
    const auto& tapes = again->plan.instances;
    EXPECT_EQ(tapes[1].arrivals.tape, tapes[2].arrivals.tape);
    std::vector<std::string> files;
    for (const auto& entry :
         std::filesystem::directory_iterator(dir_.Path("run/arrivals"))) {
      files.push_back(entry.path().filename().string());
    }
    EXPECT_THAT(files, ElementsAre("t.csv"));
  }
}

}  // namespace
}  // namespace invocator
