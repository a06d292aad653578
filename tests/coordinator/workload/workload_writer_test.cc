#include "coordinator/workload/workload_writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <set>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "coordinator/json/json.h"
#include "coordinator/text/text_file.h"
#include "coordinator/workload/workload.h"
#include "coordinator/workload/workload_keys.h"
#include "tests/support/temp_dir.h"

namespace invocator {
namespace {

using ::testing::UnorderedElementsAre;

constexpr char kWorkload[] = R"({
    "test_name": "all of it", "test_duration_in_seconds": 0.1,
    "blocking_cli": true, "arrival_rng": "faasprofiler",
    "instances": {
        "poisson": {
            "application": "f", "memory_size": 256,
            "expected_duration_ms": 12.75, "distribution": "Poisson",
            "rate": 33.333333333333336, "activity_window": [0.01, 0.07],
            "payload": "a/p.json", "stage": "s%2Ft", "resource": "r/ä?q=%2B&b",
            "host": "ABC.execute-api.us-east-1.amazonaws.com",
            "method": "PATCH", "headers": {"X-B": "bä\"", "X-A": ""},
            "timeout_in_seconds": 0.123456789
        },
        "uniform, \"quoted\"": {
            "distribution": "Uniform", "rate": 0, "payload": "b/P.json",
            "host": "[::1]:8443", "auth": "none",
            "headers": {"X-T": "a\tb", "Authorization": {"env": "T_"}}
        },
        "list": {
            "interarrival_list": [0, 1e-9, 0.1, 5], "payload": "c/p.json",
            "host": "api.example.com", "region": "r-1", "service": "lambda",
            "resource": "x/", "cold_start_from": "json:/a~1b/0",
            "expect": {"status": [404, 200, 404]}
        },
        "empty": {
            "interarrivals_list": [], "host": "h", "auth": "none",
            "param_file": "a/p.json"
        },
        "numbers": {
            "interarrivals_list": [], "host": "h", "auth": "none",
            "data": {"a": 123456789012345678901234567890,
                     "b": [18446744073709551616, 1.10, -0, 1e400]}
        },
    },
})";

class WorkloadWriterTest : public ::testing::Test {
 protected:
  WorkloadWriterTest() {
    dir_.Write("a/p.json", R"([{"k": "ä\u0000"}, [1, 2],
        12345678901234567890.123456789012345678901234567890])");
    dir_.Write("b/P.json", "[[]]");
    dir_.Write("c/p.json", "\"text\"");
    dir_.Write("w.json", kWorkload);
    std::filesystem::create_directory(dir_.Path("run"));
  }

  Plan Load(const std::string& name, uint32_t drawn_seed) {
    absl::StatusOr<LoadedWorkload> workload = LoadWorkload(
        dir_.Path(name),
        {.default_region = "",
         .draw_seed = [=] { return drawn_seed; },
         .header_variables = {.environment = [](const char* variable) {
           return std::string(variable) == "T_" ? "s3cret" : "";
         }}});
    EXPECT_TRUE(workload.ok()) << workload.status().message();
    return workload.ok() ? workload->plan : Plan();
  }

  TempDir dir_;
};

TEST_F(WorkloadWriterTest, LoadingWhatWasWrittenGivesAnEqualPlan) {
  Plan plan = Load("w.json", 99);
  ASSERT_TRUE(WriteResolvedWorkload(plan, dir_.Path("run")).ok());
  Plan again = Load("run/workload.json", 1);
  EXPECT_EQ(again.seed, 99u);
  // The names of copies may differ, as may nothing else.
  plan.payload_names.clear();
  again.payload_names.clear();
  EXPECT_EQ(again, plan);
}

