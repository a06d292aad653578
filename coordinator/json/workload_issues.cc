#include "coordinator/json/workload_issues.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/words/foreign_text.h"
#include "common/words/listing.h"
#include "coordinator/json/json_reader.h"

namespace invocator {

std::string WorkloadIssues::Line(absl::string_view path,
                                 absl::string_view what) const {
  return path.empty() ? absl::StrCat(file_, ": ", what)
                      : absl::StrCat(file_, ": ", path, ": ", what);
}

void WorkloadIssues::Add(absl::string_view path, absl::string_view what) {
  std::string line = CleanLine(Line(path, what));
  if (seen_.insert(line).second) lines_.push_back(std::move(line));
}

void WorkloadIssues::Warn(absl::string_view path, absl::string_view what) {
  std::string line = CleanLine(Line(path, what));
  if (seen_.insert(line).second) warnings_.push_back(std::move(line));
}

void WorkloadIssues::NoteComment(absl::string_view path) {
  if (comments_++ == 0) first_comment_ = std::string(path);
}

std::vector<std::string> WorkloadIssues::warnings() const {
  std::vector<std::string> all = warnings_;
  if (comments_ == 0) return all;
  const size_t more = comments_ - 1;
  all.push_back(Line(
      first_comment_,
      absl::StrCat("ignored as a comment",
                   more == 0 ? ""
                             : absl::StrCat(", as ", Counted(more, "more key"),
                                            " of its kind"))));
  return all;
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
                   Counted(lines_.size() - kMaxLines, "more error")));
}

absl::StatusOr<Json> ReadObject(const std::string& file, absl::string_view text,
                                WorkloadIssues& issues,
                                const VerbatimMembers& verbatim) {
  absl::StatusOr<JsonDocument> document = ReadJson(file, text, verbatim);
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
