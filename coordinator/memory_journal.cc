#include "coordinator/memory_journal.h"

#include <algorithm>
#include <filesystem>
#include <optional>

#include "absl/strings/str_cat.h"
#include "common/address.h"
#include "common/function_name.h"
#include "coordinator/durable_file.h"
#include "coordinator/field_reader.h"
#include "coordinator/json_reader.h"
#include "coordinator/memory_size.h"
#include "coordinator/text_file.h"
#include "coordinator/workload_issues.h"

namespace invocator {
namespace {

constexpr uint32_t kSchemaVersion = 1;
constexpr size_t kMaxJournalBytes = size_t{4} * 1024 * 1024;
// In the order of the enum.
constexpr absl::string_view kStates[] = {"changed", "restored", "left"};

constexpr absl::string_view kJournalKeys[] = {"schema_version", "endpoint_url",
                                              "functions"};
constexpr absl::string_view kChangeKeys[] = {"application", "region",
                                             "before_mb", "set_mb", "state"};

std::string PathIn(const std::string& folder) {
  return absl::StrCat(folder, "/", kMemoryJournalName);
}

bool IsRegion(const std::string& text) {
  return !text.empty() && text.size() <= 64 &&
         text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") ==
             std::string::npos;
}

std::optional<uint32_t> ReadSize(FieldReader& fields, absl::string_view key) {
  constexpr absl::string_view kExpected = "a memory size in MB";
  fields.Require(key, kExpected);
  const auto size = fields.Uint32(key);
  if (size && !IsMemorySize(*size)) fields.ValueError(key, kExpected);
  return size;
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
  change.before_mb = ReadSize(fields, "before_mb").value_or(0);
  change.set_mb = ReadSize(fields, "set_mb").value_or(0);
  fields.Require("state", "changed, restored or left");
  change.state = static_cast<MemoryChange::State>(
      fields.Choice("state", kStates).value_or(0));
  fields.RefuseUnknownKeys(kChangeKeys);
  return change;
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
  fields.Require("schema_version", absl::StrCat(kSchemaVersion));
  const auto version = fields.Uint32("schema_version");
  if (version && *version != kSchemaVersion) {
    fields.ValueError("schema_version", absl::StrCat(kSchemaVersion));
  }
  MemoryJournal journal(folder, fields.String("endpoint_url").value_or(""));
  if (!journal.endpoint_url_.empty()) {
    const absl::Status status = AddressOfUrl(journal.endpoint_url_).status();
    if (!status.ok()) fields.Error("endpoint_url", status.message());
  }
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
        journal.changes_.push_back(ReadChange(change));
      }
    }
  }
  fields.RefuseUnknownKeys(kJournalKeys);
  if (issues.has_errors()) return issues.ToStatus();
  return journal;
}

absl::Status MemoryJournal::Add(MemoryChange change) {
  changes_.push_back(std::move(change));
  absl::Status status = Write();
  if (!status.ok()) changes_.pop_back();
  return status;
}

absl::Status MemoryJournal::SetState(size_t change, MemoryChange::State state) {
  changes_[change].state = state;
  return Write();
}

bool MemoryJournal::is_pending() const {
  return std::any_of(changes_.begin(), changes_.end(),
                     [](const MemoryChange& change) {
                       return change.state == MemoryChange::State::kChanged;
                     });
}

absl::Status MemoryJournal::Write() const {
  Json journal = Json::object();
  journal["schema_version"] = kSchemaVersion;
  journal["endpoint_url"] = endpoint_url_;
  journal["functions"] = Json::array();
  for (const MemoryChange& change : changes_) {
    journal["functions"].push_back(
        {{"application", change.function.name},
         {"region", change.function.region},
         {"before_mb", change.before_mb},
         {"set_mb", change.set_mb},
         {"state", std::string(MemoryStateName(change.state))}});
  }
  return ReplaceDurably(PathIn(folder_), absl::StrCat(journal.dump(2), "\n"));
}

}  // namespace invocator
