#include "common/arrivals/expected_calls.h"

#include <memory>
#include <utility>

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

// The spikes of a spec alone.
ArrivalSpec SpikesOf(ArrivalSpec spec) {
  spec.kind = ArrivalKind::kList;
  spec.gaps_s.clear();
  return spec;
}

}  // namespace

double ExpectedCalls(const ArrivalSpec& spec) {
  if (!HasRate(spec.kind)) return CallsOf(spec);
  RateIntegral integral(spec);
  const double before = integral.Until(spec.window_start_s);
  return integral.Until(spec.window_end_s) - before + CallsOf(SpikesOf(spec));
}

}  // namespace invocator
