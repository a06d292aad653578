// Expected number of calls of a spec, and its spikes by themselves.
#ifndef INVOCATOR_COMMON_ARRIVALS_EXPECTED_CALLS_H_
#define INVOCATOR_COMMON_ARRIVALS_EXPECTED_CALLS_H_

#include "common/arrivals/arrival_spec.h"

namespace invocator {

// Calls expected within the spec's window: the integrated rate, given the
// states of its bursts, and its spikes. For lists, counts and timestamps: the
// calls that they yield. Of a version that splits them with others: its part
// of that number. Pure; takes time in proportion to segments, gaps or
// calls, except those of spikes.
double ExpectedCalls(const ArrivalSpec& spec);

// The spikes of a spec without its process, in the same window.
ArrivalSpec SpikesAlone(const ArrivalSpec& spec);

}  // namespace invocator

#endif  // INVOCATOR_COMMON_ARRIVALS_EXPECTED_CALLS_H_
