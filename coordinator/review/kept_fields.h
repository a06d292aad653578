// Reads the members of one object of a summary: a FieldReader that also reports
// absent members that every summary has.
//
// Borrows object and issues, which must outlive it.
#ifndef INVOCATOR_COORDINATOR_REVIEW_KEPT_FIELDS_H_
#define INVOCATOR_COORDINATOR_REVIEW_KEPT_FIELDS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "coordinator/json/field_reader.h"
#include "coordinator/json/workload_issues.h"

namespace invocator {

class KeptFields : public FieldReader {
 public:
  // REQUIRES: object.is_object()
  KeptFields(const Json& object, std::string path, WorkloadIssues& issues)
      : FieldReader(object, std::move(path), issues), issues_(issues) {}

  // Required members. Wrong or absent: zero, empty or nullopt, and an error.
  uint64_t TheCount(absl::string_view key);
  double TheNumber(absl::string_view key, const NumberRange& range);
  std::string TheString(absl::string_view key);
  std::optional<KeptFields> TheObject(absl::string_view key);

  // Members that may be absent.
  std::optional<KeptFields> Object(absl::string_view key);
  std::vector<std::string> Strings(absl::string_view key);
  // `member`: the value of `key`, already looked up.
  std::optional<KeptFields> AsObject(absl::string_view key,
                                     const Json& member) const;
  // The elements of a list of objects.
  std::vector<KeptFields> Objects(absl::string_view key);

 private:
  WorkloadIssues& issues_;
};

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_REVIEW_KEPT_FIELDS_H_
