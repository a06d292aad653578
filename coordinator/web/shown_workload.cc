#include "coordinator/web/shown_workload.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace invocator {
namespace {

constexpr char kHidden[] = "(hidden)";
constexpr size_t kMostShownNumbers = 20;

std::string Several(size_t count, absl::string_view what) {
  return absl::StrCat("(", count, " ", what, count == 1 ? ")" : "s)");
}

Json Hidden(const Json& value) {
  if (value.is_array()) return Several(value.size(), "value");
  if (value.is_object()) return Several(value.size(), "member");
  return kHidden;
}

using Show = Json (*)(const Json& value);

// A key that is shown.
struct ShownKey {
  absl::string_view key;
  Show show;
};

// Appends without searching for the name, which must be new to the object.
void AddMember(const std::string& name, Json value, Json& object) {
  object.get_ref<Json::object_t&>().emplace_back(name, std::move(value));
}

Json Number(const Json& value) {
  return value.is_number() ? value : Hidden(value);
}

Json Bool(const Json& value) {
  return value.is_boolean() ? value : Hidden(value);
}

Json Text(const Json& value) {
  return value.is_string() ? value : Hidden(value);
}

Json Url(const Json& value) {
  return value.is_string() ? Json(ShownUrl(value.get_ref<const std::string&>()))
                           : Hidden(value);
}

Json Numbers(const Json& value) {
  const bool is_shown =
      value.is_array() && value.size() <= kMostShownNumbers &&
      std::all_of(value.begin(), value.end(),
                  [](const Json& number) { return number.is_number(); });
  return is_shown ? value : Hidden(value);
}

// Header names, with placeholders for their values.
Json Headers(const Json& value) {
  if (!value.is_object()) return Hidden(value);
  Json names = Json::object();
  for (const auto& [name, header] : value.items()) {
    AddMember(name, Hidden(header), names);
  }
  return names;
}

template <size_t kCount>
Json Members(const Json& value, const ShownKey (&keys)[kCount]) {
  if (!value.is_object()) return Hidden(value);
  Json shown = Json::object();
  for (const auto& [name, member] : value.items()) {
    const auto* key =
        std::find_if(std::begin(keys), std::end(keys),
                     [&name = name](const auto& k) { return k.key == name; });
    AddMember(name, key == std::end(keys) ? Hidden(member) : key->show(member),
              shown);
  }
  return shown;
}

Json Threshold(const Json& value) {
  if (value.is_string()) return value;
  static constexpr ShownKey kKeys[] = {
      {"check", Text},
      {"each", Bool},
      {"optional", Bool},
      {"abort", Bool},
      {"after_in_seconds", Number},
      {"window_in_seconds", Number},
  };
  return Members(value, kKeys);
}

Json Thresholds(const Json& value) {
  if (!value.is_array()) return Hidden(value);
  Json shown = Json::array();
  for (const Json& threshold : value) shown.push_back(Threshold(threshold));
  return shown;
}

Json Expect(const Json& value) {
  static constexpr ShownKey kKeys[] = {{"status", Numbers}};
  return Members(value, kKeys);
}

// [second, number] each.
Json Pairs(const Json& value) {
  const bool is_shown =
      value.is_array() && value.size() <= kMostShownNumbers &&
      std::all_of(value.begin(), value.end(), [](const Json& pair) {
        return pair.is_array() && pair.size() == 2 && pair[0].is_number() &&
               pair[1].is_number();
      });
  return is_shown ? value : Hidden(value);
}

Json Rate(const Json& value) {
  static constexpr ShownKey kKeys[] = {{"points", Pairs},
                                       {"every_in_seconds", Number}};
  if (value.is_array()) return Pairs(value);
  return value.is_object() ? Members(value, kKeys) : Number(value);
}

Json GapLaw(const Json& value) {
  static constexpr ShownKey kKeys[] = {{"cv", Number}, {"alpha", Number}};
  return Members(value, kKeys);
}

Json Distribution(const Json& value) {
  static constexpr ShownKey kKeys[] = {{"Gamma", GapLaw},
                                       {"Weibull", GapLaw},
                                       {"Lognormal", GapLaw},
                                       {"Pareto", GapLaw}};
  return value.is_object() ? Members(value, kKeys) : Text(value);
}

Json Bursts(const Json& value) {
  static constexpr ShownKey kKeys[] = {{"rate", Number},
                                       {"mean_on_in_seconds", Number},
                                       {"mean_off_in_seconds", Number}};
  return Members(value, kKeys);
}

Json Arrivals(const Json& value) {
  static constexpr ShownKey kKeys[] = {
      {"unit", Text},    {"within_bin", Text}, {"bin_in_seconds", Number},
      {"speed", Number}, {"thin", Number},     {"start_in_seconds", Number},
  };
  return Members(value, kKeys);
}

Json Versions(const Json& value);

// A new key is hidden until it is added to one of these lists.
constexpr ShownKey kInstanceKeys[] = {
    {"application", Text},
    {"memory_size", Number},
    {"expected_duration_ms", Number},
    {"distribution", Distribution},
    {"rate", Rate},
    {"bursts", Bursts},
    {"spikes", Pairs},
    {"arrivals", Arrivals},
    {"activity_window", Numbers},
    {"interarrivals_list", Numbers},
    {"invoker", Text},
    {"qualifier", Text},
    {"invocation_type", Text},
    {"url", Url},
    {"host", Url},
    {"stage", Url},
    {"resource", Url},
    {"region", Text},
    {"service", Text},
    {"auth", Text},
    {"method", Text},
    {"headers", Headers},
    {"timeout_in_seconds", Number},
    {"cold_start_from", Text},
    {"thresholds", Thresholds},
    {"expect", Expect},
    {"pairing", Text},
    {"versions", Versions},
};

Json Versions(const Json& value) {
  if (!value.is_object()) return Hidden(value);
  Json shown = Json::object();
  for (const auto& [name, version] : value.items()) {
    AddMember(name, Members(version, kInstanceKeys), shown);
  }
  return shown;
}

Json Instances(const Json& value) {
  if (!value.is_object()) return Hidden(value);
  Json shown = Json::object();
  for (const auto& [name, instance] : value.items()) {
    if (shown.size() == kMostShownInstances) break;
    AddMember(name, Members(instance, kInstanceKeys), shown);
  }
  return shown;
}

constexpr ShownKey kWorkloadKeys[] = {
    {"test_name", Text},           {"test_duration_in_seconds", Number},
    {"random_seed", Number},       {"blocking_cli", Bool},
    {"warmup_in_seconds", Number}, {"arrival_rng", Text},
    {"thresholds", Thresholds},    {"instances", Instances},
};

}  // namespace

