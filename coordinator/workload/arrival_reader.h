// Reads when an instance's invocations are due from its workload entry.
#ifndef INVOCATOR_COORDINATOR_WORKLOAD_ARRIVAL_READER_H_
#define INVOCATOR_COORDINATOR_WORKLOAD_ARRIVAL_READER_H_

#include <optional>

#include "common/plan/arrivals.h"
#include "coordinator/json/field_reader.h"

namespace invocator {

// What the workload says for all of its instances.
struct ArrivalContext {
  uint32_t seed = 0;
  ArrivalRng rng = ArrivalRng::kIndependent;
  // Absent when the file's was wrong: then nothing is compared with it.
  std::optional<double> duration_s;
};

// The stream is the instance's name. What was wrong is in the fields' issues.
ArrivalSpec ReadArrivals(FieldReader& fields, const std::string& name,
                         const ArrivalContext& context);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_WORKLOAD_ARRIVAL_READER_H_
