#include "coordinator/workload/workload.h"

#include <cmath>
#include <filesystem>
#include <memory>
#include <optional>
#include <random>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/strip.h"
#include "common/aws/aws_settings.h"
#include "common/credentials/imds_credentials.h"
#include "common/credentials/source_io.h"
#include "common/words/foreign_text.h"
#include "common/words/listing.h"
#include "common/words/utf8.h"
#include "coordinator/json/field_reader.h"
#include "coordinator/json/workload_issues.h"
#include "coordinator/shapes/arrival_keys.h"
#include "coordinator/shapes/arrival_reader.h"
#include "coordinator/shapes/mix_reader.h"
#include "coordinator/text/text_file.h"
#include "coordinator/workload/aws_defaults.h"
#include "coordinator/workload/body_reader.h"
#include "coordinator/workload/expect_reader.h"
#include "coordinator/workload/payload_library.h"
#include "coordinator/workload/request_reader.h"
#include "coordinator/workload/threshold_reader.h"
#include "coordinator/workload/version_reader.h"
#include "coordinator/workload/workload_keys.h"

namespace invocator {
namespace {

constexpr NumberRange kDurations = {0, kMaxDurationS, /*min_is_inside=*/false};
constexpr NumberRange kWarmups = {0, kMaxDurationS};
// Lambda's own limit is 15 minutes.
constexpr NumberRange kExpectedDurations = {0, 900'000,
                                            /*min_is_inside=*/false};
constexpr size_t kMaxTestNameBytes = 128;
constexpr size_t kMaxInstanceNameBytes = 256;

class WorkloadReader {
 public:
  WorkloadReader(const Json& root, const WorkloadOptions& options,
                 const std::string& folder, WorkloadIssues& issues)
      : options_(options),
        aws_{options.default_region, options.find_region, options.lambda},
        issues_(issues),
        payloads_(folder),
        fields_(root, "", issues) {
    arrivals_.files.folder = folder;
  }

  Plan Read() {
    ReadTest();
    ReadInstances();
    WarnOfIgnoredKeys();
    thresholds_.run = ReadThresholds(fields_, ThresholdScope::kRun, issues_);
    WarnOfThresholds(thresholds_, arrivals_.duration_s, fields_);
    fields_.RefuseUnknownKeys({.known = kWorkloadKeys,
                               .ignored = kIgnoredWorkloadKeys,
                               .has_comments = true});
    plan_.payload_names = payloads_.names();
    plan_.payload_sets = std::move(payloads_).TakeSets();
    return std::move(plan_);
  }

  bool has_private_files() const {
    return payloads_.has_private() || arrivals_.files.has_private;
  }
  // After Read.
  WorkloadThresholds TakeThresholds() { return std::move(thresholds_); }

 private:
  void ReadTest() {
    fields_.Require("test_name", "a name for the run's folder");
    if (auto name = fields_.String("test_name")) {
      if (const std::string why = WhyNotClean(*name); !why.empty()) {
        fields_.Error("test_name",
                      absl::StrCat(why, ": expected visible text"));
      } else if (!IsFolderName(*name)) {
        fields_.ValueError(
            "test_name",
            absl::StrCat("a name for a folder: 1 to ", kMaxTestNameBytes,
                         " bytes without '/', and not of dots only"));
      }
      plan_.test_name = *std::move(name);
    }
    fields_.Require("test_duration_in_seconds",
                    absl::StrCat("a number ", kDurations.Words()));
    arrivals_.duration_s =
        fields_.Number("test_duration_in_seconds", kDurations);
    plan_.duration_s = arrivals_.duration_s.value_or(0);
    plan_.blocking = fields_.Bool("blocking_cli").value_or(false);
    ReadWarmup();
    if (fields_.Choice("arrival_rng", kArrivalRngs).value_or(0) == 1) {
      arrivals_.rng = ArrivalRng::kFaasProfiler;
    }
    if (fields_.HasValue("random_seed")) {
      plan_.seed = fields_.Uint32("random_seed").value_or(0);
    } else {
      plan_.seed = options_.draw_seed();
      fields_.Warn("random_seed",
                   absl::StrCat("none given, drew ", plan_.seed));
    }
    arrivals_.seed = plan_.seed;
    arrivals_.mix = Mix::Read(fields_, issues_);
  }

  void ReadWarmup() {
    plan_.warmup_s = fields_.Number("warmup_in_seconds", kWarmups).value_or(0);
    if (!arrivals_.duration_s || plan_.warmup_s < *arrivals_.duration_s) return;
    fields_.ValueError(
        "warmup_in_seconds",
        absl::StrFormat("less than the test's %.15g s", *arrivals_.duration_s));
  }

  static bool IsFolderName(const std::string& name) {
    return !name.empty() && name.size() <= kMaxTestNameBytes &&
           name.find('/') == std::string::npos &&
           name.find_first_not_of('.') != std::string::npos;
  }

