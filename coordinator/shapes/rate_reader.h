// Reads an instance's rate (a number, points, a sine), distribution, bursts and
// spikes.
#ifndef INVOCATOR_COORDINATOR_SHAPES_RATE_READER_H_
#define INVOCATOR_COORDINATOR_SHAPES_RATE_READER_H_

#include <optional>
#include <vector>

#include "common/arrivals/arrival_spec.h"
#include "coordinator/json/field_reader.h"
#include "coordinator/json/workload_issues.h"

namespace invocator {

// Each reads one key. Returns nullopt or an empty list if the key is absent or
// wrong; errors go to `issues`, which are those of `fields`.

// "rate": every shape is compiled to points.
std::optional<RateShape> ReadRate(FieldReader& fields, WorkloadIssues& issues);

struct GapDistribution {
  ArrivalKind kind = ArrivalKind::kPoisson;
  GapLaw law;
};

// "distribution"
std::optional<GapDistribution> ReadDistribution(FieldReader& fields,
                                                WorkloadIssues& issues);

// "bursts"
std::optional<Bursts> ReadBursts(FieldReader& fields, WorkloadIssues& issues);

// "spikes", sorted. Warns about those at or after the test's end, if known.
std::vector<Spike> ReadSpikes(FieldReader& fields,
                              std::optional<double> duration_s);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_SHAPES_RATE_READER_H_
