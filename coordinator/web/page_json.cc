#include "coordinator/web/page_json.h"

#include <algorithm>
#include <map>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "coordinator/web/percentile_curve.h"

namespace invocator {
namespace {

// Points of a lane's curve are further apart: there are many.
constexpr int kLanePointsPerNine = 10;

std::string Dump(const Json& json) {
  return json.dump(-1, ' ', /*ensure_ascii=*/false,
                   Json::error_handler_t::replace);
}

// The member; null if there is none or `object` is none.
const Json& Member(const Json& object, const char* key) {
  static const Json& null = *new Json();
  if (!object.is_object()) return null;
  const auto found = object.find(key);
  return found == object.end() ? null : *found;
}

// Sum over a worker's engines. False if it has no number of them.
bool AddInFlightLimit(const Json& worker, uint64_t& sum) {
  const Json& engines = Member(worker, "engines");
  if (!engines.is_array()) return false;
  bool any = false;
  for (const Json& engine : engines) {
    const Json& most = Member(engine, "max_in_flight");
    if (!most.is_number_unsigned()) continue;
    sum += most.get<uint64_t>();
    any = true;
  }
  return any;
}

Json WorkerOf(const Json& worker) {
  if (!worker.is_object()) return worker;
  Json shown = Json::object();
  for (const auto& [key, value] : worker.items()) {
    if (key != "engines") shown[key] = value;
  }
  uint64_t most = 0;
  if (AddInFlightLimit(worker, most)) shown["max_in_flight"] = most;
  return shown;
}

Json FailuresOf(const Json& failures) {
  Json shown = failures;
  if (!shown.is_array()) return shown;
  for (Json& failure : shown) {
    if (!failure.is_object()) continue;
    const auto first = failure.find("first");
    if (first != failure.end() && first->is_object()) {
      first->erase("canonical_request");
    }
  }
  return shown;
}

Json CostOf(const Json& cost) {
  Json shown = cost;
  if (shown.is_object()) {
    shown.erase("items");
    shown.erase("measured_items");
  }
  return shown;
}

Json RunOf(const Json& summary) {
  Json run = Json::object();
  if (!summary.is_object()) return run;
  for (const auto& [key, value] : summary.items()) {
    if (key == "instances" || key == "command") continue;
    if (key == "workers" && value.is_array()) {
      run[key] = Json::array();
      for (const Json& worker : value) run[key].push_back(WorkerOf(worker));
    } else if (key == "failures") {
      run[key] = FailuresOf(value);
    } else if (key == "cost") {
      run[key] = CostOf(value);
    } else {
      run[key] = value;
    }
  }
  return run;
}

// "": unknown.
Json CommandOf(const Json& summary) {
  const Json& command = Member(summary, "command");
  return command.is_string() ? command : Json("");
}

Json InFlightLimit(const Json& summary) {
  const Json& workers = Member(summary, "workers");
  uint64_t sum = 0;
  bool any = false;
  if (!workers.is_array()) return nullptr;
  for (const Json& worker : workers) any |= AddInFlightLimit(worker, sum);
  return any ? Json(sum) : Json();
}

Json InstanceOf(const std::string& name, const Json& block,
                const std::map<std::string, size_t>& lanes) {
  Json shown = {{"name", name}};
  for (const char* key :
       {"planned", "sent", "dropped", "unsent", "outcomes", "measured",
        "rate_per_s", "response_us", "lateness_us", "service_us", "cold_starts",
        "cold", "warm", "max_in_flight"}) {
    const Json& value = Member(block, key);
    if (!value.is_null()) shown[key] = value;
  }
  const auto lane = lanes.find(name);
  shown["lane"] = lane == lanes.end() ? Json() : Json(lane->second);
  return shown;
}

void AddInstances(const Json& summary,
                  const std::vector<std::string>& lane_names,
                  std::string& json) {
  std::map<std::string, size_t> lanes;
  for (size_t i = 0; i < lane_names.size(); ++i) lanes[lane_names[i]] = i;
  json += ",\"instances\":[";
  // Those with a lane are always shown: their rows filter the plots.
  size_t room = kMostPageInstances - std::min(kMostPageInstances, lanes.size());
  size_t left_out = 0;
  const Json& instances = Member(summary, "instances");
  if (instances.is_object()) {
    for (const auto& [name, block] : instances.items()) {
      if (lanes.count(name) == 0 && room == 0) {
        ++left_out;
        continue;
      }
      if (lanes.count(name) == 0) --room;
      absl::StrAppend(&json, json.back() == '[' ? "" : ",",
                      Dump(InstanceOf(name, block, lanes)));
    }
  }
  json += ']';
  if (left_out > 0) {
    absl::StrAppend(&json, ",\"instances_left_out\":", left_out);
  }
}

void AddCurves(const PageInputs& inputs, std::string& json) {
  json += ",\"curves\":{";
  if (inputs.totals != nullptr) {
    const Totals& totals = *inputs.totals;
    const auto add = [&json](const char* name, const Histogram& histogram) {
      if (histogram.count() == 0) return;
      absl::StrAppend(&json, json.back() == '{' ? "\"" : ",\"", name,
                      "\":", CurveJson(PercentileCurve(histogram)));
    };
    add("lateness", totals.lateness);
    add("service", totals.service);
    add("response", totals.response);
    add("first_byte", totals.first_byte);
    add("cold_response", totals.cold_response);
    add("warm_response", totals.warm_response);
    add("init", totals.init);
  }
  json += "},\"lane_curves\":[";
  for (const Histogram& response : inputs.lane_responses) {
    if (json.back() != '[') json += ',';
    json += CurveJson(PercentileCurve(response, kLanePointsPerNine));
  }
  json += ']';
}

std::vector<Histogram> LaneResponses(const RunReport& report) {
  const Lanes& lanes = report.timeline->lanes();
  std::vector<Histogram> responses(lanes.size());
  for (size_t i = 0; i < report.instances.size(); ++i) {
    if (i >= lanes.of_instance.size()) break;
    responses[lanes.of_instance[i]].Merge(report.instances[i].second.response);
  }
  return responses;
}

}  // namespace

PageInputs PageInputsOf(const RunReport& report) {
  PageInputs inputs;
  inputs.planned_s = report.planned_span_s;
  inputs.totals = &report.total;
  if (!report.timeline) return inputs;
  inputs.timeline = &*report.timeline;
  inputs.lane_names = report.lane_names;
  std::vector<std::string> names;
  for (const WorkerReport& worker : report.workers) {
    names.push_back(worker.name);
  }
  if (names.size() >=
      std::min(report.timeline->worker_lanes(), Timeline::kMostWorkers)) {
    inputs.workers = WorkerSeriesOf(*report.timeline, names);
  }
  inputs.lane_responses = LaneResponses(report);
  return inputs;
}

std::string RunPageJson(const Json& summary, const PageInputs& inputs) {
  std::string json = absl::StrCat(
      "{\"version\":\"", INVOCATOR_VERSION,
      "\",\"live\":", inputs.live ? "true" : "false",
      ",\"folder\":", Dump(inputs.folder), ",\"run\":", Dump(RunOf(summary)));
  absl::StrAppend(&json, ",\"planned_s\":", Dump(inputs.planned_s),
                  ",\"in_flight_limit\":", Dump(InFlightLimit(summary)));
  AddInstances(summary, inputs.lane_names, json);
  absl::StrAppend(&json, ",\"workload\":", Dump(inputs.workload),
                  ",\"command\":", Dump(CommandOf(summary)));
  if (inputs.timeline != nullptr) {
    absl::StrAppend(
        &json, ",\"series\":",
        PageSeriesJson(*inputs.timeline, inputs.lane_names, inputs.workers,
                       /*from_bin=*/0, inputs.until_bin));
  }
  AddCurves(inputs, json);
  if (!inputs.live_totals.is_null()) {
    absl::StrAppend(&json, ",\"totals\":", Dump(inputs.live_totals));
  }
  return json + "}";
}

}  // namespace invocator
