#include "coordinator/trace/trace_writer.h"

#include <filesystem>
#include <system_error>

#include "absl/container/flat_hash_set.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/words/foreign_text.h"
#include "coordinator/text/file_names.h"
#include "coordinator/text/text_file.h"
#include "coordinator/workload/workload.h"

namespace invocator {
namespace {

namespace fs = std::filesystem;

// Names end with a rank, which keeps them different whatever is replaced.
std::string CountsPath(absl::string_view instance) {
  std::string file = FileWord(instance);
  // File systems refuse names of 256 bytes.
  constexpr size_t kMostBytes = 200;
  if (file.size() > kMostBytes) file.erase(0, file.size() - kMostBytes);
  return absl::StrCat("counts/", file, ".csv");
}

std::string CountsText(const std::vector<uint32_t>& counts) {
  std::string text = "count\n";
  for (const uint32_t count : counts) absl::StrAppend(&text, count, "\n");
  return text;
}

std::string JsonText(const Json& value) {
  return absl::StrCat(value.dump(4, ' ', false, Json::error_handler_t::replace),
                      "\n");
}

absl::Status SystemError(const std::string& path, const std::error_code& error,
                         absl::string_view what) {
  return absl::ErrnoToStatus(error.value(),
                             absl::StrCat(path, ": cannot be ", what));
}

// Removes everything written unless it is kept.
class NewFolder {
 public:
  static absl::StatusOr<NewFolder> Create(const std::string& path) {
    absl::Status status = CheckNewFolder(path);
    if (!status.ok()) return status;
    std::error_code error;
    const bool existed = fs::exists(path, error);
    fs::create_directories(path, error);
    if (error) return SystemError(path, error, "created");
    return NewFolder(path, existed);
  }
  NewFolder(NewFolder&& other) noexcept
      : path_(std::move(other.path_)),
        existed_(other.existed_),
        remove_(std::exchange(other.remove_, false)) {}
  NewFolder& operator=(NewFolder&&) = delete;
  ~NewFolder() {
    if (!remove_) return;
    std::error_code ignored;
    for (const char* part :
         {"counts", "payloads", "workload.json", "trace.json"}) {
      fs::remove_all(fs::path(path_) / part, ignored);
    }
    // Removes an empty folder only.
    if (!existed_) fs::remove(path_, ignored);
  }

  absl::Status Write(const std::string& name, absl::string_view text,
                     Readers readers) const {
    const fs::path path = fs::path(path_) / name;
    std::error_code error;
    fs::create_directories(path.parent_path(), error);
    if (error) {
      return SystemError(path.parent_path().string(), error, "created");
    }
    return WriteNewTextFile(path.string(), path.string(), text, readers);
  }
  void Keep() { remove_ = false; }

 private:
  NewFolder(std::string path, bool existed)
      : path_(std::move(path)), existed_(existed) {}