  void ReadInstances() {
    constexpr absl::string_view kExpectation =
        "an object with at least one instance";
    fields_.Require("instances", kExpectation);
    const Json* instances = fields_.Find("instances");
    if (instances == nullptr) return;
    if (!instances->is_object()) {
      fields_.ValueError("instances", kExpectation);
      return;
    }
    const std::string path = fields_.PathOf("instances");
    const auto& members = instances->get_ref<const Json::object_t&>();
    for (const auto& [name, entry] : members) names_.insert(name);
    bool any = false;
    for (const auto& [name, entry] : members) {
      if (IsCommentKey(name) && !entry.is_object()) {
        issues_.NoteComment(MemberPath(path, name));
        continue;
      }
      ReadInstance(name, entry, MemberPath(path, name));
      any = true;
    }
    if (!any) fields_.ValueError("instances", kExpectation);
  }

  // Warns about FaaSProfiler's keys that are ignored.
  void WarnOfIgnoredKeys() {
    if (fields_.Has("perf_monitoring")) {
      fields_.Warn("perf_monitoring", "ignored, no script is run");
    }
    for (absl::string_view key : {"endpoint", "serverless_platform"}) {
      if (!fields_.Has(key)) continue;
      std::vector<std::string> hosts;
      for (const InstancePlan& instance : plan_.instances) {
        if (!absl::c_linear_search(hosts, instance.endpoint.host)) {
          hosts.push_back(instance.endpoint.host);
        }
      }
      fields_.Warn(key, absl::StrCat("ignored, calls go where each instance "
                                     "says: to ",
                                     FirstFew(hosts)));
    }
  }

  void ReadInstance(const std::string& name, const Json& entry,
                    const std::string& path) {
    if (const std::string why = WhyNotClean(name); !why.empty()) {
      issues_.Add(path,
                  absl::StrCat("the name ", why, ": expected visible text"));
    } else if (name.empty() || name.size() > kMaxInstanceNameBytes) {
      issues_.Add(path, absl::StrCat("expected a name of 1 to ",
                                     kMaxInstanceNameBytes, " bytes"));
    }
    if (!entry.is_object()) {
      issues_.AddValue(path, entry, "an object");
      return;
    }
    FieldReader fields(entry, path, issues_);
    std::optional<InstanceVersions> versions =
        ReadVersions(fields, plan_.blocking, issues_);
    arrivals_.versions = versions ? versions->list.size() : 1;
    const ArrivalSpec arrivals = ReadArrivals(fields, name, arrivals_, issues_);
    const std::vector<Threshold> thresholds =
        ReadThresholds(fields, ThresholdScope::kInstance, issues_);
    if (versions) {
      AddVersions(name, *versions, arrivals, thresholds);
    } else {
      AddInstance(name, fields, arrivals, thresholds);
    }
    fields.RefuseUnknownKeys({.known = kInstanceKeys,
                              .refused = kRefusedInstanceKeys,
                              .has_comments = true});
  }

  void AddVersions(const std::string& name, InstanceVersions& versions,
                   const ArrivalSpec& arrivals,
                   const std::vector<Threshold>& thresholds) {
    const size_t first = plan_.instances.size();
    const size_t count = versions.list.size();
    for (uint32_t i = 0; i < count; ++i) {
      InstanceVersions::Version& version = versions.list[i];
      const std::string full_name =
          absl::StrCat(name, kVersionMark, version.name);
      if (full_name.size() > kMaxInstanceNameBytes) {
        issues_.Add(
            version.own.path(),
            absl::StrCat("expected a name of at most ", kMaxInstanceNameBytes,
                         " bytes for ", ShortQuote(full_name)));
      } else if (names_.contains(full_name)) {
        issues_.Add(version.own.path(),
                    absl::StrCat("its name would be ", ShortQuote(full_name),
                                 ", as that of another instance"));
      }
      ArrivalSpec own = arrivals;
      own.version = {.index = i,
                     .count = static_cast<uint32_t>(count),
                     .pairing = versions.pairing};
      AddInstance(full_name, version.fields, std::move(own),
                  WithInherited(thresholds, version.own, issues_));
    }
    CheckVersionMemory(absl::MakeConstSpan(plan_.instances).subspan(first),
                       versions);
  }

  void AddInstance(const std::string& name, FieldReader& fields,
                   ArrivalSpec arrivals, std::vector<Threshold> thresholds) {
    InstancePlan instance;
    instance.name = name;
    instance.application = fields.String("application").value_or("");
    instance.arrivals = std::move(arrivals);
    ReadRequest(fields, aws_, options_.header_variables, issues_, instance);
    ReadExpect(fields, issues_, instance);
    ReadMemorySize(fields, instance);
    instance.expected_duration_ms =
        fields.Number("expected_duration_ms", kExpectedDurations);
    ReadBody(fields, payloads_, issues_, instance);
    thresholds_.instances.push_back(std::move(thresholds));
    plan_.instances.push_back(std::move(instance));
  }

