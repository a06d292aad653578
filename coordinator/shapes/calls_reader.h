// Reads "arrivals" of an instance: calls that a file gives, by bin or one by
// one.
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
  uint64_t timestamps = 0;  // read so far
  // Holds all of them; made when first needed.
  std::shared_ptr<TemporaryFile> tapes = nullptr;
  // Whether group or others may not read one of the files.
  bool has_private = false;
};

// Reads the key into `spec`, whose seed and stream are set. Without a duration,
// which is then wrong itself, files are not read. Errors go to `issues`, which
// are those of `fields`. REQUIRES: fields.Has("arrivals")
void ReadCalls(FieldReader& fields, std::optional<double> duration_s,
               CallsFiles& files, ArrivalSpec& spec, WorkloadIssues& issues);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_SHAPES_CALLS_READER_H_
