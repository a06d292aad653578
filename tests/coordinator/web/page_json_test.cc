#include "coordinator/web/page_json.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "coordinator/report/summary.h"
#include "tests/support/reports.h"

namespace invocator {
namespace {

// SampleReport with a timeline of a bin.
RunReport ReportWithTimeline() {
  RunReport report = SampleReport();
  report.lane_names = {"alpha", "beta"};
  report.timeline.emplace(TimeBins(10), ChooseLanes({70, 30}),
                          std::vector<std::vector<uint64_t>>{{70}, {30}}, 1);
  for (size_t i = 0; i < 2; ++i) {
    report.timeline->Add(0, i, 0, report.instances[i].second);
  }
  return report;
}

Json Page(const RunReport& report) {
  const PageInputs inputs = PageInputsOf(report);
  return Json::parse(RunPageJson(SummaryTree(report), inputs));
}

TEST(RunPageJson, HasTheSummarysNumbers) {
  RunReport report = ReportWithTimeline();
  report.max_in_flight_of = {12, 4};
  const Json summary = Json::parse(SummaryJson(report));
  const Json page = Page(report);
  EXPECT_EQ(page["version"], INVOCATOR_VERSION);
  EXPECT_EQ(page["live"], false);
  EXPECT_EQ(page["planned_s"], 10);
  EXPECT_EQ(page["in_flight_limit"], 128);
  for (const auto& [key, value] : summary.items()) {
    if (key == "instances" || key == "workers") continue;
    EXPECT_EQ(page["run"][key], value) << key;
  }
  EXPECT_FALSE(page["run"].contains("instances"));
  ASSERT_EQ(page["instances"].size(), 2u);
  for (size_t i = 0; i < 2; ++i) {
    const Json& row = page["instances"][i];
    const std::string name = row["name"];
    EXPECT_EQ(name, report.instances[i].first);
    EXPECT_EQ(row["lane"], i);
    for (const char* key :
         {"planned", "sent", "dropped", "unsent", "outcomes", "rate_per_s",
          "response_us", "lateness_us", "max_in_flight"}) {
      EXPECT_EQ(row[key], summary["instances"][name][key]) << key;
    }
  }
  Json worker = summary["workers"][0];
  worker.erase("engines");
  worker["max_in_flight"] = 128;
  EXPECT_EQ(page["run"]["workers"], Json::array({worker}));
}

TEST(RunPageJson, HasCurvesOfWhatWasMeasured) {
  const Json page = Page(ReportWithTimeline());
  EXPECT_EQ(page["curves"]["lateness"].front(), Json::parse("[0, 100]"));
  EXPECT_EQ(page["curves"]["response"].front(), Json::parse("[0, 5100]"));
  EXPECT_EQ(page["curves"]["response"].back(), Json::parse("[2.05, 20100]"));
  EXPECT_FALSE(page["curves"].contains("cold_response"));
  ASSERT_EQ(page["lane_curves"].size(), 2u);
  EXPECT_EQ(page["lane_curves"][1].front(), Json::parse("[0, 20100]"));
  EXPECT_EQ(page["series"]["workers"][0]["name"], "local");
}

TEST(RunPageJson, LeavesOutItemsAndCanonicalRequests) {
  Json summary = Json::parse(R"({
    "cost": {"items": [1], "measured_items": [2], "total": 3},
    "failures": [{"count": 1, "first": {"canonical_request": "GET\n/\nq=s",
                                        "body": "b"}}]})");
  const Json page = Json::parse(RunPageJson(summary, {}));
  EXPECT_EQ(page["run"], Json::parse(R"({
    "cost": {"total": 3},
    "failures": [{"count": 1, "first": {"body": "b"}}]})"));
}

TEST(RunPageJson, OfALiveRunHasTotals) {
  PageInputs inputs;
  inputs.live = true;
  inputs.live_totals = {{"sent", 3}};
  const Json page = Json::parse(RunPageJson({{"test_name", "t"}}, inputs));
  EXPECT_EQ(page["live"], true);
  EXPECT_EQ(page["run"], Json::parse(R"({"test_name": "t"})"));
  EXPECT_EQ(page["totals"], Json::parse(R"({"sent": 3})"));
  EXPECT_EQ(page["in_flight_limit"], Json());
  EXPECT_EQ(page["workload"], Json());
  EXPECT_EQ(page["instances"], Json::array());
  EXPECT_FALSE(page.contains("series"));
}

TEST(RunPageJson, InstancesWithALaneAreNeverLeftOut) {
  Json summary = {{"instances", Json::object()}};
  auto& instances = summary["instances"].get_ref<Json::object_t&>();
  for (size_t i = 0; i < kMostPageInstances + 10; ++i) {
    instances.emplace_back(absl::StrCat("f", i), Json{{"planned", i}});
  }
  const std::string last = absl::StrCat("f", kMostPageInstances + 9);
  PageInputs inputs;
  inputs.lane_names = {last, "(others)"};
  const Json page = Json::parse(RunPageJson(summary, inputs));
  // "(others)" is no instance.
  ASSERT_EQ(page["instances"].size(), kMostPageInstances - 1);
  EXPECT_EQ(page["instances_left_out"], 11);
  EXPECT_EQ(page["instances"].back()["name"], last);
  EXPECT_EQ(page["instances"].back()["lane"], 0);
  EXPECT_EQ(page["instances"][0]["lane"], Json());
}

TEST(RunPageJson, TakesASummaryOfAnyShape) {
  for (const char* text :
       {"null", "[]", "3", "\"text\"", R"({"instances": [1, 2]})",
        R"({"instances": {"f": 3, "g": null, "h": []}})", R"({"workers": {}})",
        R"({"workers": [1, null, {"engines": 3}, {"engines": [1, {}, null,
            {"max_in_flight": -1}, {"max_in_flight": "many"}]}]})",
        R"({"failures": 1})", R"({"failures": [1, {"first": 2}]})",
        R"({"cost": []})"}) {
    const Json page = Json::parse(RunPageJson(Json::parse(text), {}));
    EXPECT_EQ(page["in_flight_limit"], Json()) << text;
  }
}

}  // namespace
}  // namespace invocator