TEST_F(WorkloadWriterTest, TargetsStayWhatTheyAre) {
  const struct {
    const char* members;
    TargetKind kind;
  } kRows[] = {
      {R"("host": "x.execute-api.us-west-2.amazonaws.com")",
       TargetKind::kApiGateway},
      {R"("invoker": "api_gateway", "host": "api.example", "auth": "none")",
       TargetKind::kApiGateway},
      {R"("host": "api.example", "auth": "none")", TargetKind::kHttp},
      {R"("invoker": "lambda", "application": "f", "region": "r-1")",
       TargetKind::kLambda},
      {R"("invoker": "lambda", "application": "f", "region": "r-1",
          "host": "localhost:4566", "invocation_type": "DryRun")",
       TargetKind::kLambda},
      {R"("invoker": "function_url", "url": "https://f.example/x",
          "auth": "none")",
       TargetKind::kFunctionUrl},
      {R"("invoker": "function_url", "url": "http://f.example/x",
          "region": "r-1")",
       TargetKind::kFunctionUrl},
      {R"("invoker": "function_url", "url": "http://f.example/x",
          "auth": "none")",
       TargetKind::kFunctionUrl},
      {R"("host": "x.lambda-url.us-east-1.on.aws", "service": "execute-api",
          "region": "r-1")",
       TargetKind::kFunctionUrl},
      {R"("url": "http://127.0.0.1:8080/f")", TargetKind::kHttp},
      {R"("url": "https://x.execute-api.us-west-2.amazonaws.com/s/r")",
       TargetKind::kApiGateway},
      {R"("url": "https://example.com/f", "auth": "iam", "service": "s3",
          "region": "r-1")",
       TargetKind::kHttp},
      {R"("url": "https://example.com/f?a=%2F&b", "auth": "iam",
          "region": "r-1")",
       TargetKind::kHttp},
  };
  for (const auto& row : kRows) {
    dir_.Write("t.json", absl::StrCat(R"({"test_name": "t", "random_seed": 1,
          "test_duration_in_seconds": 1,
          "instances": {"a": {"interarrivals_list": [0], )",
                                      row.members, "}}}"));
    const Plan plan = Load("t.json", 1);
    ASSERT_EQ(plan.instances.size(), 1u) << row.members;
    EXPECT_EQ(plan.instances[0].target_kind, row.kind) << row.members;
    ASSERT_TRUE(WriteResolvedWorkload(plan, dir_.Path("run")).ok());
    EXPECT_EQ(Load("run/workload.json", 1), plan) << row.members;
  }
}

TEST_F(WorkloadWriterTest, NumbersOfBodiesKeepTheirDigits) {
  constexpr char kBody[] = R"({"a":123456789012345678901234567890,)"
                           R"("b":[18446744073709551616,1.10,-0,1e400]})";
  const Plan plan = Load("w.json", 99);
  EXPECT_EQ(plan.payload_sets.back(), PayloadSet{kBody});
  ASSERT_TRUE(WriteResolvedWorkload(plan, dir_.Path("run")).ok());
  EXPECT_EQ(*ReadTextFile(dir_.Path("run/payloads/data.json"), 1 << 20),
            absl::StrCat("[", kBody, "]\n"));
  EXPECT_EQ(Load("run/workload.json", 1).payload_sets.back(),
            PayloadSet{kBody});
}

TEST_F(WorkloadWriterTest, WhatComesFromTheEnvironmentStaysThere) {
  const Plan plan = Load("w.json", 99);
  EXPECT_EQ(plan.instances[1].headers[1].second, "s3cret");
  ASSERT_TRUE(WriteResolvedWorkload(plan, dir_.Path("run")).ok());
  const std::string text =
      *ReadTextFile(dir_.Path("run/workload.json"), 1 << 20);
  EXPECT_FALSE(absl::StrContains(text, "s3cret"));
  EXPECT_EQ(
      Json::parse(text)["instances"]["uniform, \"quoted\""]["headers"].dump(),
      R"({"X-T":"a\tb","Authorization":{"env":"T_"}})");
}

TEST_F(WorkloadWriterTest, WritingTwiceWritesTheSame) {
  ASSERT_TRUE(WriteResolvedWorkload(Load("w.json", 99), dir_.Path("run")).ok());
  std::filesystem::create_directory(dir_.Path("again"));
  ASSERT_TRUE(
      WriteResolvedWorkload(Load("run/workload.json", 1), dir_.Path("again"))
          .ok());
  for (const char* file : {"workload.json", "payloads/p.json",
                           "payloads/P-2.json", "payloads/p-3.json"}) {
    EXPECT_EQ(*ReadTextFile(dir_.Path(absl::StrCat("run/", file)), 1 << 20),
              *ReadTextFile(dir_.Path(absl::StrCat("again/", file)), 1 << 20));
  }
}

