#include "coordinator/workload/version_reader.h"

#include <cstddef>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "common/aws/function_name.h"
#include "coordinator/json/json.h"
#include "coordinator/workload/workload_keys.h"

namespace invocator {
namespace {

constexpr absl::string_view kKey = "versions";
constexpr size_t kMaxNameBytes = 64;

bool IsVersionName(absl::string_view name) {
  return !name.empty() && name.size() <= kMaxNameBytes &&
         absl::c_all_of(name, [](char c) {
           return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
                  c == '_' || c == '.' || c == '-';
         });
}

// Keys of an instance that a version may have, too.
std::vector<absl::string_view> VersionKeys() {
  std::vector<absl::string_view> keys;
  for (const absl::string_view key : kInstanceKeys) {
    const bool is_refused =
        absl::c_any_of(kRefusedVersionKeys,
                       [key](const RefusedKey& r) { return r.key == key; });
    if (!is_refused) keys.push_back(key);
  }
  return keys;
}

std::string MemoryWords(const InstancePlan& plan) {
  return plan.memory_size_mb ? absl::StrCat(*plan.memory_size_mb, " MB")
                             : "none";
}

// The signed instance's function, as "name (region)"; empty if it names none.
// Other qualifiers have other memory sizes.
std::string FunctionOf(const InstancePlan& plan) {
  if (!plan.signing || plan.application.empty()) return "";
  const absl::StatusOr<FunctionName> name = ParseFunctionName(plan.application);
  if (!name.ok()) return "";
  const bool is_latest = name->qualifier == "$LATEST";
  return absl::StrCat(
      name->account, name->account.empty() ? "" : ":", name->name,
      name->qualifier.empty() || is_latest ? "" : ":",
      is_latest ? "" : name->qualifier, " (",
      name->region.empty() ? plan.signing->region : name->region, ")");
}

}  // namespace

std::optional<InstanceVersions> ReadVersions(FieldReader& fields,
                                             bool is_blocking,
                                             WorkloadIssues& issues) {
  const std::optional<size_t> pairing = fields.Choice("pairing", kPairings);
  const Json* object = fields.Find(kKey);
  if (object == nullptr) {
    if (fields.Has("pairing")) {
      fields.Error("pairing", "expected \"versions\" beside it");
    }
    return std::nullopt;
  }
  InstanceVersions versions;
  versions.pairing = static_cast<Pairing>(pairing.value_or(0));
  const std::string expectation =
      absl::StrCat("an object of ", kMinVersions, " to ", kMaxVersions,
                   " versions, each an object of the keys that differ");
  if (!object->is_object()) {
    fields.ValueError(kKey, expectation);
    return versions;
  }
  if (is_blocking) {
    fields.Error(kKey,
                 "expected \"blocking_cli\": false: where a call waits for the "
                 "one before it, a slower version has another schedule");
  }
  const std::string path = fields.PathOf(kKey);
  const std::vector<absl::string_view> known = VersionKeys();
  size_t count = 0;
  for (const auto& [name, entry] : object->get_ref<const Json::object_t&>()) {
    const std::string own_path = MemberPath(path, name);
    if (IsCommentKey(name) && !entry.is_object()) {
      issues.NoteComment(own_path);
      continue;
    }
    if (++count > kMaxVersions) continue;
    if (!IsVersionName(name)) {
      issues.Add(own_path, absl::StrCat("expected a version's name of 1 to ",
                                        kMaxNameBytes,
                                        " letters, digits, '_', '-' and '.'"));
    }
    if (!entry.is_object()) {
      issues.AddValue(own_path, entry, "an object of the keys that differ");
      continue;
    }
    versions.list.push_back({.name = name,
                             .fields = FieldReader(entry, own_path, fields),
                             .own = FieldReader(entry, own_path, issues)});
    versions.list.back().own.RefuseUnknownKeys(
        {.known = known, .refused = kRefusedVersionKeys, .has_comments = true});
  }
  if (count < kMinVersions || count > kMaxVersions) {
    fields.Error(kKey,
                 absl::StrCat("expected ", expectation, ", found ", count));
  }
  return versions;
}

void CheckVersionMemory(absl::Span<const InstancePlan> plans,
                        InstanceVersions& versions) {
  absl::flat_hash_map<std::string, size_t> first_of;
  for (size_t i = 0; i < plans.size(); ++i) {
    const std::string function = FunctionOf(plans[i]);
    if (function.empty()) continue;
    const size_t first = first_of.try_emplace(function, i).first->second;
    if (plans[first].memory_size_mb == plans[i].memory_size_mb) continue;
    versions.list[i].fields.Error(
        "memory_size",
        absl::StrCat("versions ", ShortQuote(versions.list[first].name),
                     " and ", ShortQuote(versions.list[i].name),
                     " call one function, ", function,
                     ", but want memory sizes of ", MemoryWords(plans[first]),
                     " and ", MemoryWords(plans[i]),
                     ": expected one size, as they run side by side"));
  }
}

}  // namespace invocator
