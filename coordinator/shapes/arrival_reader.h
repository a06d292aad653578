// Reads an instance's arrivals from its workload entry.
#ifndef INVOCATOR_COORDINATOR_SHAPES_ARRIVAL_READER_H_
#define INVOCATOR_COORDINATOR_SHAPES_ARRIVAL_READER_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "common/arrivals/arrival_spec.h"
#include "coordinator/json/field_reader.h"
#include "coordinator/json/workload_issues.h"
#include "coordinator/shapes/calls_reader.h"
#include "coordinator/shapes/mix_reader.h"

namespace invocator {

// Settings that a workload gives for all its instances.
struct ArrivalContext {
  uint32_t seed = 0;
  ArrivalRng rng = ArrivalRng::kIndependent;
  // Absent if invalid in the file; nothing is compared with it then.
  std::optional<double> duration_s;
  Mix mix = {};
  CallsFiles files = {};
  size_t points = 0;    // of rates read so far
  size_t versions = 1;  // of the instance, each of which has its points
};

// The stream is the instance's name. Errors go to `issues`, which are those of
// `fields`.
ArrivalSpec ReadArrivals(FieldReader& fields, const std::string& name,
                         ArrivalContext& context, WorkloadIssues& issues);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_SHAPES_ARRIVAL_READER_H_
