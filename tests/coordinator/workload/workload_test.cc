#include "coordinator/workload/workload.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/time.h"
#include "tests/support/source_path.h"
#include "tests/support/temp_dir.h"

namespace invocator {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::SizeIs;

constexpr char kHost[] = "abc.execute-api.us-east-1.amazonaws.com";

WorkloadOptions Options(const std::string& region = "") {
  return {.default_region = region, .draw_seed = [] { return 4242u; }};
}

class WorkloadTest : public ::testing::Test {
 protected:
  LoadedWorkload Load(const std::string& text, const std::string& region = "") {
    absl::StatusOr<LoadedWorkload> workload =
        ParseWorkload(text, "w.json", dir_.path(), Options(region));
    EXPECT_TRUE(workload.ok()) << workload.status().message();
    return workload.ok() ? *std::move(workload) : LoadedWorkload();
  }

  // A workload of one instance, "a", with these members beside the host's.
  LoadedWorkload LoadInstance(const std::string& members) {
    return Load(InstanceText(members));
  }

  std::string InstanceError(const std::string& members) {
    absl::StatusOr<LoadedWorkload> workload =
        ParseWorkload(InstanceText(members), "w.json", dir_.path(), Options());
    return workload.ok() ? "no error"
                         : std::string(workload.status().message());
  }