TEST_F(WorkloadWriterTest, PayloadFilesAreNamedLikeTheirSourcesAndUnique) {
  ASSERT_TRUE(WriteResolvedWorkload(Load("w.json", 1), dir_.Path("run")).ok());
  std::set<std::string> names;
  for (const auto& entry :
       std::filesystem::directory_iterator(dir_.Path("run/payloads"))) {
    names.insert(entry.path().filename().string());
  }
  EXPECT_THAT(names, UnorderedElementsAre("p.json", "P-2.json", "p-3.json",
                                          "data.json"));
}

TEST_F(WorkloadWriterTest, EveryDefaultIsSpelledOut) {
  ASSERT_TRUE(WriteResolvedWorkload(Load("w.json", 7), dir_.Path("run")).ok());
  const Json workload =
      Json::parse(*ReadTextFile(dir_.Path("run/workload.json"), 1 << 20));
  for (absl::string_view key : kWorkloadKeys) {
    // A mix ends up in its instances' rates.
    EXPECT_EQ(workload.contains(std::string(key)), key != "mix") << key;
  }
  EXPECT_EQ(workload["random_seed"], 7);
  const Json& poisson = workload["instances"]["poisson"];
  for (absl::string_view key : kInstanceKeys) {
    // Lists, bursts, spikes, files, sources of cold starts, expected statuses
    // and versions have no default to write; the others end up in host,
    // resource, headers and payload.
    static const std::set<absl::string_view> kLeftOut = {"bursts",
                                                         "spikes",
                                                         "arrivals",
                                                         "interarrivals_list",
                                                         "interarrival_list",
                                                         "data",
                                                         "qualifier",
                                                         "invocation_type",
                                                         "url",
                                                         "cold_start_from",
                                                         "param_file",
                                                         "expect",
                                                         "versions",
                                                         "pairing"};
    EXPECT_EQ(poisson.contains(std::string(key)), !kLeftOut.contains(key))
        << key;
  }
  EXPECT_EQ(poisson["region"], "us-east-1");
  EXPECT_EQ(poisson["service"], "execute-api");
  const Json& list = workload["instances"]["list"];
  EXPECT_EQ(list["timeout_in_seconds"], 60);
  EXPECT_EQ(list["expect"].dump(), R"({"status":[200,404]})");
  EXPECT_FALSE(list.contains("memory_size"));
  EXPECT_FALSE(list.contains("expected_duration_ms"));
}

TEST_F(WorkloadWriterTest, WithoutPayloadsThereIsNoFolderForThem) {
  Plan plan = Load("w.json", 7);
  plan.payload_sets.clear();
  for (InstancePlan& instance : plan.instances) instance.payload_set.reset();
  ASSERT_TRUE(WriteResolvedWorkload(plan, dir_.Path("run")).ok());
  EXPECT_FALSE(std::filesystem::exists(dir_.Path("run/payloads")));
}

TEST_F(WorkloadWriterTest, FailuresNameTheFile) {
  const Plan plan = Load("w.json", 7);
  EXPECT_THAT(
      std::string(WriteResolvedWorkload(plan, dir_.Path("none")).message()),
      ::testing::HasSubstr("none/payloads: cannot be created"));
  EXPECT_THAT(std::string(WriteTextFile("/dev/full", "x").message()),
              ::testing::HasSubstr("/dev/full: cannot be written"));
}

TEST(TextFile, WritingReplacesWhatWasThere) {
  TempDir dir;
  const std::string path = dir.Write("f", "something longer");
  ASSERT_TRUE(WriteTextFile(path, "short").ok());
  EXPECT_EQ(*ReadTextFile(path, 5), "short");
  EXPECT_EQ(ReadTextFile(path, 4).status().message(),
            path + ": is too large, expected at most 4 bytes");
}

}  // namespace
}  // namespace invocator
