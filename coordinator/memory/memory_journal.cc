#include "coordinator/memory/memory_journal.h"

#include <algorithm>
#include <filesystem>
#include <optional>

#include "absl/strings/str_cat.h"
#include "common/aws/function_name.h"
#include "common/http/service_url.h"
#include "common/plan/plan.h"
#include "coordinator/json/field_reader.h"
#include "coordinator/json/json_reader.h"
#include "coordinator/json/workload_issues.h"
#include "coordinator/text/durable_file.h"
#include "coordinator/text/text_file.h"

namespace invocator {
namespace {

constexpr uint32_t kSchemaVersion = 2;
constexpr size_t kMaxJournalBytes = size_t{4} * 1024 * 1024;
// In the order of the enum.
constexpr absl::string_view kStates[] = {"changing", "changed", "restored",
                                         "left"};

constexpr absl::string_view kJournalKeys[] = {"schema_version", "endpoint_url",
                                              "functions"};
constexpr absl::string_view kChangeKeys[] = {
    "application", "region", "function_arn", "endpoint_url",
    "before_mb",   "set_mb", "state"};

std::string PathIn(const std::string& folder) {
  return absl::StrCat(folder, "/", kMemoryJournalName);
}

bool IsRegion(const std::string& text) {
  return !text.empty() && text.size() <= 64 &&
         text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") ==
             std::string::npos;
}

std::optional<uint32_t> ReadSize(FieldReader& fields, absl::string_view key,
                                 bool (*is_right)(uint32_t)) {
  constexpr absl::string_view kExpected = "a memory size in MB";
  fields.Require(key, kExpected);
  const auto size = fields.Uint32(key);
  if (size && !is_right(*size)) fields.ValueError(key, kExpected);
  return size;
}

// Empty if there is none.
std::string ReadEndpoint(FieldReader& fields) {
  std::string url = fields.String("endpoint_url").value_or("");
  if (!url.empty()) {
    const absl::Status status = ParseServiceUrl(url).status();
    if (!status.ok()) fields.Error("endpoint_url", status.message());
  }
  return url;
}

MemoryChange ReadChange(FieldReader& fields) {
  MemoryChange change;
  fields.Require("application", "a function's name");
  if (auto name = fields.String("application")) {
    const absl::Status status = ParseFunctionName(*name).status();
    if (!status.ok()) fields.Error("application", status.message());
    change.function.name = *std::move(name);
  }
  fields.Require("region", "an AWS region");
  if (auto region = fields.String("region")) {
    if (!IsRegion(*region)) fields.ValueError("region", "an AWS region");
    change.function.region = *std::move(region);
  }
  change.arn = fields.String("function_arn").value_or("");
  change.function.endpoint_url = ReadEndpoint(fields);
  change.before_mb = ReadSize(fields, "before_mb", IsFoundMemory).value_or(0);
  change.set_mb = ReadSize(fields, "set_mb", IsMemorySize).value_or(0);
  fields.Require("state", "changing, changed, restored or left");
  change.state = static_cast<MemoryChange::State>(
      fields.Choice("state", kStates).value_or(0));
  fields.RefuseUnknownKeys(kChangeKeys);
  return change;
}

template <typename Changes>
auto FindIn(Changes& changes, const LambdaFunction& function) {
  return std::find_if(changes.begin(), changes.end(),
                      [&function](const MemoryChange& change) {
                        return change.function == function;
                      });
}

}  // namespace

absl::string_view MemoryStateName(MemoryChange::State state) {
  return kStates[static_cast<size_t>(state)];
}

absl::StatusOr<MemoryJournal> MemoryJournal::Read(const std::string& folder) {
  const std::string path = PathIn(folder);
  absl::StatusOr<std::string> text = ReadTextFile(path, kMaxJournalBytes);
  if (!text.ok()) return text.status();
  const absl::StatusOr<JsonDocument> document = ReadJson(path, *text);
  if (!document.ok()) return document.status();
  WorkloadIssues issues(path);
  if (!document->root.is_object()) {
    issues.AddValue("", document->root, "an object");
    return issues.ToStatus();
  }
  FieldReader fields(document->root, "", issues);
  const std::string versions = absl::StrCat("1 to ", kSchemaVersion);
  fields.Require("schema_version", versions);
  const uint32_t version = fields.Uint32("schema_version").value_or(1);
  if (version < 1 || version > kSchemaVersion) {
    fields.ValueError("schema_version", versions);
  }
  MemoryJournal journal(folder, ReadEndpoint(fields));
  fields.Require("functions", "a list of changes");
  if (const Json* functions = fields.Find("functions")) {
    if (!functions->is_array()) {
      fields.ValueError("functions", "a list of changes");
    } else {
      for (size_t i = 0; i < functions->size(); ++i) {
        const std::string place = ElementPath("functions", i);
        if (!(*functions)[i].is_object()) {
          issues.AddValue(place, (*functions)[i], "an object");
          continue;
        }
        FieldReader change((*functions)[i], place, issues);
        MemoryChange read = ReadChange(change);
        if (journal.Find(read.function) != nullptr) {
          change.ValueError("application", "every function once");
        }
        if (version == 1 && read.state == MemoryChange::State::kChanged) {
          read.state = MemoryChange::State::kChanging;
        }
        journal.changes_.push_back(std::move(read));
      }
    }
  }
  fields.RefuseUnknownKeys(kJournalKeys);
  if (issues.has_errors()) return issues.ToStatus();
  return journal;
}

absl::Status MemoryJournal::Record(MemoryChange change) {
  std::vector<MemoryChange> before = changes_;
  const auto found = FindIn(changes_, change.function);
  if (found == changes_.end()) {
    changes_.push_back(std::move(change));
  } else {
    *found = std::move(change);
  }
  absl::Status status = Write();
  if (!status.ok()) changes_ = std::move(before);
  return status;
}

absl::Status MemoryJournal::SetState(const LambdaFunction& function,
                                     MemoryChange::State state) {
  FindIn(changes_, function)->state = state;
  return Write();
}

const MemoryChange* MemoryJournal::Find(const LambdaFunction& function) const {
  const auto found = FindIn(changes_, function);
  return found == changes_.end() ? nullptr : &*found;
}

std::string MemoryJournal::path() const { return PathIn(folder_); }

void MemoryJournal::MoveTo(const std::string& endpoint_url) {
  endpoint_url_ = endpoint_url;
  for (MemoryChange& change : changes_) change.function.endpoint_url.clear();
}

bool MemoryJournal::is_pending() const {
  return std::any_of(
      changes_.begin(), changes_.end(),
      [](const MemoryChange& change) { return change.IsPending(); });
}

absl::Status MemoryJournal::Write() const {
  Json journal = Json::object();
  journal["schema_version"] = kSchemaVersion;
  journal["endpoint_url"] = endpoint_url_;
  journal["functions"] = Json::array();
  for (const MemoryChange& change : changes_) {
    Json entry = {{"application", change.function.name},
                  {"region", change.function.region},
                  {"function_arn", change.arn},
                  {"before_mb", change.before_mb},
                  {"set_mb", change.set_mb},
                  {"state", std::string(MemoryStateName(change.state))}};
    if (!change.function.endpoint_url.empty()) {
      entry["endpoint_url"] = change.function.endpoint_url;
    }
    journal["functions"].push_back(std::move(entry));
  }
  return ReplaceDurably(
      path(),
      absl::StrCat(journal.dump(2, ' ', false, Json::error_handler_t::replace),
                   "\n"));
}

}  // namespace invocator