  static std::string InstanceText(const std::string& members) {
    return absl::StrCat(
        R"({"test_name": "t", "test_duration_in_seconds": 10,
            "random_seed": 7, "instances": {"a": {"host": ")",
        kHost, "\", ", members, "}}}");
  }

  TempDir dir_;
};

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
                                         .rate_per_s = 5,
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

TEST_F(WorkloadTest, AnExpectedDurationIsForTheCostAlone) {
  constexpr char kMembers[] = R"("expected_duration_ms": 12.5,
      "interarrivals_list": [])";
  const LoadedWorkload workload = LoadInstance(kMembers);
  EXPECT_EQ(workload.plan.instances.at(0).expected_duration_ms, 12.5);
  EXPECT_THAT(workload.warnings, IsEmpty());
  const LoadedWorkload elsewhere = Load(absl::StrCat(
      R"({"test_name": "t", "test_duration_in_seconds": 1, "random_seed": 1,
          "instances": {"a": {"url": "http://h/", )",
      kMembers, "}}}"));
  EXPECT_THAT(elsewhere.warnings,
              ElementsAre(HasSubstr("instances.a.expected_duration_ms: is "
                                    "there for the cost")));
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
  EXPECT_EQ(instance.arrivals.rate_per_s, 2.5);
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

TEST_F(WorkloadTest, RegionComesFromKeyThenHostThenEnvironment) {
  const struct {
    std::string members, environment, region, service;
  } kCases[] = {
      {R"("host": "a.execute-api.us-west-2.amazonaws.com")", "eu-west-1",
       "us-west-2", "execute-api"},
      {R"("host": "a.execute-api.us-west-2.amazonaws.com",
          "region": "us-east-2")",
       "eu-west-1", "us-east-2", "execute-api"},
      {R"("host": "a.lambda-url.eu-north-1.on.aws")", "", "eu-north-1",
       "lambda"},
      {R"("host": "api.example.com")", "eu-west-1", "eu-west-1", "execute-api"},
      {R"("host": "api.example.com", "service": "lambda")", "eu-west-1",
       "eu-west-1", "lambda"},
      {R"("host": "localhost:9000", "region": "r", "service": "s")", "", "r",
       "s"},
  };
  for (const auto& [members, environment, region, service] : kCases) {
    const Plan plan = Load(absl::StrCat(R"({"test_name": "t", "random_seed": 1,
               "test_duration_in_seconds": 1, "instances": {"a": {
               "interarrivals_list": [], )",
                                        members, "}}}"),
                           environment)
                          .plan;
    EXPECT_EQ(plan.instances[0].signing, (SigningScope{region, service}))
        << members;
  }
}

TEST_F(WorkloadTest, AGuessedServiceIsTold) {
  EXPECT_THAT(
      Load(R"({"test_name": "t", "random_seed": 1,
               "test_duration_in_seconds": 1, "instances": {"a": {
               "interarrivals_list": [], "host": "api.example.com"}}})",
           "eu-west-1")
          .warnings,
      ElementsAre("w.json: instances.a.service: the host \"api.example.com\" "
                  "names none, taking \"execute-api\"; add \"service\" to be "
                  "sure"));
}

TEST_F(WorkloadTest, ListsBecomeOneBodyPerElementAndOtherValuesOne) {
  const struct {
    std::string file;
    std::vector<std::string> bodies;
  } kCases[] = {
      {"{\"b\": 1, \"a\": [1, {}, []], }", {R"({"b":1,"a":[1,{},[]]})"}},
      {"[1, \"x\", null, true, [2, [3]], {\"k\": {}}]",
       {"1", "\"x\"", "null", "true", "[2,[3]]", R"({"k":{}})"}},
      {"[[]]", {"[]"}},
      {"\"\\u00e4\\n\\\"\"", {"\"ä\\n\\\"\""}},
      {"5 // five", {"5"}},
      // Neither 64 bits nor a double would hold these.
      {"[123456789012345678901234567890, 0.1000000000000000055511151231257827]",
       {"123456789012345678901234567890",
        "0.1000000000000000055511151231257827"}},
      {"[18446744073709551615, -9223372036854775808, 1.0, 1E+2]",
       {"18446744073709551615", "-9223372036854775808", "1.0", "1E+2"}},
      {"[18446744073709551616, -9223372036854775809, 1.10, -0, 1e400, -0.0]",
       {"18446744073709551616", "-9223372036854775809", "1.10", "-0", "1e400",
        "-0.0"}},
  };
  for (const auto& [file, bodies] : kCases) {
    dir_.Write("p.json", file);
    const Plan plan =
        LoadInstance(R"("interarrivals_list": [1], "payload": "p.json")").plan;
    EXPECT_THAT(plan.payload_sets, ElementsAre(bodies)) << file;
  }
}

TEST_F(WorkloadTest, AFileOfManyInstancesIsLoadedOnce) {
  dir_.Write("p/one.json", "[1]");
  dir_.Write("p/two.json", "[2]");
  std::filesystem::create_symlink(dir_.Path("p/one.json"),
                                  dir_.Path("link.json"));
  std::string instances;
  for (const std::string& payload :
       {std::string("p/one.json"), std::string("p/two.json"),
        std::string("./p/../p/one.json"), std::string("link.json"),
        dir_.Path("p/one.json")}) {
    absl::StrAppend(&instances, "\"", payload,
                    R"(": {"host": "h", "auth": "none", "interarrivals_list":
                       [1], "payload": ")",
                    payload, "\"},");
  }
  const Plan plan = Load(absl::StrCat(R"({"test_name": "t", "random_seed": 1,
      "test_duration_in_seconds": 1, "instances": {)",
                                      instances, "}}"))
                        .plan;
  EXPECT_THAT(plan.payload_sets,
              ElementsAre(ElementsAre("1"), ElementsAre("2")));
  std::vector<size_t> sets;
  for (const auto& instance : plan.instances) {
    sets.push_back(instance.payload_set.value());
  }
  EXPECT_THAT(sets, ElementsAre(0, 1, 0, 0, 0));
}

TEST_F(WorkloadTest, BodiesBeyondTheGatewaysLimitAreRefused) {
  const std::string text(kMaxBodyBytes - 2, 'x');
  dir_.Write("largest.json", "\"" + text + "\"");
  dir_.Write("larger.json", "[1, \"" + text + "x\"]");
  dir_.Write("huge.json", "\"" + text + text + "\"");
  EXPECT_EQ(
      InstanceError(R"("interarrivals_list": [], "payload": "largest.json")"),
      "no error");
  EXPECT_THAT(
      InstanceError(R"("interarrivals_list": [], "payload": "larger.json")"),
      HasSubstr("body 1 of the list has 10485761 bytes, expected at most "
                "10485760"));
  EXPECT_THAT(
      InstanceError(R"("interarrivals_list": [], "payload": "huge.json")"),
      HasSubstr("body has 20971518 bytes, expected at most 10485760"));
}

TEST_F(WorkloadTest, PayloadsThatAreNoPlainFilesAreRefusedWithoutWaiting) {
  ASSERT_EQ(::mkfifo(dir_.Path("pipe").c_str(), 0600), 0);
  for (const char* path : {"pipe", "/dev/zero", "/dev/null"}) {
    EXPECT_THAT(InstanceError(absl::StrCat(
                    R"("interarrivals_list": [], "payload": ")", path, "\"")),
                HasSubstr("is no file, expected a JSON file"));
  }
  EXPECT_THAT(InstanceError(R"("interarrivals_list": [],
                               "payload": "a\u0000b")"),
              HasSubstr("not the name of a file"));
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

TEST_F(WorkloadTest, ParamFileIsAnotherNameOfPayload) {
  dir_.Write("p.json", "[1.10]");
  for (const char* members :
       {R"("param_file": "p.json")",
        R"("param_file": "p.json", "payload": "p.json")"}) {
    const LoadedWorkload workload =
        LoadInstance(absl::StrCat(R"("interarrivals_list": [], )", members));
    EXPECT_THAT(workload.plan.payload_sets, ElementsAre(ElementsAre("1.10")));
    EXPECT_THAT(workload.warnings, IsEmpty());
  }
}

TEST_F(WorkloadTest, APayloadOfTheWorkingFolderIsOnlyHintedAt) {
  dir_.Write("here/there.json", "1");
  std::filesystem::create_directory(dir_.Path("w"));
  const std::filesystem::path before = std::filesystem::current_path();
  std::filesystem::current_path(dir_.Path("here"));
  const auto error = [&](const std::string& payload,
                         const std::string& folder) {
    return std::string(
        ParseWorkload(
            InstanceText(absl::StrCat(
                R"("interarrivals_list": [], "payload": ")", payload, "\"")),
            "w.json", folder, Options())
            .status()
            .message());
  };
  const std::string there = error("there.json", dir_.Path("w"));
  const std::string nowhere = error("none.json", dir_.Path("w"));
  const std::string relative = error("there.json", "../w");
  const std::string right = error("there.json", "");
  std::filesystem::current_path(before);
  EXPECT_THAT(there, HasSubstr("; the working folder has one, but paths are "
                               "relative to the workload's folder: expected "
                               "\"../here/there.json\""));
  EXPECT_THAT(relative, HasSubstr("expected \"../here/there.json\""));
  EXPECT_THAT(nowhere, HasSubstr("No such file"));
  EXPECT_THAT(nowhere, ::testing::Not(HasSubstr("working folder")));
  EXPECT_EQ(right, "");
}

TEST_F(WorkloadTest, AHashOfTheBodyHasToBeThatOfTheBody) {
  // sha256 of "1" and of nothing.
  constexpr char kOfOne[] =
      "6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b";
  constexpr char kOfNothing[] =
      "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
  dir_.Write("equal.json", "[1, 1]");
  dir_.Write("unequal.json", "[1, 1, 2]");
  const auto error = [&](const std::string& body, const std::string& hash) {
    return InstanceError(absl::StrCat(
        R"("interarrivals_list": [], "headers": {"X-Amz-Content-SHA256": ")",
        hash, "\"}", body));
  };
  EXPECT_EQ(error("", kOfNothing), "no error");
  EXPECT_EQ(error(R"(, "data": 1)", kOfOne), "no error");
  EXPECT_EQ(error(R"(, "payload": "equal.json")", kOfOne), "no error");
  EXPECT_THAT(error("", kOfOne),
              HasSubstr(absl::StrCat("X-Amz-Content-SHA256: expected \"",
                                     kOfNothing, "\", found \"", kOfOne)));
  EXPECT_THAT(error(R"(, "data": 1)", kOfNothing), HasSubstr(kOfOne));
  EXPECT_THAT(error(R"(, "payload": "unequal.json")", kOfOne),
              HasSubstr("expected a single body"));
  EXPECT_THAT(error("", "UNSIGNED-PAYLOAD"), HasSubstr("UNSIGNED-PAYLOAD"));
  // Not ours where nothing is signed.
  EXPECT_EQ(error(R"(, "auth": "none")", "UNSIGNED-PAYLOAD"), "no error");
}

TEST_F(WorkloadTest, AHashFromTheEnvironmentIsNotShown) {
  WorkloadOptions options = Options();
  const std::string text = InstanceText(
      R"("interarrivals_list": [],
         "headers": {"X-Amz-Content-Sha256": {"env": "H"}})");
  const auto error = [&](const std::string& value, bool required) {
    options.header_variables = {
        .environment = [=](const char*) { return value; },
        .required = required};
    const auto workload = ParseWorkload(text, "w.json", "", options);
    return std::string(workload.status().message());
  };
  EXPECT_THAT(error("s3cret", true),
              ::testing::AllOf(HasSubstr("expected \"e3b0c4"),
                               ::testing::Not(HasSubstr("s3cret"))));
  EXPECT_EQ(error("", false), "");
  EXPECT_THAT(error("", true), HasSubstr("is not set"));
}

TEST_F(WorkloadTest, MethodsAreUpperCaseAndKnown) {
  const auto error = [&](const std::string& method, const std::string& more) {
    return InstanceError(absl::StrCat(
        R"("interarrivals_list": [], "method": ")", method, "\"", more));
  };
  for (const char* method :
       {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}) {
    EXPECT_EQ(error(method, ""), "no error") << method;
  }
  EXPECT_EQ(error("TRACE", R"(, "auth": "none")"), "no error");
  EXPECT_EQ(error("PROPFIND", R"(, "auth": "none")"), "no error");
  const struct {
    std::string method, words;
  } kRows[] = {{"get", "did you mean \"GET\"?"},
               {"Post", "did you mean \"POST\"?"},
               {"DELTE", "did you mean \"DELETE\"?"},
               {"trace", "did you mean \"TRACE\"?"},
               {"propfind", "in upper case"},
               {"connect", "sends a request to a resource"}};
  for (const auto& [method, words] : kRows) {
    EXPECT_THAT(error(method, ""), HasSubstr(words)) << method;
  }
  EXPECT_THAT(error("HEAD", R"(, "data": 1)"), HasSubstr("may have a body"));
  EXPECT_THAT(error("HEAD", R"(, "param_file": "p")"),
              HasSubstr("may have a body"));
  EXPECT_EQ(error(std::string(32, 'Q'), R"(, "auth": "none")"), "no error");
  EXPECT_THAT(error(std::string(33, 'Q'), R"(, "auth": "none")"),
              HasSubstr("an HTTP method such as"));
  const LoadedWorkload odd = LoadInstance(
      R"("interarrivals_list": [], "method": "PROPFIND", "auth": "none")");
  EXPECT_THAT(odd.warnings,
              ElementsAre(HasSubstr("\"PROPFIND\" is not a method that")));
  for (const char* method : {"QUERY", "TRACE"}) {
    EXPECT_THAT(
        LoadInstance(absl::StrCat(R"("interarrivals_list": [], "method": ")",
                                  method, "\""))
            .warnings,
        ElementsAre(HasSubstr("is not a method that API Gateway and Lambda")));
  }
  EXPECT_THAT(LoadInstance(R"("interarrivals_list": [], "method": "TRACE",
                              "auth": "none")")
                  .warnings,
              IsEmpty());
}

