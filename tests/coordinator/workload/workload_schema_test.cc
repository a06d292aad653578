#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <iterator>
#include <regex>
#include <string>
#include <vector>

#include "coordinator/json/json.h"
#include "coordinator/memory/memory_size.h"
#include "coordinator/shapes/arrival_keys.h"
#include "coordinator/text/text_file.h"
#include "coordinator/workload/workload.h"
#include "coordinator/workload/workload_keys.h"
#include "tests/support/source_path.h"

namespace invocator {
namespace {

using ::testing::UnorderedElementsAreArray;

Json Schema() {
  return Json::parse(
      *ReadTextFile(SourcePath("coordinator/workload/workload.schema.json"),
                    kMaxJsonFileBytes));
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
  EXPECT_THAT(KeysOf(schema["definitions"]["threshold"]["properties"]),
              UnorderedElementsAreArray(Strings(kThresholdKeys)));
  const Json& instance = schema["definitions"]["instance"]["properties"];
  std::vector<std::string> of_version;
  for (const std::string& key : KeysOf(instance)) {
    const bool is_refused = std::any_of(
        std::begin(kRefusedVersionKeys), std::end(kRefusedVersionKeys),
        [&](const RefusedKey& refused) { return refused.key == key; });
    if (!is_refused) of_version.push_back(key);
  }
  EXPECT_THAT(KeysOf(schema["definitions"]["version"]["properties"]),
              UnorderedElementsAreArray(of_version));
  const Json& expect = instance["expect"];
  EXPECT_THAT(KeysOf(expect["properties"]),
              UnorderedElementsAreArray(Strings(kExpectKeys)));
  EXPECT_THAT(KeysOf(schema["properties"]["mix"]["properties"]),
              UnorderedElementsAreArray(Strings(kMixKeys)));
  const Json& bursts =
      schema["definitions"]["instance"]["properties"]["bursts"];
  EXPECT_THAT(KeysOf(bursts["properties"]),
              UnorderedElementsAreArray(Strings(kBurstKeys)));
  const Json& arrivals = schema["definitions"]["arrivals"]["anyOf"];
  EXPECT_THAT(KeysOf(arrivals[0]["properties"]),
              UnorderedElementsAreArray(Strings(kCountsKeys)));
  EXPECT_THAT(KeysOf(arrivals[1]["properties"]),
              UnorderedElementsAreArray(Strings(kTimestampsKeys)));
  EXPECT_EQ(arrivals[0]["properties"]["within_bin"]["enum"],
            Json(Strings(kWithinBin)));
  EXPECT_EQ(arrivals[1]["properties"]["unit"]["enum"],
            Json(Strings(kTimeUnits)));
  const Json& rates = schema["definitions"]["rate"]["anyOf"];
  EXPECT_THAT(KeysOf(rates[2]["properties"]),
              UnorderedElementsAreArray(Strings(kPointsKeys)));
  EXPECT_THAT(KeysOf(rates[3]["properties"]),
              UnorderedElementsAreArray(Strings(kSineKeys)));
}

TEST(WorkloadSchema, KnowsTheChoicesAndLimitsThatTheReaderKnows) {
  const Json schema = Schema();
  const Json& test = schema["properties"];
  const Json& instance = schema["definitions"]["instance"]["properties"];
  EXPECT_EQ(test["arrival_rng"]["enum"], Json(Strings(kArrivalRngs)));
  const Json& definitions = schema["definitions"];
  EXPECT_EQ(definitions["distribution"]["anyOf"][0]["enum"],
            Json(Strings(kDistributions)));
  EXPECT_EQ(KeysOf(definitions["distribution"]["anyOf"][1]["properties"]),
            Strings(kGapLaws));
  EXPECT_EQ(instance["auth"]["enum"], Json(Strings(kAuths)));
  EXPECT_EQ(instance["pairing"]["enum"], Json(Strings(kPairings)));
  EXPECT_EQ(instance["versions"]["minProperties"], kMinVersions);
  EXPECT_EQ(instance["versions"]["maxProperties"], kMaxVersions);
  EXPECT_EQ(instance["invoker"]["enum"], Json(Strings(kInvokers)));
  EXPECT_EQ(instance["invocation_type"]["enum"],
            Json(Strings(kInvocationTypes)));
  EXPECT_EQ(test["test_duration_in_seconds"]["maximum"], kMaxDurationS);
  EXPECT_EQ(definitions["per_s"]["maximum"], kMaxRatePerS);
  EXPECT_EQ(definitions["period"]["minimum"], kMinRatePeriodS);
  EXPECT_EQ(definitions["period"]["maximum"], kMaxRateSecond);
  EXPECT_EQ(definitions["points"]["maxItems"], kMaxRatePoints);
  EXPECT_EQ(definitions["cv"]["properties"]["cv"]["minimum"], kMinGapCv);
  EXPECT_EQ(definitions["cv"]["properties"]["cv"]["maximum"], kMaxGapCv);
  const Json& alpha = definitions["distribution"]["anyOf"][1]["properties"]
                                 ["Pareto"]["properties"]["alpha"];
  EXPECT_EQ(alpha["minimum"], kMinParetoAlpha);
  EXPECT_EQ(alpha["maximum"], kMaxParetoAlpha);
  EXPECT_EQ(definitions["speed"]["minimum"], kMinSpeed);
  EXPECT_EQ(definitions["thin"]["minimum"], kMinThin);
  EXPECT_EQ(definitions["speed"]["maximum"], kMaxSpeed);
  EXPECT_EQ(instance["spikes"]["maxItems"], kMaxSpikes);
  EXPECT_EQ(instance["memory_size"]["minimum"], kMinMemorySizeMb);
  EXPECT_EQ(instance["memory_size"]["maximum"], kMaxMemorySizeMb);
  const Json& status = instance["expect"]["properties"]["status"]["items"];
  EXPECT_EQ(status["minimum"], kMinExpectedStatus);
  EXPECT_EQ(status["maximum"], kMaxExpectedStatus);
}

std::string Utf8(char32_t c) {
  const auto byte = [](char32_t bits) { return static_cast<char>(bits); };
  if (c < 0x80) return {byte(c)};
  if (c < 0x800) return {byte(0xC0 | c >> 6), byte(0x80 | (c & 0x3F))};
  return {byte(0xE0 | c >> 12), byte(0x80 | (c >> 6 & 0x3F)),
          byte(0x80 | (c & 0x3F))};
}

// Whether ParseWorkload takes both names.
bool AreNames(const std::string& test, const std::string& instance) {
  const Json workload = {
      {"test_name", test},
      {"test_duration_in_seconds", 1},
      {"random_seed", 1},
      {"instances",
       {{instance,
         {{"url", "http://h/"}, {"interarrivals_list", Json::array({0})}}}}}};
  return ParseWorkload(workload.dump(), "w.json", "", {}).ok();
}

// Engines of JSON Schema disagree on patterns beyond U+FFFF, so that the schema
// leaves what misleads there (tags, noncharacters) to the program.
TEST(WorkloadSchema, NamesHaveTheCharactersThatTheReaderTakes) {
  const Json schema = Schema();
  const auto pattern_of = [](const Json& name) {
    const auto text = name["pattern"].get<std::string>();
    return std::wregex(std::wstring(text.begin(), text.end()));
  };
  const Json& keys = schema["properties"];
  const std::wregex test_name = pattern_of(keys["test_name"]);
  const std::wregex instance_name =
      pattern_of(keys["instances"]["propertyNames"]);
  for (char32_t c = 0; c <= 0xFFFF; ++c) {
    if (c == 0x3000) c = 0xF900;  // between lie letters, and surrogates
    const std::wstring name = {L'a', static_cast<wchar_t>(c)};
    EXPECT_EQ(std::regex_search(name, test_name), AreNames("a" + Utf8(c), "i"))
        << "U+" << std::hex << static_cast<uint32_t>(c);
    EXPECT_EQ(std::regex_search(name, instance_name),
              AreNames("t", "a" + Utf8(c)))
        << "U+" << std::hex << static_cast<uint32_t>(c);
  }
}

TEST(WorkloadSchema, EveryKeyIsDescribed) {
  const Json schema = Schema();
  for (const Json& properties :
       {schema["properties"], schema["definitions"]["instance"]["properties"],
        schema["definitions"]["threshold"]["properties"]}) {
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
