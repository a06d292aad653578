// Request bodies in a workload, and in the files that it names.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "coordinator/workload/workload.h"
#include "tests/support/workload_fixture.h"

namespace invocator {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class WorkloadPayloadsTest : public WorkloadFixture {};

TEST_F(WorkloadPayloadsTest, ListsBecomeOneBodyPerElementAndOtherValuesOne) {
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

TEST_F(WorkloadPayloadsTest, AFileOfManyInstancesIsLoadedOnce) {
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

TEST_F(WorkloadPayloadsTest, BodiesBeyondTheGatewaysLimitAreRefused) {
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

TEST_F(WorkloadPayloadsTest,
       PayloadsThatAreNoPlainFilesAreRefusedWithoutWaiting) {
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

TEST_F(WorkloadPayloadsTest, ParamFileIsAnotherNameOfPayload) {
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

TEST_F(WorkloadPayloadsTest, APayloadOfTheWorkingFolderIsOnlyHintedAt) {
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

TEST_F(WorkloadPayloadsTest, AHashOfTheBodyHasToBeThatOfTheBody) {
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

TEST_F(WorkloadPayloadsTest, AHashFromTheEnvironmentIsNotShown) {
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

}  // namespace
}  // namespace invocator