Json ShownWorkload(const Json& workload) {
  if (!workload.is_object()) return nullptr;
  Json shown = Members(workload, kWorkloadKeys);
  const auto instances = workload.find("instances");
  if (instances != workload.end() && instances->is_object() &&
      instances->size() > kMostShownInstances) {
    shown["instances_left_out"] = instances->size() - kMostShownInstances;
  }
  return shown;
}

std::string ShownUrl(absl::string_view url) {
  // A fragment may hold secrets, too.
  url = url.substr(0, url.find('#'));
  const size_t query_at = url.find('?');
  absl::string_view before = url.substr(0, query_at);
  const size_t scheme = before.find("://");
  const size_t authority = scheme == absl::string_view::npos ? 0 : scheme + 3;
  const size_t at =
      before.substr(authority, before.find('/', authority) - authority)
          .rfind('@');
  std::string shown(before.substr(0, authority));
  if (at != absl::string_view::npos) {
    absl::StrAppend(&shown, kHidden, "@");
    before.remove_prefix(authority + at + 1);
  } else {
    before.remove_prefix(authority);
  }
  absl::StrAppend(&shown, before);
  if (query_at == absl::string_view::npos) return shown;
  char separator = '?';
  for (const absl::string_view field :
       absl::StrSplit(url.substr(query_at + 1), '&')) {
    shown += separator;
    separator = '&';
    if (field.empty()) continue;
    const size_t equals = field.find('=');
    // A field without a name may be a token itself.
    if (equals != absl::string_view::npos) {
      absl::StrAppend(&shown, field.substr(0, equals), "=");
    }
    shown += kHidden;
  }
  return shown;
}

}  // namespace invocator
