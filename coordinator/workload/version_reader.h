// Reads the versions of an instance: names, and the keys that each has instead
// of the instance's. Every version becomes an instance, "NAME@VERSION".
#ifndef INVOCATOR_COORDINATOR_WORKLOAD_VERSION_READER_H_
#define INVOCATOR_COORDINATOR_WORKLOAD_VERSION_READER_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "common/arrivals/arrival_spec.h"
#include "common/plan/plan.h"
#include "coordinator/json/field_reader.h"
#include "coordinator/json/workload_issues.h"

namespace invocator {

// Separates the names of instance and version. No version's name contains it.
inline constexpr absl::string_view kVersionMark = "@";

// Borrows the workload's JSON.
struct InstanceVersions {
  struct Version {
    std::string name;
    // Its own keys, over the instance's.
    FieldReader fields;
    // Its own keys alone.
    FieldReader own;
  };

  Pairing pairing = Pairing::kBoth;
  std::vector<Version> list;  // in the file's order
};

// Versions of the instance whose members are `fields`, which must outlive the
// result; nullopt without "versions". Errors, which leave out what is wrong, go
// to `issues`, those of `fields`. `is_blocking`: the workload's "blocking_cli".
std::optional<InstanceVersions> ReadVersions(FieldReader& fields,
                                             bool is_blocking,
                                             WorkloadIssues& issues);

// Adds an error for versions of one function that want different memory sizes.
// `plans`: one for each version.
void CheckVersionMemory(absl::Span<const InstancePlan> plans,
                        InstanceVersions& versions);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_WORKLOAD_VERSION_READER_H_
