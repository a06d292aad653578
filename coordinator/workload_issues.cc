#include "coordinator/workload_issues.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/foreign_text.h"
#include "coordinator/json_reader.h"

namespace invocator {

std::string WorkloadIssues::Line(absl::string_view path,
                                 absl::string_view what) const {
  return path.empty() ? absl::StrCat(file_, ": ", what)
                      : absl::StrCat(file_, ": ", path, ": ", what);
}

void WorkloadIssues::Add(absl::string_view path, absl::string_view what) {
  lines_.push_back(CleanLine(Line(path, what)));
}

void WorkloadIssues::Warn(absl::string_view path, absl::string_view what) {
  warnings_.push_back(CleanLine(Line(path, what)));
}

void WorkloadIssues::AddValue(absl::string_view path, const Json& value,
                              absl::string_view expectation) {
  Add(path,
      absl::StrCat("expected ", expectation, ", found ", ShortDump(value)));
}

absl::Status WorkloadIssues::ToStatus() const {
  constexpr size_t kMaxLines = 1000;
  if (lines_.empty()) return absl::OkStatus();
  if (lines_.size() <= kMaxLines) {
    return absl::InvalidArgumentError(absl::StrJoin(lines_, "\n"));
  }
  const std::vector<std::string> first(lines_.begin(),
                                       lines_.begin() + kMaxLines);
  return absl::InvalidArgumentError(
      absl::StrCat(absl::StrJoin(first, "\n"), "\n", file_, ": and ",
                   lines_.size() - kMaxLines, " more errors"));
}

absl::StatusOr<Json> ReadObject(const std::string& file, absl::string_view text,
                                WorkloadIssues& issues) {
  absl::StatusOr<JsonDocument> document = ReadJson(file, text);
  if (!document.ok()) return document.status();
  for (const std::string& path : document->duplicates) {
    issues.Add(path, "is there twice, expected every key once");
  }
  if (!document->root.is_object()) {
    issues.AddValue("", document->root, "an object");
    return issues.ToStatus();
  }
  return std::move(document->root);
}

}  // namespace invocator
