#include "coordinator/shapes/mix_reader.h"

#include <algorithm>
#include <numeric>
#include <utility>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "common/arrivals/portable_exp.h"
#include "common/arrivals/portable_log.h"
#include "coordinator/json/suggestion.h"
#include "coordinator/shapes/arrival_keys.h"
#include "coordinator/shapes/rate_reader.h"

namespace invocator {
namespace {

constexpr NumberRange kZipfs = {0, 10};
constexpr NumberRange kWeights = {0, 1e9};

constexpr const char* kOwnArrivals[] = {"rate", "interarrivals_list",
                                        "interarrival_list", "arrivals"};

// Instances that name no rate or arrivals, in the file's order.
std::vector<std::string> Takers(const FieldReader& workload) {
  std::vector<std::string> names;
  const Json* instances = workload.Find("instances");
  if (instances == nullptr || !instances->is_object()) return names;
  for (const auto& [name, entry] :
       instances->get_ref<const Json::object_t&>()) {
    if (!entry.is_object()) continue;
    const bool has_own = absl::c_any_of(
        kOwnArrivals,
        [&e = entry](const char* key) { return e.contains(key); });
    if (!has_own) names.push_back(name);
  }
  return names;
}

// Each suggestion searches all names.
constexpr size_t kMostSuggestions = 10;

std::string Suggestion(const std::string& name,
                       const std::vector<std::string>& names) {
  const std::vector<absl::string_view> known(names.begin(), names.end());
  const auto nearest = NearestWord(name, known);
  return nearest ? absl::StrCat(", did you mean \"", *nearest, "\"?") : "";
}

// One weight for each name, or none if they are wrong.
std::vector<double> ReadWeights(FieldReader& mix, WorkloadIssues& issues,
                                const std::vector<std::string>& names) {
  constexpr absl::string_view kKey = "weights";
  const Json& value = *mix.Find(kKey);
  if (!value.is_object()) {
    mix.ValueError(kKey, "an object of instances and their weights");
    return {};
  }
  // Searching the object for each name would take quadratic time.
  absl::flat_hash_map<absl::string_view, std::optional<double>> read;
  for (const std::string& name : names) read.emplace(name, std::nullopt);
  const std::string path = mix.PathOf(kKey);
  const std::string expectation = absl::StrCat("a number ", kWeights.Words());
  size_t wrong = 0;
  for (const auto& [name, weight] : value.get_ref<const Json::object_t&>()) {
    const auto taker = read.find(name);
    if (taker == read.end()) {
      const bool suggests = ++wrong <= kMostSuggestions;
      issues.Add(MemberPath(path, name),
                 absl::StrCat("expected an instance that names no rate",
                              suggests ? Suggestion(name, names) : ""));
    } else if (!weight.is_number() ||
               !kWeights.Contains(weight.get<double>())) {
      ++wrong;
      taker->second = 0;
      issues.AddValue(MemberPath(path, name), weight, expectation);
    } else {
      taker->second = weight.get<double>();
    }
  }
  std::vector<double> weights;
  for (const std::string& name : names) {
    const std::optional<double>& weight = read.at(name);
    if (!weight) {
      ++wrong;
      issues.Add(MemberPath(path, name),
                 absl::StrCat("missing, expected its weight, ", expectation));
    }
    weights.push_back(weight.value_or(0));
  }
  if (wrong > 0) return {};
  if (std::accumulate(weights.begin(), weights.end(), 0.0) > 0) return weights;
  mix.ValueError(kKey, "at least one weight above 0");
  return {};
}

// k^-s for k from 1 to `count`.
std::vector<double> ZipfWeights(size_t count, double s) {
  std::vector<double> weights;
  for (size_t k = 1; k <= count; ++k) {
    weights.push_back(PortableExp(-s * PortableLog(static_cast<double>(k))));
  }
  return weights;
}

}  // namespace

Mix Mix::Read(FieldReader& fields, WorkloadIssues& issues) {
  constexpr absl::string_view kKey = "mix";
  Mix mix;
  const Json* value = fields.Find(kKey);
  if (value == nullptr) return mix;
  mix.given_ = true;
  if (!value->is_object()) {
    fields.ValueError(kKey, "an object with a rate, and zipf or weights");
    return mix;
  }
  FieldReader reader(*value, fields.PathOf(kKey), issues);
  reader.RefuseUnknownKeys(kMixKeys);
  reader.Require("rate", "a rate of all instances together");
  const std::optional<RateShape> rate = ReadRate(reader, issues);
  const double zipf = reader.Number("zipf", kZipfs).value_or(0);
  const std::vector<std::string> names = Takers(fields);
  if (names.empty()) {
    fields.Error(
        kKey,
        "every instance has its own rate or arrivals: expected at least "
        "one without");
    return mix;
  }
  std::vector<double> weights;
  if (!reader.Has("weights")) {
    weights = ZipfWeights(names.size(), zipf);
  } else if (reader.Has("zipf")) {
    reader.Error("weights", "expected zipf or weights, found both");
  } else {
    weights = ReadWeights(reader, issues, names);
  }
  if (!rate || weights.empty()) return mix;
  if (names.size() * rate->points.size() > kMaxWorkloadPoints) {
    reader.Error("rate",
                 absl::StrCat(rate->points.size(), " points for each of ",
                              names.size(), " instances, expected at most ",
                              kMaxWorkloadPoints, " points in a workload"));
    return mix;
  }
  mix.rate_ = *rate;
  const double sum = std::accumulate(weights.begin(), weights.end(), 0.0);
  for (size_t i = 0; i < names.size(); ++i) {
    mix.factors_[names[i]] = weights[i] / sum;
  }
  return mix;
}

std::optional<RateShape> Mix::RateOf(const std::string& instance) const {
  const auto factor = factors_.find(instance);
  if (factor == factors_.end()) return std::nullopt;
  return Scaled(rate_, factor->second);
}

}  // namespace invocator