  std::string path_;
  bool existed_ = false;
  bool remove_ = true;
};

// Payloads of the instances that functions were mapped to.
absl::flat_hash_set<std::string> NamedPayloads(const TraceTemplate& onto,
                                               const TracedWorkload& workload) {
  absl::flat_hash_set<std::string> named;
  for (const TracedFunction& function : workload.functions) {
    for (const char* member : {"payload", "param_file"}) {
      const Json& entry = onto.instances[function.instance].entry;
      const auto path = entry.find(member);
      if (path != entry.end() && path->is_string()) {
        named.insert(path->get<std::string>());
      }
    }
  }
  return named;
}

absl::Status WriteFiles(const TraceTemplate& onto,
                        const TracedWorkload& workload,
                        const NewFolder& folder) {
  const Readers readers = onto.is_private ? Readers::kOwner : Readers::kUmask;
  const absl::flat_hash_set<std::string> named = NamedPayloads(onto, workload);
  for (const TemplatePayload& payload : onto.payloads) {
    if (!named.contains(payload.path)) continue;
    absl::Status status = folder.Write(payload.path, payload.text, readers);
    if (!status.ok()) return status;
  }
  const std::vector<std::string> names = InstanceNames(onto, workload);
  for (size_t i = 0; i < names.size(); ++i) {
    absl::Status status =
        folder.Write(CountsPath(names[i]),
                     CountsText(workload.functions[i].counts), readers);
    if (!status.ok()) return status;
  }
  absl::Status status = folder.Write(
      "workload.json", JsonText(WorkloadJson(onto, workload)), readers);
  if (!status.ok()) return status;
  return folder.Write("trace.json", JsonText(TraceJson(onto, workload)),
                      readers);
}

}  // namespace

std::vector<std::string> InstanceNames(const TraceTemplate& onto,
                                       const TracedWorkload& workload) {
  const auto width =
      static_cast<int>(absl::StrCat(workload.functions.size()).size());
  std::vector<std::string> names;
  for (const TracedFunction& function : workload.functions) {
    names.push_back(absl::StrFormat("%s-%0*d",
                                    onto.instances[function.instance].name,
                                    width, names.size() + 1));
  }
  return names;
}

absl::Status CheckNewFolder(const std::string& folder) {
  std::error_code error;
  if (!fs::exists(folder, error)) return absl::OkStatus();
  if (!fs::is_directory(folder, error)) {
    return absl::AlreadyExistsError(
        absl::StrCat(folder, ": is a file, expected a new folder"));
  }
  const bool is_empty = fs::is_empty(folder, error);
  if (error) return SystemError(folder, error, "read");
  if (is_empty) return absl::OkStatus();
  return absl::AlreadyExistsError(absl::StrCat(
      folder, ": is not empty; workloads are never written over other files"));
}

Json WorkloadJson(const TraceTemplate& onto, const TracedWorkload& workload) {
  Json root = onto.top;
  root["test_duration_in_seconds"] = workload.window.length_s();
  const std::vector<std::string> names = InstanceNames(onto, workload);
  auto& instances =
      (root["instances"] = Json::object()).get_ref<Json::object_t&>();
  for (size_t i = 0; i < names.size(); ++i) {
    Json entry = onto.instances[workload.functions[i].instance].entry;
    Json arrivals = {{"counts", CountsPath(names[i])},
                     {"bin_in_seconds", workload.bin_s}};
    if (workload.thin < 1) arrivals["thin"] = workload.thin;
    entry["arrivals"] = std::move(arrivals);
    instances.emplace_back(names[i], std::move(entry));
  }
  return root;
}

Json TraceJson(const TraceTemplate& onto, const TracedWorkload& workload) {
  Json root = Json::object();
  root["format"] = workload.format;
  root["sources"] = Json::array();
  for (const TraceSource& source : workload.sources) {
    root["sources"].push_back({{"file", CleanLine(source.file)},
                               {"bytes", source.bytes},
                               {"sha256", source.sha256}});
  }
  root["window"] = {{"start_s", workload.window.start_s},
                    {"minutes", workload.window.minutes},
                    {"bin_in_seconds", workload.bin_s}};
  root["options"] = workload.options;
  root["seed"] = workload.seed;
  root["peak_per_s"] = workload.peak_per_s;
  root["thin"] = workload.thin;
  root["dropped"] = Json::object();
  for (const auto& [reason, count] : workload.dropped) {
    root["dropped"][reason] = count;
  }
  const std::vector<std::string> names = InstanceNames(onto, workload);
  Json& functions = root["functions"] = Json::array();
  for (size_t i = 0; i < names.size(); ++i) {
    const TracedFunction& function = workload.functions[i];
    functions.push_back(
        {{"instance", names[i]},
         {"template", onto.instances[function.instance].name},
         {"function", CleanLine(function.name, kMaxQuotedText)},
         {"row", function.row},
         {"calls", function.calls},
         {"duration_ms",
          function.duration_ms ? Json(*function.duration_ms) : Json(nullptr)},
         {"mapped", function.by_duration ? "by duration" : "in turn"}});
  }
  return root;
}

absl::Status WriteTracedWorkload(const TraceTemplate& onto,
                                 const TracedWorkload& workload,
                                 const std::string& folder) {
  absl::StatusOr<NewFolder> made = NewFolder::Create(folder);
  if (!made.ok()) return made.status();
  absl::Status status = WriteFiles(onto, workload, *made);
  if (!status.ok()) return status;
  WorkloadOptions options = SystemWorkloadOptions();
  // Nothing is sent.
  options.header_variables.required = false;
  status = LoadWorkload((fs::path(folder) / "workload.json").string(), options)
               .status();
  if (status.ok()) made->Keep();
  return status;
}

}  // namespace invocator
