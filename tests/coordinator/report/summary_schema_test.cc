#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <iterator>
#include <limits>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "common/plan/plan.h"
#include "common/result/histogram.h"
#include "common/result/outcome.h"
#include "common/result/reason.h"
#include "common/wire/protocol.h"
#include "common/words/worker_name.h"
#include "coordinator/books/judgement.h"
#include "coordinator/books/threshold.h"
#include "coordinator/books/verdict.h"
#include "coordinator/cost/cost.h"
#include "coordinator/json/json.h"
#include "coordinator/json/suggestion.h"
#include "coordinator/memory/memory_journal.h"
#include "coordinator/report/summary.h"
#include "coordinator/text/text_file.h"
#include "coordinator/workload/workload_keys.h"
#include "tests/support/reports.h"
#include "tests/support/source_path.h"

namespace invocator {
namespace {

using ::testing::Contains;
using ::testing::UnorderedElementsAreArray;
using Words = std::vector<std::string>;

Json Schema() {
  return Json::parse(*ReadTextFile(
      SourcePath("coordinator/report/summary.schema.json"), kMaxJsonFileBytes));
}

Words KeysOf(const Json& object) {
  Words keys;
  for (const auto& [key, value] : object.items()) keys.push_back(key);
  return keys;
}

// The names of an enumeration's values, which beyond its last are those of
// earlier ones, or empty.
template <typename Enum>
Words AllNames(absl::string_view (*name_of)(Enum)) {
  Words names;
  for (int i = 0;; ++i) {
    std::string name(name_of(static_cast<Enum>(i)));
    const bool is_new =
        std::find(names.begin(), names.end(), name) == names.end();
    if (name.empty() || !is_new) return names;
    names.push_back(std::move(name));
  }
}

// All that a report can hold.
RunReport FullReport() {
  RunReport report = SampleReportWithWarmup();
  report.command = "invocator run workload.json";
  for (size_t i = 0; i < kOutcomes; ++i) report.total.outcomes[i] = i + 1;
  Totals& alpha = report.instances[0].second;
  for (Totals* totals : {&report.total, &alpha}) {
    for (size_t i = 1; i < kReasons; ++i) totals->reasons[i] = i;
    totals->cold = 2;
    totals->warm = 3;
    for (Histogram* histogram :
         {&totals->cold_service, &totals->cold_response, &totals->warm_service,
          &totals->warm_response, &totals->init, &totals->own_lateness,
          &totals->blocked}) {
      histogram->Add(5'000'000, 2);
    }
    totals->billed_count = 2;
    totals->billed_ms = 10;
    totals->billed_mb_ms = 1'280;
    totals->memory_used_mb = 64;
  }
  report.max_in_flight_of = {7, std::nullopt};
  for (size_t i = 1; i < kReasons; ++i) {
    FailureReport& failure = report.failures.emplace_back();
    failure.reason = static_cast<Reason>(i);
    failure.count = i;
    failure.instance = "alpha";
    failure.worker = "local";
    FailureSample& first = failure.first.emplace();
    first.detail = "certificate has expired";
    first.date_ahead_s = -2;
    first.canonical_request = "POST";
  }
  report.instance_failures[0] = {report.failures[0], report.failures[1]};
  report.workers[0].clock_drift = ClockDrift{-3, 1};
  report.workers[0].left_at_s = 2;
  report.workers[0].stopped_at_s = 10;
  report.workers.emplace_back().lost = true;
  report.versions = {{"x", Pairing::kBoth, 0, 2}};
  Interval interval;
  interval.low = 1;
  interval.unknown = Unknown::kFewCalls;
  RunIntervals& intervals = report.intervals.emplace();
  intervals.response.mean = interval;
  intervals.response_of = {intervals.response, std::nullopt};
  intervals.steadiness.first_third_ns = 1;
  intervals.steadiness.warmup_s = 5;
  VersionCheck& of_version = report.version_checks.emplace_back();
  of_version.limit =
      *ParseVersionLimit("b response p99 +5%", {"b"}, NearestWord);
  of_version.instance = "beta";
  VersionChange& change = of_version.change.emplace();
  change.subject = of_version.limit.limit.subject;
  change.change.relative = interval;
  report.versions[0].changes = {{change}};
  report.departures = {"worker a left"};
  report.losses = {"worker b was lost"};
  report.stopped = "all were refused";
  report.memory = {
      {"f", "us-west-1", 128, 256, "restored", std::nullopt},
      {"g", "us-west-1", 128, 256, "changed", 512, "invocator restore-memory"}};
  Cost cost;
  cost.currency = "USD";
  cost.price_date = "2026-11-30";
  cost.price_source = "a list";
  cost.items = {{"alpha", CostKind::kLambdaRequests, 5, 200'000, 1},
                {"alpha", CostKind::kLambdaDuration, 1'280, 16'666'667, 1}};
  cost.assumptions = {"list prices"};
  report.cost = cost;
  report.measured_cost = cost;
  for (const char* check :
       {"response p99.9 < 1ms", "ok >= 99%", "sent_rate > 0"}) {
    ThresholdResult& result = report.thresholds.emplace_back();
    result.instance = "alpha";
    result.threshold = *ParseThreshold(check, NearestWord);
    result.threshold.optional = true;
    result.threshold.abort.emplace();
    result.state = ThresholdState::kMissed;
    result.value = 1;
    result.calls_needed = 100;
    result.interval = interval;
  }
  report.thresholds[0].window = AbortWindow{3, 1};
  report.aborted_by = report.thresholds[0];
  PrecisionResult& goal = report.until.emplace_back();
  goal.goal = *ParsePrecisionGoal("response p99 within 5%", NearestWord);
  goal.looks.resize(1);
  goal.looks[0].interval.low = 1;
  report.stopped_at_s = 9;
  report.book_errors = {"total: planned 2 is not 3"};
  return report;
}

// Walks a document with its schema: keys, enumerations and constants.
class SchemaWalk {
 public:
  explicit SchemaWalk(const Json& schema) : root_(schema) {}

  void Walk(const Json& value, const Json& schema, const std::string& path) {
    if (const auto ref = schema.find("$ref"); ref != schema.end()) {
      return Walk(value, Target(*ref), path);
    }
    if (const auto all = schema.find("allOf"); all != schema.end()) {
      for (const Json& part : *all) Walk(value, part, path);
    }
    if (const auto words = schema.find("enum"); words != schema.end()) {
      EXPECT_THAT(*words, Contains(value)) << path;
    }
    if (const auto only = schema.find("const"); only != schema.end()) {
      EXPECT_EQ(value, *only) << path;
    }
    if (value.is_object()) WalkMembers(value, schema, path);
    if (value.is_array() && schema.contains("items")) {
      for (const Json& item : value) Walk(item, schema["items"], path + "[]");
    }
  }

  // Calls visit(path, object) for every schema of an object that is not part of
  // a condition.
  void ForEachObject(
      const std::function<void(const std::string&, const Json&)>& visit) const {
    Visit("", root_, visit);
    for (const auto& [name, schema] : root_["definitions"].items()) {
      Visit(name, schema, visit);
    }
  }

  const Json& Target(const Json& ref) const {
    return root_.at(Json::json_pointer(std::string(
        absl::StripPrefix(ref.get_ref<const std::string&>(), "#"))));
  }
  // Of members: their schemas.
  const std::set<const Json*>& met() const { return met_; }

 private:
  void WalkMembers(const Json& value, const Json& schema,
                   const std::string& path) {
    if (const auto required = schema.find("required");
        required != schema.end()) {
      for (const Json& key : *required) {
        EXPECT_TRUE(value.contains(key.get<std::string>()))
            << path << " lacks " << key;
      }
    }
    const auto others = schema.find("additionalProperties");
    if (others == schema.end()) return;  // the rest of another part's
    for (const auto& [key, member] : value.items()) {
      const std::string place = absl::StrCat(path, "/", key);
      if (schema.contains("propertyNames")) {
        Walk(key, schema["propertyNames"], place);
      }
      if (schema.contains("properties") && schema["properties"].contains(key)) {
        const Json& own = schema["properties"][key];
        met_.insert(&own);
        Walk(member, own, place);
      } else if (others->is_object()) {
        Walk(member, *others, place);
      } else {
        ADD_FAILURE() << place << " is not in the schema";
      }
    }
  }

  static void Visit(
      const std::string& path, const Json& schema,
      const std::function<void(const std::string&, const Json&)>& visit) {
    if (schema.value("type", Json()) == "object") visit(path, schema);
    if (schema.contains("items")) Visit(path + "[]", schema["items"], visit);
    if (!schema.contains("properties")) return;
    for (const auto& [key, member] : schema["properties"].items()) {
      Visit(absl::StrCat(path, "/", key), member, visit);
    }
  }

  const Json& root_;
  std::set<const Json*> met_;
};

TEST(SummarySchema, HasEveryKeyThatIsWrittenAndNoOther) {
  const Json schema = Schema();
  SchemaWalk walk(schema);
  walk.Walk(Json::parse(SummaryJson(FullReport())), schema, "");
  walk.ForEachObject([&](const std::string& path, const Json& object) {
    if (!object.contains("properties")) return;
    for (const auto& [key, member] : object["properties"].items()) {
      EXPECT_EQ(walk.met().count(&member), 1u)
          << path << "/" << key << " is never written";
    }
  });
}

TEST(SummarySchema, IsStrictAndDescribesEveryKey) {
  const Json schema = Schema();
  const SchemaWalk walk(schema);
  int objects = 0;
  walk.ForEachObject([&](const std::string& path, const Json& object) {
    ++objects;
    EXPECT_TRUE(object.contains("additionalProperties")) << path;
    if (!object.contains("properties")) return;
    EXPECT_EQ(object["additionalProperties"], Json(false)) << path;
    for (const auto& [key, member] : object["properties"].items()) {
      const Json& target =
          member.contains("$ref") ? walk.Target(member["$ref"]) : member;
      EXPECT_TRUE(target.contains("description")) << path << "/" << key;
    }
    for (const Json& key : object.value("required", Json::array())) {
      EXPECT_TRUE(object["properties"].contains(key.get<std::string>()))
          << path << "/" << key;
    }
  });
  EXPECT_GT(objects, 20);
}

TEST(SummarySchema, KnowsTheOutcomesAndEachOnesReasons) {
  const Json schema = Schema();
  const Json& definitions = schema["definitions"];
  Words outcomes;
  Words failed;
  for (size_t i = 0; i < kOutcomes; ++i) {
    const auto outcome = static_cast<Outcome>(i);
    const std::string name(OutcomeName(outcome));
    outcomes.push_back(name);
    Words reasons;
    for (size_t r = 1; r < kReasons; ++r) {
      const auto reason = static_cast<Reason>(r);
      if (OutcomeOf(reason) != outcome) continue;
      reasons.emplace_back(ReasonName(reason));
    }
    if (reasons.empty()) continue;
    failed.push_back(name);
    ASSERT_TRUE(definitions.contains(name + "_reason")) << name;
    EXPECT_THAT(definitions[name + "_reason"]["enum"].get<Words>(),
                UnorderedElementsAreArray(reasons));
  }
  EXPECT_THAT(KeysOf(definitions["outcomes"]["properties"]),
              UnorderedElementsAreArray(outcomes));
  const Json& reasons = definitions["instance"]["properties"]["reasons"];
  EXPECT_THAT(KeysOf(reasons["properties"]), UnorderedElementsAreArray(failed));
  const Json& failure = definitions["failure"];
  EXPECT_THAT(failure["properties"]["outcome"]["enum"].get<Words>(),
              UnorderedElementsAreArray(failed));
  Words paired;
  for (const Json& pair : failure["anyOf"]) {
    const Json& of = pair["properties"];
    paired.push_back(of["outcome"]["const"].get<std::string>());
    EXPECT_EQ(of["reason"]["$ref"],
              absl::StrCat("#/definitions/", paired.back(), "_reason"));
    EXPECT_EQ(reasons["properties"][paired.back()]["propertyNames"],
              of["reason"]);
  }
  EXPECT_THAT(paired, UnorderedElementsAreArray(failed));
}

TEST(SummarySchema, KnowsTheStatesAndKinds) {
  const Json schema = Schema();
  const Json& definitions = schema["definitions"];
  const auto words = [](const Json& key) { return key["enum"].get<Words>(); };
  EXPECT_EQ(words(schema["properties"]["verdict"]["properties"]["state"]),
            AllNames(VerdictName));
  EXPECT_EQ(words(definitions["threshold"]["properties"]["state"]),
            AllNames(ThresholdStateName));
  EXPECT_EQ(words(definitions["versions"]["properties"]["pairing"]),
            Words(std::begin(kPairings), std::end(kPairings)));
  const Words kinds = AllNames(CostKindName);
  EXPECT_EQ(words(definitions["cost_item"]["properties"]["what"]), kinds);
  EXPECT_EQ(kinds.size(), 4u);
  using State = MemoryChange::State;
  Words states = {"unchanged"};
  for (const State state :
       {State::kChanging, State::kChanged, State::kRestored, State::kLeft}) {
    switch (state) {  // a new one does not compile
      case State::kChanging:
      case State::kChanged:
      case State::kRestored:
      case State::kLeft:
        states.emplace_back(MemoryStateName(state));
    }
  }
  EXPECT_EQ(words(definitions["memory"]["properties"]["state"]), states);
  std::set<std::string> bases;
  for (const unsigned billed : {0u, 1u}) {
    for (const unsigned estimated : {0u, 1u}) {
      for (const unsigned unknown : {0u, 1u}) {
        Cost cost;
        cost.billed = billed;
        cost.estimated = estimated;
        cost.unknown = unknown;
        bases.insert(std::string(CostBasis(cost)));
      }
    }
  }
  EXPECT_THAT(words(definitions["cost"]["properties"]["basis"]),
              UnorderedElementsAreArray(bases));
}

TEST(SummarySchema, HasTheLimitsThatTheProgramHas) {
  const Json schema = Schema();
  const Json& run = schema["properties"];
  const Json& definitions = schema["definitions"];
  EXPECT_EQ(run["schema_version"]["const"], kSummarySchemaVersion);
  EXPECT_EQ(run["seed"]["maximum"], std::numeric_limits<uint32_t>::max());
  EXPECT_EQ(run["warmup_s"]["maximum"], kMaxDurationS);
  EXPECT_EQ(definitions["latency"]["maximum"], Histogram::kMaxNs / 1'000);
  EXPECT_EQ(definitions["amount"]["maximum"].get<double>(),
            static_cast<double>(std::numeric_limits<int64_t>::max()) / 1e9);
  const Json& memory = definitions["memory"]["properties"]["memory_mb"];
  EXPECT_EQ(memory["minimum"], kMinMemorySizeMb);
  EXPECT_EQ(memory["maximum"], kMaxMemorySizeMb);
  EXPECT_EQ(definitions["worker"]["properties"]["name"]["maxLength"],
            kMaxWorkerNameBytes);
  const Json& first = definitions["failure"]["properties"]["first"];
  const Json& sample = first["properties"];
  EXPECT_EQ(sample["worker"]["maxLength"], kMaxWorkerNameBytes);
  EXPECT_EQ(sample["body"]["maxLength"], kMaxFailureBodyBytes);
  EXPECT_EQ(sample["canonical_request"]["maxLength"], kMaxCanonicalBytes);
  EXPECT_EQ(sample["error_type"]["maxLength"], kMaxErrorTypeBytes);
  EXPECT_EQ(sample["detail"]["maxLength"], kMaxFailureDetailBytes);
  EXPECT_EQ(sample["date_ahead_s"]["maximum"], kMaxDateAheadS);
  EXPECT_EQ(sample["date_ahead_s"]["minimum"], -kMaxDateAheadS);
}

}  // namespace
}  // namespace invocator
