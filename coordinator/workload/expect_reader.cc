#include "coordinator/workload/expect_reader.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "coordinator/workload/workload_keys.h"

namespace invocator {
namespace {

constexpr absl::string_view kStatuses =
    "a list of at least one status, such as [200, 404]";

std::optional<uint16_t> StatusOf(const Json& value) {
  const double number = value.is_number() ? value.get<double>() : 0;
  if (!(number >= kMinExpectedStatus && number <= kMaxExpectedStatus) ||
      number != std::floor(number)) {
    return std::nullopt;
  }
  return static_cast<uint16_t>(number);
}

}  // namespace

void ReadExpect(FieldReader& fields, WorkloadIssues& issues,
                InstancePlan& instance) {
  const Json* expect = fields.Find("expect");
  if (expect == nullptr) return;
  if (!expect->is_object()) {
    fields.ValueError("expect", "an object such as {\"status\": [200, 404]}");
    return;
  }
  FieldReader members(*expect, fields.PathOf("expect"), issues);
  members.RefuseUnknownKeys(KeySet{.known = kExpectKeys, .has_comments = true});
  members.Require("status", kStatuses);
  const Json* list = members.Find("status");
  if (list == nullptr) return;
  if (!list->is_array() || list->empty()) {
    members.ValueError("status", kStatuses);
    return;
  }
  std::vector<uint16_t>& statuses = instance.expected_statuses;
  const std::string path = members.PathOf("status");
  for (size_t i = 0; i < list->size(); ++i) {
    if (const auto status = StatusOf((*list)[i])) {
      statuses.push_back(*status);
    } else {
      issues.AddValue(
          ElementPath(path, i), (*list)[i],
          absl::StrCat("a final HTTP status, an integer from ",
                       kMinExpectedStatus, " to ", kMaxExpectedStatus));
    }
  }
  absl::c_sort(statuses);
  statuses.erase(std::unique(statuses.begin(), statuses.end()), statuses.end());
}

}  // namespace invocator
