// Reads "arrivals" of an instance: counts or timestamps of calls from a file.
#ifndef INVOCATOR_COORDINATOR_SHAPES_CALLS_READER_H_
#define INVOCATOR_COORDINATOR_SHAPES_CALLS_READER_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "common/arrivals/arrival_spec.h"
#include "common/base/temporary_file.h"
#include "coordinator/json/field_reader.h"
#include "coordinator/json/workload_issues.h"

namespace invocator {

// Files of a workload's arrivals.
struct CallsFiles {
  std::string folder;       // start of relative paths
  size_t bins = 0;          // of counts read so far
  uint64_t timestamps = 0;  // read so far
  // Holds all timestamps; created when first needed.
  std::shared_ptr<TemporaryFile> tapes = nullptr;
  // Whether group or others may not read one of the files.
  bool has_private = false;
};

// Reads the key into `spec`, whose seed and stream are set. Files are not read
// without a duration, whose own error is in `issues`. Errors go to `issues`,
// which are those of `fields`. REQUIRES: fields.Has("arrivals")
void ReadCalls(FieldReader& fields, std::optional<double> duration_s,
               CallsFiles& files, ArrivalSpec& spec, WorkloadIssues& issues);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_SHAPES_CALLS_READER_H_
