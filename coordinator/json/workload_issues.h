// Gathers what is wrong with a workload file, and what is merely odd: one line
// each.
#ifndef INVOCATOR_COORDINATOR_JSON_WORKLOAD_ISSUES_H_
#define INVOCATOR_COORDINATOR_JSON_WORKLOAD_ISSUES_H_

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

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

  // Words for people, of the same form.
  void Warn(absl::string_view path, absl::string_view what);
  // Notes a comment key: a file gets one warning for all of them.
  void NoteComment(absl::string_view path);

  bool has_errors() const { return !lines_.empty(); }
  std::vector<std::string> warnings() const;

  // OK without errors, else INVALID_ARGUMENT with the lines in the order added;
  // of very many, the first thousand.
  absl::Status ToStatus() const;

 private:
  std::string Line(absl::string_view path, absl::string_view what) const;

  std::string file_;
  std::vector<std::string> lines_;
  std::vector<std::string> warnings_;
  std::string first_comment_;  // its path
  size_t comments_ = 0;
};

// The object that is a file's text. Keys that come twice go to `issues`; an
// error if the text is no JSON, or no object.
absl::StatusOr<Json> ReadObject(const std::string& file, absl::string_view text,
                                WorkloadIssues& issues,
                                const VerbatimMembers& verbatim = {});

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_JSON_WORKLOAD_ISSUES_H_
