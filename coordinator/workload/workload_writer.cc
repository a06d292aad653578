#include "coordinator/workload/workload_writer.h"

#include <sys/stat.h>

#include <cerrno>
#include <filesystem>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "common/plan/version_group.h"
#include "coordinator/json/json.h"
#include "coordinator/shapes/arrival_keys.h"
#include "coordinator/shapes/arrival_writer.h"
#include "coordinator/text/file_names.h"
#include "coordinator/text/text_file.h"
#include "coordinator/workload/version_reader.h"
#include "coordinator/workload/workload_keys.h"

namespace invocator {
namespace {

namespace fs = std::filesystem;

template <size_t kCount, typename Enum>
std::string Name(const absl::string_view (&names)[kCount], Enum value) {
  return std::string(names[static_cast<size_t>(value)]);
}

// One name per set, all different, also where case makes no difference.
std::vector<std::string> PayloadFileNames(const Plan& plan) {
  std::vector<std::string> names;
  FileNames unique;
  for (size_t i = 0; i < plan.payload_sets.size(); ++i) {
    const fs::path wanted =
        i < plan.payload_names.size() ? plan.payload_names[i] : "payload.json";
    names.push_back(
        unique.Next(wanted.stem().string(), wanted.extension().string()));
  }
  return names;
}

absl::Status MakeFolder(const std::string& folder) {
  if (::mkdir(folder.c_str(), 0700) == 0 || errno == EEXIST) {
    return absl::OkStatus();
  }
  return absl::ErrnoToStatus(errno,
                             absl::StrCat(folder, ": cannot be created"));
}

// By instance; versions have no file but that of the first.
std::vector<std::string> ArrivalFiles(const Plan& plan) {
  static const ArrivalSpec kNone;
  std::vector<const ArrivalSpec*> specs;
  for (size_t i = 0; i < plan.instances.size(); ++i) {
    specs.push_back(FirstVersion(plan, i) == i ? &plan.instances[i].arrivals
                                               : &kNone);
  }
  return ArrivalFileNames(specs);
}

absl::Status WriteArrivals(const Plan& plan, const std::string& folder) {
  const std::vector<std::string> files = ArrivalFiles(plan);
  bool has_folder = false;
  for (size_t i = 0; i < files.size(); ++i) {
    if (files[i].empty()) continue;
    absl::Status status = has_folder
                              ? absl::OkStatus()
                              : MakeFolder(absl::StrCat(folder, "/arrivals"));
    has_folder = true;
    if (status.ok()) {
      status = WriteArrivalFile(plan.instances[i].arrivals, folder, files[i]);
    }
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status WritePayloads(const Plan& plan,
                           const std::vector<std::string>& names,
                           const std::string& folder) {
  if (names.empty()) return absl::OkStatus();
  if (absl::Status made = MakeFolder(folder); !made.ok()) return made;
  for (size_t i = 0; i < names.size(); ++i) {
    const std::string text =
        absl::StrCat("[", absl::StrJoin(plan.payload_sets[i], ",\n"), "]\n");
    absl::Status status = WriteTextFile(absl::StrCat(folder, "/", names[i]),
                                        text, Readers::kOwner);
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

std::string VersionName(const InstancePlan& version) {
  return version.name.substr(version.arrivals.stream.size() +
                             kVersionMark.size());
}

Json ThresholdEntry(const Threshold& threshold) {
  Json entry = Json::object();
  entry["check"] = CheckText(threshold);
  if (threshold.each) entry["each"] = true;
  if (threshold.optional) entry["optional"] = true;
  if (threshold.abort) {
    entry["abort"] = true;
    entry["after_in_seconds"] = threshold.abort->after_s;
    entry["window_in_seconds"] = threshold.abort->window_s;
  }
  return entry.size() == 1 ? entry["check"] : entry;
}

Json ThresholdList(const std::vector<Threshold>& thresholds) {
  Json list = Json::array();
  for (const Threshold& threshold : thresholds) {
    list.push_back(ThresholdEntry(threshold));
  }
  return list;
}

// The kind to be written; nullopt: it follows from host and signature.
std::optional<TargetKind> NamedKind(const InstancePlan& instance) {
  if (instance.target_kind == TargetKind::kFunctionUrl &&
      (!instance.signing || instance.signing->service == "lambda")) {
    return TargetKind::kFunctionUrl;
  }
  if (instance.plain_http) return TargetKind::kHttp;
  if (instance.target_kind == TargetKind::kApiGateway ||
      instance.target_kind == TargetKind::kHttp) {
    return instance.target_kind;
  }
  return std::nullopt;
}

// Puts all members but those of the arrivals.
void PutCall(const InstancePlan& instance,
             const std::vector<std::string>& payload_files, Json& entry) {
  entry["application"] = instance.application;
  if (instance.memory_size_mb) {
    entry["memory_size"] = *instance.memory_size_mb;
  }
  if (instance.expected_duration_ms) {
    entry["expected_duration_ms"] = *instance.expected_duration_ms;
  }
  if (instance.payload_set) {
    entry["payload"] =
        absl::StrCat("payloads/", payload_files[*instance.payload_set]);
  }
  // The plan holds the path as it goes on the wire, where stage and resource
  // are one.
  const Endpoint& endpoint = instance.endpoint;
  const std::string target =
      endpoint.query.empty() ? endpoint.path
                             : absl::StrCat(endpoint.path, "?", endpoint.query);
  const std::optional<TargetKind> named = NamedKind(instance);
  if (named) entry["invoker"] = Name(kInvokers, *named);
  if (named == TargetKind::kHttp || instance.plain_http) {
    entry["url"] = absl::StrCat(instance.plain_http ? "http://" : "https://",
                                endpoint.host, target);
  } else {
    entry["host"] = endpoint.host;
    entry["stage"] = "";
    entry["resource"] = target;
  }
  entry["auth"] = instance.signing ? "iam" : "none";
  if (instance.signing) {
    entry["region"] = instance.signing->region;
    entry["service"] = instance.signing->service;
  }
  entry["method"] = instance.method;
  Json headers = Json::object();
  for (const auto& [name, value] : instance.headers) {
    // A secret stays in the environment.
    const auto variable = instance.header_variables.find(name);
    headers[name] = variable == instance.header_variables.end()
                        ? Json(value)
                        : Json{{"env", variable->second}};
  }
  entry["headers"] = std::move(headers);
  entry["timeout_in_seconds"] =
      static_cast<double>(absl::ToInt64Nanoseconds(instance.timeout)) / 1e9;
  if (instance.cold_start_from) {
    entry["cold_start_from"] = ToString(*instance.cold_start_from);
  }
  if (!instance.expected_statuses.empty()) {
    entry["expect"] = {{"status", instance.expected_statuses}};
  }
}

}  // namespace

Json ResolvedWorkload(const Plan& plan, const WorkloadThresholds& thresholds) {
  const std::vector<std::string> payload_files = PayloadFileNames(plan);
  const std::vector<std::string> arrival_files = ArrivalFiles(plan);
  Json workload = Json::object();
  workload["test_name"] = plan.test_name;
  workload["test_duration_in_seconds"] = plan.duration_s;
  workload["random_seed"] = plan.seed;
  workload["blocking_cli"] = plan.blocking;
  workload["warmup_in_seconds"] = plan.warmup_s;
  // One for all instances of a workload file.
  const ArrivalRng rng = plan.instances.empty()
                             ? ArrivalRng::kIndependent
                             : plan.instances.front().arrivals.rng;
  workload["arrival_rng"] = Name(kArrivalRngs, rng);
  workload["thresholds"] = ThresholdList(thresholds.run);
  auto& instances =
      (workload["instances"] = Json::object()).get_ref<Json::object_t&>();
  const auto put = [&](size_t i, Json& entry) {
    PutCall(plan.instances[i], payload_files, entry);
    if (!plan.instances[i].arrivals.version) {
      PutArrivals(plan.instances[i].arrivals, arrival_files[i], entry);
    }
    entry["thresholds"] = i < thresholds.instances.size()
                              ? ThresholdList(thresholds.instances[i])
                              : Json::array();
  };
  for (size_t i = 0; i < plan.instances.size();) {
    const ArrivalSpec& arrivals = plan.instances[i].arrivals;
    Json entry = Json::object();
    if (!arrivals.version) {
      put(i, entry);
      instances.emplace_back(plan.instances[i].name, std::move(entry));
      ++i;
      continue;
    }
    PutArrivals(arrivals, arrival_files[i], entry);
    entry["pairing"] = Name(kPairings, arrivals.version->pairing);
    auto& versions =
        (entry["versions"] = Json::object()).get_ref<Json::object_t&>();
    for (const size_t end = VersionsEnd(plan, i); i < end; ++i) {
      put(i,
          versions.emplace_back(VersionName(plan.instances[i]), Json::object())
              .second);
    }
    instances.emplace_back(arrivals.stream, std::move(entry));
  }
  return workload;
}

absl::Status WriteResolvedWorkload(const Plan& plan, const std::string& folder,
                                   const WorkloadThresholds& thresholds) {
  absl::Status status = WritePayloads(plan, PayloadFileNames(plan),
                                      absl::StrCat(folder, "/payloads"));
  if (status.ok()) status = WriteArrivals(plan, folder);
  if (!status.ok()) return status;
  // Headers and payloads may hold secrets.
  return WriteTextFile(
      absl::StrCat(folder, "/workload.json"),
      absl::StrCat(ResolvedWorkload(plan, thresholds).dump(4), "\n"),
      Readers::kOwner);
}

}  // namespace invocator
