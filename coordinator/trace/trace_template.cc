#include "coordinator/trace/trace_template.h"

#include <filesystem>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/plan/plan.h"
#include "coordinator/json/field_reader.h"
#include "coordinator/json/workload_issues.h"
#include "coordinator/text/file_names.h"
#include "coordinator/text/relative_file.h"
#include "coordinator/text/text_file.h"
#include "coordinator/workload/body_reader.h"

namespace invocator {
namespace {

namespace fs = std::filesystem;

constexpr char kInstances[] = "instances";
constexpr char kVersions[] = "versions";
// Members that the trace replaces.
constexpr absl::string_view kArrivalMembers[] = {
    "distribution",      "rate",   "activity_window", "interarrivals_list",
    "interarrival_list", "bursts", "spikes",          "arrivals"};
constexpr absl::string_view kPayloadMembers[] = {"payload", "param_file"};

class TemplateReader {
 public:
  TemplateReader(std::string folder, WorkloadIssues& issues)
      : folder_(std::move(folder)), issues_(issues) {}

  TraceTemplate Read(Json root) {
    const auto instances = root.find(kInstances);
    if (instances == root.end() || !instances->is_object()) {
      issues_.Add(kInstances, "expected an object with at least one instance");
      return std::move(template_);
    }
    for (auto& [name, entry] : instances->get_ref<Json::object_t&>()) {
      // As the workload's reader does.
      if (IsCommentKey(name) && !entry.is_object()) continue;
      ReadInstance(name, std::move(entry), MemberPath(kInstances, name));
    }
    if (template_.instances.empty() && !issues_.has_errors()) {
      issues_.Add(kInstances, "expected at least one instance, found none");
    }
    root.erase(kInstances);
    root.erase("mix");
    template_.top = std::move(root);
    return std::move(template_);
  }

 private:
  void ReadInstance(const std::string& name, Json entry,
                    const std::string& path) {
    if (!entry.is_object()) {
      issues_.AddValue(path, entry, "an object");
      return;
    }
    for (absl::string_view member : kArrivalMembers) {
      entry.erase(std::string(member));
    }
    KeepPayloads(absl::StrCat(name, ".json"), path, entry);
    const auto versions = entry.find(kVersions);
    if (versions != entry.end() && versions->is_object()) {
      const std::string versions_path = MemberPath(path, kVersions);
      for (auto& [version, own] : versions->get_ref<Json::object_t&>()) {
        if (!own.is_object()) continue;
        KeepPayloads(absl::StrCat(name, "-", version, ".json"),
                     MemberPath(versions_path, version), own);
      }
    }
    const auto expected = entry.find("expected_duration_ms");
    TemplateInstance instance = {name, {}, std::nullopt};
    if (expected != entry.end() && expected->is_number() &&
        expected->get<double>() > 0) {
      instance.expected_ms = expected->get<double>();
    }
    instance.entry = std::move(entry);
    template_.instances.push_back(std::move(instance));
  }

  // Replaces the payload of an instance or version by one of the template's
  // files. `data_name`: of a file for its "data".
  void KeepPayloads(const std::string& data_name, const std::string& path,
                    Json& entry) {
    for (absl::string_view member : kPayloadMembers) {
      const auto payload = entry.find(std::string(member));
      if (payload == entry.end() || !payload->is_string()) continue;
      *payload = Keep(payload->get<std::string>(), MemberPath(path, member));
    }
    const auto data = entry.find("data");
    if (data == entry.end() || !data->is_binary()) return;
    // A list in a file is a list of bodies.
    std::string file =
        Add(data_name, absl::StrCat("[", VerbatimText(*data), "]\n"));
    entry.erase("data");
    entry["payload"] = std::move(file);
  }

  // Reads a payload once, however many instances name it. Returns its new path.
  std::string Keep(const std::string& path, const std::string& member) {
    const absl::StatusOr<std::string> full =
        FindRelativeFile(folder_, path, "a JSON file");
    if (!full.ok()) {
      issues_.Add(member, absl::StrCat(full.status().message(), ", found ",
                                       ShortQuote(path)));
      return path;
    }
    const auto known = kept_.find(*full);
    if (known != kept_.end()) return known->second;
    absl::StatusOr<std::string> text = ReadTextFile(*full, kMaxJsonFileBytes);
    if (!text.ok()) {
      issues_.Add(member, text.status().message());
      return path;
    }
    bytes_ += text->size();
    if (bytes_ > kMaxPayloadBytes) {
      issues_.Add(member, absl::StrCat("payloads have more than ",
                                       kMaxPayloadBytes, " bytes in all"));
      return path;
    }
    if (IsPrivateFile(*full)) template_.is_private = true;
    std::string added =
        Add(fs::path(*full).filename().string(), *std::move(text));
    kept_.emplace(*full, added);
    return added;
  }

  // Adds a payload file; names differ, also on file systems that ignore case.
  // Returns its path.
  std::string Add(const std::string& wanted, std::string text) {
    const fs::path parts = FileWord(wanted);
    const std::string name =
        names_.Next(parts.stem().string(), parts.extension().string());
    template_.payloads.push_back(
        {absl::StrCat("payloads/", name), std::move(text)});
    return template_.payloads.back().path;
  }

  const std::string folder_;
  WorkloadIssues& issues_;
  TraceTemplate template_;
  std::map<std::string, std::string> kept_;  // new paths, by full path
  FileNames names_;
  uint64_t bytes_ = 0;
};

}  // namespace

absl::StatusOr<TraceTemplate> ReadTraceTemplate(const std::string& path) {
  const absl::StatusOr<std::string> text =
      ReadTextFile(path, kMaxWorkloadBytes);
  if (!text.ok()) return absl::InvalidArgumentError(text.status().message());
  WorkloadIssues issues(path);
  absl::StatusOr<Json> root = ReadObject(path, *text, issues, kVerbatimBodies);
  if (!root.ok()) return root.status();
  TemplateReader reader(fs::path(path).parent_path().string(), issues);
  TraceTemplate found = reader.Read(*std::move(root));
  if (issues.has_errors()) return issues.ToStatus();
  if (IsPrivateFile(path)) found.is_private = true;
  return found;
}

}  // namespace invocator
