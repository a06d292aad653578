// Collects errors and warnings about a workload file, one line each. A line
// that is there already is not added again: instances may share members.
#ifndef INVOCATOR_COORDINATOR_JSON_WORKLOAD_ISSUES_H_
#define INVOCATOR_COORDINATOR_JSON_WORKLOAD_ISSUES_H_

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "coordinator/json/json.h"

namespace invocator {

class WorkloadIssues {
 public:
  explicit WorkloadIssues(std::string file) : file_(std::move(file)) {}

  // "<file>: <path>: <what>"
  void Add(absl::string_view path, absl::string_view what);
  // "<file>: <path>: expected <expectation>, found <value, cut short>"
  void AddValue(absl::string_view path, const Json& value,
                absl::string_view expectation);

  // Adds a warning, in the same form.
  void Warn(absl::string_view path, absl::string_view what);
  // Notes a comment key: a file gets one warning for all of them.
  void NoteComment(absl::string_view path);

  bool has_errors() const { return !lines_.empty(); }
  std::vector<std::string> warnings() const;

  // OK without errors, else INVALID_ARGUMENT with the lines in the order added,
  // at most the first thousand.
  absl::Status ToStatus() const;

 private:
  std::string Line(absl::string_view path, absl::string_view what) const;

  std::string file_;
  std::vector<std::string> lines_;
  absl::flat_hash_set<std::string> seen_;  // errors and warnings
  std::vector<std::string> warnings_;
  std::string first_comment_;  // its path
  size_t comments_ = 0;
};

// Reads a file's text as one JSON object. Repeated keys go to `issues`; an
// error if the text is not JSON or not an object.
absl::StatusOr<Json> ReadObject(const std::string& file, absl::string_view text,
                                WorkloadIssues& issues,
                                const VerbatimMembers& verbatim = {});

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_JSON_WORKLOAD_ISSUES_H_
