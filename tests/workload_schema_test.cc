#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "coordinator/json.h"
#include "coordinator/memory_size.h"
#include "coordinator/text_file.h"
#include "coordinator/workload.h"
#include "coordinator/workload_keys.h"
#include "tests/support/source_path.h"

namespace invocator {
namespace {

using ::testing::UnorderedElementsAreArray;

Json Schema() {
  return Json::parse(
      *ReadTextFile(SourcePath("workload.schema.json"), kMaxJsonFileBytes));
}

std::vector<std::string> KeysOf(const Json& object) {
  std::vector<std::string> keys;
  for (const auto& [key, value] : object.items()) keys.push_back(key);
  return keys;
}

std::vector<std::string> Strings(absl::Span<const absl::string_view> words) {
  return {words.begin(), words.end()};
}

TEST(WorkloadSchema, KnowsTheKeysThatTheReaderKnows) {
  const Json schema = Schema();
  std::vector<std::string> known = Strings(kWorkloadKeys);
  const std::vector<std::string> ignored = Strings(kIgnoredWorkloadKeys);
  known.insert(known.end(), ignored.begin(), ignored.end());
  EXPECT_THAT(KeysOf(schema["properties"]), UnorderedElementsAreArray(known));
  EXPECT_THAT(KeysOf(schema["definitions"]["instance"]["properties"]),
              UnorderedElementsAreArray(Strings(kInstanceKeys)));
}

TEST(WorkloadSchema, KnowsTheChoicesAndLimitsThatTheReaderKnows) {
  const Json schema = Schema();
  const Json& test = schema["properties"];
  const Json& instance = schema["definitions"]["instance"]["properties"];
  EXPECT_EQ(test["arrival_rng"]["enum"], Json(Strings(kArrivalRngs)));
  EXPECT_EQ(instance["distribution"]["enum"], Json(Strings(kDistributions)));
  EXPECT_EQ(instance["auth"]["enum"], Json(Strings(kAuths)));
  EXPECT_EQ(instance["invoker"]["enum"], Json(Strings(kInvokers)));
  EXPECT_EQ(instance["invocation_type"]["enum"],
            Json(Strings(kInvocationTypes)));
  EXPECT_EQ(test["test_duration_in_seconds"]["maximum"], kMaxDurationS);
  EXPECT_EQ(instance["rate"]["maximum"], kMaxRatePerS);
  EXPECT_EQ(instance["memory_size"]["minimum"], kMinMemorySizeMb);
  EXPECT_EQ(instance["memory_size"]["maximum"], kMaxMemorySizeMb);
}

TEST(WorkloadSchema, EveryKeyIsDescribed) {
  const Json schema = Schema();
  for (const Json& properties :
       {schema["properties"],
        schema["definitions"]["instance"]["properties"]}) {
    for (const auto& [key, value] : properties.items()) {
      EXPECT_TRUE(value.contains("description")) << key;
    }
  }
}

TEST(Examples, AllLoadWithoutWarnings) {
  int examples = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator(SourcePath("examples"))) {
    const std::string name = entry.path().filename().string();
    if (entry.path().extension() != ".json" || name == "poisson.json") continue;
    absl::StatusOr<LoadedWorkload> workload =
        LoadWorkload(entry.path().string(),
                     {.default_region = "", .draw_seed = [] { return 1u; }});
    ASSERT_TRUE(workload.ok()) << workload.status().message();
    EXPECT_THAT(workload->warnings, ::testing::IsEmpty());
    ++examples;
  }
  EXPECT_GE(examples, 4);
}

}  // namespace
}  // namespace invocator