TEST_F(WorkloadTest, QueriesThatAreReadInTwoWaysAreRefusedOrWarnedOf) {
  for (const char* resource : {"f?a=1;b", "f?=v", "f?a&=", "f?;"}) {
    const std::string members = absl::StrCat(
        R"("interarrivals_list": [], "resource": ")", resource, "\"");
    EXPECT_THAT(InstanceError(members),
                HasSubstr("on which signers and API Gateway disagree"));
    EXPECT_THAT(LoadInstance(members + R"(, "auth": "none")").warnings,
                ElementsAre(HasSubstr("instances.a.resource: the query has ")));
  }
  for (const char* resource : {"f?a=", "f?a=b=c", "f?a"}) {
    EXPECT_EQ(
        InstanceError(absl::StrCat(R"("interarrivals_list": [], "resource": ")",
                                   resource, "\"")),
        "no error");
  }
  EXPECT_EQ(
      InstanceError(R"("interarrivals_list": [], "resource": "a;b=c/=d")"),
      "no error");
  // Elsewhere it is the server's own business.
  EXPECT_THAT(Load(R"({"test_name": "t", "test_duration_in_seconds": 1,
                       "random_seed": 1, "instances": {"a": {
                       "interarrivals_list": [], "url": "http://h/?a;b"}}})")
                  .warnings,
              IsEmpty());
}

