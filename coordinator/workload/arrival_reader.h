// Reads an instance's arrivals from its workload entry.
#ifndef INVOCATOR_COORDINATOR_WORKLOAD_ARRIVAL_READER_H_
#define INVOCATOR_COORDINATOR_WORKLOAD_ARRIVAL_READER_H_

#include <optional>

#include "common/arrivals/arrival_spec.h"
#include "coordinator/json/field_reader.h"

namespace invocator {

// Settings that a workload gives for all its instances.
struct ArrivalContext {
  uint32_t seed = 0;
  ArrivalRng rng = ArrivalRng::kIndependent;
  // Absent if invalid in the file: then nothing is compared with it.
  std::optional<double> duration_s;
};

// The stream is the instance's name. Errors go to the fields' issues.
ArrivalSpec ReadArrivals(FieldReader& fields, const std::string& name,
                         const ArrivalContext& context);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_WORKLOAD_ARRIVAL_READER_H_