  static void ReadMemorySize(FieldReader& fields, InstancePlan& instance) {
    const std::optional<uint32_t> size = fields.Uint32("memory_size");
    if (!size) return;
    if (!IsMemorySize(*size)) {
      fields.ValueError("memory_size",
                        absl::StrCat("a memory size in MB, ", kMinMemorySizeMb,
                                     " to ", kMaxMemorySizeMb));
    } else if (instance.application.empty() || !instance.signing) {
      fields.Error("memory_size",
                   "expected beside it an application, whose memory it is, and "
                   "not \"auth\": \"none\"");
    } else {
      instance.memory_size_mb = *size;
    }
  }

  const WorkloadOptions& options_;
  const AwsDefaults aws_;
  WorkloadIssues& issues_;
  PayloadLibrary payloads_;
  FieldReader fields_;
  ArrivalContext arrivals_;
  absl::flat_hash_set<absl::string_view> names_;  // of the file's instances
  Plan plan_;
  WorkloadThresholds thresholds_;
};

bool IsSigned(const InstancePlan& instance) {
  return instance.signing.has_value();
}

// Region of this EC2 instance; empty elsewhere, or if its metadata service must
// not be asked.
std::string InstanceRegion(const AwsSettings& settings) {
  if (!CheckProfile(settings).ok()) return "";
  const ImdsOptions imds = ReadImdsOptions(
      settings.variable,
      FindProfile(settings, settings.profile).value_or(AwsProfile()));
  if (imds.disabled) return "";
  return FetchImdsRegion(imds, SourceIo(), /*give_up=*/nullptr).value_or("");
}

}  // namespace

WorkloadOptions SystemWorkloadOptions(const std::string& profile) {
  WorkloadOptions options;
  const AwsSettings settings = LoadAwsSettings(profile);
  options.default_region = RegionInUse(settings);
  options.lambda = EndpointInUse(settings, "lambda");
  options.profile = CheckProfile(settings);
  options.find_region =
      [settings, known = std::make_shared<std::optional<std::string>>()] {
        if (!*known) *known = InstanceRegion(settings);
        return **known;
      };
  options.draw_seed = [] { return uint32_t{std::random_device()()}; };
  return options;
}

absl::StatusOr<LoadedWorkload> LoadWorkload(const std::string& path,
                                            const WorkloadOptions& options) {
  if (path == "-") {
    const absl::StatusOr<std::string> text =
        ReadStandardInput(kMaxWorkloadBytes);
    if (!text.ok()) return absl::InvalidArgumentError(text.status().message());
    absl::StatusOr<LoadedWorkload> workload =
        ParseWorkload(*text, "standard input", "", options);
    // A pipe is private: nobody else can read what came through it.
    if (workload.ok() && IsPrivateFile("/dev/stdin")) {
      workload->is_private = true;
    }
    return workload;
  }
  absl::StatusOr<std::string> text = ReadTextFile(path, kMaxWorkloadBytes);
  if (!text.ok()) return absl::InvalidArgumentError(text.status().message());
  std::string folder = std::filesystem::path(path).parent_path().string();
  // A descriptor passed on by the parent process: as for standard input, names
  // are relative to the working folder.
  if (folder == "/dev/fd" || folder == "/proc/self/fd") folder.clear();
  absl::StatusOr<LoadedWorkload> workload =
      ParseWorkload(*text, path, folder, options);
  if (workload.ok() && IsPrivateFile(path)) workload->is_private = true;
  return workload;
}

absl::StatusOr<LoadedWorkload> ParseWorkload(absl::string_view text,
                                             const std::string& file,
                                             const std::string& folder,
                                             const WorkloadOptions& options) {
  constexpr absl::string_view kBlanks = " \t\r\n";
  if (absl::StripPrefix(text, kByteOrderMark).find_first_not_of(kBlanks) ==
      absl::string_view::npos) {
    return absl::InvalidArgumentError(
        absl::StrCat(file, ": is empty, expected a workload"));
  }
  WorkloadIssues issues(file);
  const absl::StatusOr<Json> root =
      ReadObject(file, text, issues, kVerbatimBodies);
  if (!root.ok()) return root.status();
  WorkloadReader reader(*root, options, folder, issues);
  Plan plan = reader.Read();
  if (issues.has_errors()) {
    if (options.profile.ok()) return issues.ToStatus();
    // A missing region may be due to the profile.
    return absl::InvalidArgumentError(absl::StrCat(
        issues.ToStatus().message(), "\n", options.profile.message()));
  }
  if (!options.profile.ok() && absl::c_any_of(plan.instances, IsSigned)) {
    return absl::InvalidArgumentError(options.profile.message());
  }
  std::vector<std::string> warnings = issues.warnings();
  if (!options.profile.ok()) {
    warnings.push_back(
        absl::StrCat(options.profile.message(),
                     "; no instance is signed, so none needs it"));
  }
  return LoadedWorkload{std::move(plan), reader.TakeThresholds(),
                        std::move(warnings),
                        options.lambda.value_or(ConfiguredEndpoint()),
                        reader.has_private_files()};
}

}  // namespace invocator