TEST_F(WorkloadTest, AHostBesideItsUrlMaySayTheSame) {
  const auto error = [&](const std::string& url, const std::string& host) {
    const absl::StatusOr<LoadedWorkload> workload = ParseWorkload(
        absl::StrCat(R"({"test_name": "t", "test_duration_in_seconds": 1,
            "random_seed": 1, "instances": {"a": {"interarrivals_list": [],
            "url": ")",
                     url, R"(", "host": ")", host, "\"}}}"),
        "w.json", "", Options());
    return std::string(workload.status().message());
  };
  EXPECT_EQ(error("http://h:8080/f", "H:8080"), "");
  EXPECT_EQ(error("http://h:80/f", "h"), "");
  EXPECT_EQ(error("http://h/f", "h:80"), "");
  EXPECT_EQ(error("https://h/f", "h:443"), "");
  EXPECT_THAT(error("https://h/f", "h:80"), HasSubstr("has another host"));
  EXPECT_THAT(error("http://h/f", "i"),
              HasSubstr("instances.a.host: the url has another host, \"h\""));
}

TEST_F(WorkloadTest, AnApplicationAloneIsToldItsThreeWaysOut) {
  const auto error = [&](const std::string& members) {
    return std::string(ParseWorkload(absl::StrCat(
                                         R"({"test_name": "t", "random_seed": 1,
            "test_duration_in_seconds": 1, "instances": {"a": {
            "interarrivals_list": [], )",
                                         members, "}}}"),
                                     "w.json", "", Options())
                           .status()
                           .message());
  };
  EXPECT_EQ(
      error(R"("application": "f")"),
      "w.json: instances.a.host: missing, and an application alone does "
      "not say where it is called: expected \"invoker\": \"lambda\" beside "
      "it (Lambda's Invoke API), or \"invoker\": \"http\" and a \"url\", or "
      "a \"host\" (API Gateway, with \"stage\" and \"resource\")");
  for (const char* members :
       {R"("application": "f", "invoker": "http")", R"("stage": "s")"}) {
    EXPECT_EQ(error(members),
              "w.json: instances.a.host: missing, expected the host's name, "
              "without scheme and path");
  }
}

TEST_F(WorkloadTest, MemorySizesEndAtLambdasLimits) {
  const auto error = [&](const std::string& size) {
    return InstanceError(absl::StrCat(
        R"("interarrivals_list": [], "application": "f", "memory_size": )",
        size));
  };
  for (const char* size : {"128", "10240", "1e3", "256.0"}) {
    EXPECT_EQ(error(size), "no error") << size;
  }
  for (const char* size : {"127", "10241", "0", "32768"}) {
    EXPECT_THAT(error(size), HasSubstr("a memory size in MB, 128 to 10240"))
        << size;
  }
  for (const char* size : {"-1", "128.5", "4294967296", "\"128\"", "null"}) {
    EXPECT_THAT(error(size), HasSubstr("expected an integer")) << size;
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

TEST_F(WorkloadTest, NamesAndNumbersMayBeAsLargeAsTheirLimits) {
  const auto error = [&](const std::string& test_name, const std::string& name,
                         const std::string& duration,
                         const std::string& members = "") {
    return std::string(
        ParseWorkload(
            absl::StrCat(R"({"test_name": ")", test_name,
                         R"(", "random_seed": 1, "test_duration_in_seconds": )",
                         duration, R"(, "instances": {")", name,
                         R"(": {"host": "h", "auth": "none",
                            "interarrivals_list": [])",
                         members, "}}}"),
            "w.json", "", Options("us-east-1"))
            .status()
            .message());
  };
  EXPECT_EQ(error(std::string(128, 't'), std::string(256, 'i'), "31622400"),
            "");
  EXPECT_EQ(error("t", "i", "1e-9"), "");
  EXPECT_THAT(error(std::string(129, 't'), "i", "1"),
              HasSubstr("a name for a folder: 1 to 128 bytes"));
  EXPECT_THAT(error("t", std::string(257, 'i'), "1"),
              HasSubstr("a name of 1 to 256 bytes"));
  EXPECT_THAT(error("t", "i", "31622400.5"),
              HasSubstr("above 0 and up to 31622400"));
  EXPECT_THAT(error("t", "i", "0"), HasSubstr("above 0"));
  EXPECT_EQ(error("t", "i", "1", R"(, "timeout_in_seconds": 3600)"), "");
  EXPECT_THAT(error("t", "i", "1", R"(, "timeout_in_seconds": 3600.001)"),
              HasSubstr("above 0 and up to 3600"));
  EXPECT_THAT(error("t", "i", "1", R"(, "timeout_in_seconds": 0)"),
              HasSubstr("above 0"));
  EXPECT_EQ(error("t", "i", "1", R"(, "expected_duration_ms": 900000)"), "");
  EXPECT_THAT(error("t", "i", "1", R"(, "expected_duration_ms": 900001)"),
              HasSubstr("above 0 and up to 900000"));
  EXPECT_THAT(error("t", "i", "1", R"(, "expected_duration_ms": 0)"),
              HasSubstr("above 0"));
  const std::string word(64, 'r');
  EXPECT_EQ(error("t", "i", "1", absl::StrCat(R"(, "region": ")", word, "\"")),
            "");
  for (const std::string& wrong : {word + "r", std::string("US-east-1"),
                                   std::string(""), std::string("us_east_1")}) {
    EXPECT_THAT(
        error("t", "i", "1", absl::StrCat(R"(, "region": ")", wrong, "\"")),
        HasSubstr("lower-case letters, digits and '-'"))
        << wrong;
  }
}

