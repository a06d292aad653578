// Writes an instance's arrivals as members of a workload, and the files that
// these name. Reading them gives the same instants.
#ifndef INVOCATOR_COORDINATOR_SHAPES_ARRIVAL_WRITER_H_
#define INVOCATOR_COORDINATOR_SHAPES_ARRIVAL_WRITER_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "common/arrivals/arrival_spec.h"
#include "coordinator/json/json.h"

namespace invocator {

// Names of the files of arrivals, by instance: "" for those without, else
// "arrivals/<instance>.csv", all different, also on file systems that ignore
// case.
std::vector<std::string> ArrivalFileNames(
    const std::vector<const ArrivalSpec*>& specs);

// Puts the members into `entry`; `file` is the instance's of ArrivalFileNames.
void PutArrivals(const ArrivalSpec& spec, const std::string& file, Json& entry);

// Writes <folder>/<file>: counts, or timestamps in nanoseconds since the test's
// start. For their owner only. Errors: the system's.
absl::Status WriteArrivalFile(const ArrivalSpec& spec,
                              const std::string& folder,
                              const std::string& file);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_SHAPES_ARRIVAL_WRITER_H_
