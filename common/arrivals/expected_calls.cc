#include "common/arrivals/expected_calls.h"

#include <memory>

#include "common/arrivals/arrival_stream.h"
#include "common/arrivals/rate_walk.h"

namespace invocator {
namespace {

double CallsOf(const ArrivalSpec& spec) {
  const std::unique_ptr<ArrivalStream> stream = MakeArrivalStream(spec);
  double calls = 0;
  while (stream->Next()) ++calls;
  return calls;
}

// Calls of the spikes within the window. Tests one call of each spike.
double CallsOfSpikes(const ArrivalSpec& spec) {
  ArrivalSpec one = SpikesAlone(spec);
  double calls = 0;
  for (const Spike& spike : spec.spikes) {
    one.spikes = {{.at_s = spike.at_s, .calls = 1}};
    calls += CallsOf(one) * spike.calls;
  }
  return calls;
}

double CallsOfProcess(const ArrivalSpec& spec) {
  if (!HasRate(spec.kind)) {
    ArrivalSpec process = spec;
    process.spikes.clear();
    process.version.reset();
    return CallsOf(process);
  }
  RateIntegral integral(spec);
  const double before = integral.Until(spec.window_start_s);
  return integral.Until(spec.window_end_s) - before;
}

}  // namespace

ArrivalSpec SpikesAlone(const ArrivalSpec& spec) {
  ArrivalSpec alone;
  alone.kind = ArrivalKind::kList;
  alone.duration_s = spec.duration_s;
  alone.window_start_s = spec.window_start_s;
  alone.window_end_s = spec.window_end_s;
  alone.spikes = spec.spikes;
  return alone;
}

double ExpectedCalls(const ArrivalSpec& spec) {
  return (CallsOfProcess(spec) + CallsOfSpikes(spec)) / Sharers(spec);
}

}  // namespace invocator