TEST_F(WorkloadTest, ATimeoutIsAtLeastANanosecond) {
  const auto timeout = [&](const std::string& seconds) {
    return LoadInstance(absl::StrCat(
                            R"("interarrivals_list": [],
                               "timeout_in_seconds": )",
                            seconds))
        .plan.instances.at(0)
        .timeout;
  };
  EXPECT_EQ(timeout("1e-12"), absl::Nanoseconds(1));
  EXPECT_EQ(timeout("1.6e-9"), absl::Nanoseconds(2));
  EXPECT_EQ(timeout("3600"), absl::Hours(1));
}

TEST_F(WorkloadTest, ManyErrorsAreAllToldAndVeryManyCounted) {
  auto lines = [&](int count) {
    std::string instances;
    for (int i = 0; i < count; ++i)
      absl::StrAppend(&instances, "\"", i, "\":0,");
    const absl::Status status =
        ParseWorkload(absl::StrCat(R"({"test_name": "t", "random_seed": 1,
            "test_duration_in_seconds": 1, "instances": {)",
                                   instances, "}}"),
                      "w.json", "", Options())
            .status();
    return std::vector<std::string>(
        absl::StrSplit(std::string(status.message()), '\n'));
  };
  EXPECT_THAT(lines(1000), SizeIs(1000));
  EXPECT_THAT(lines(1000), Each(HasSubstr("expected an object, found 0")));
  EXPECT_THAT(lines(1003), SizeIs(1001));
  EXPECT_EQ(lines(1003).back(), "w.json: and 3 more errors");
}

}  // namespace
}  // namespace invocator
