// Specs of arrivals, and their instants, for tests.
#ifndef INVOCATOR_TESTS_SUPPORT_ARRIVALS_H_
#define INVOCATOR_TESTS_SUPPORT_ARRIVALS_H_

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "common/arrivals/arrival_stream.h"

namespace invocator {

// A spec over the whole duration, of the stream "instance1" of seed 100.
inline ArrivalSpec SpecOf(ArrivalKind kind, RateShape rate, double duration_s) {
  ArrivalSpec spec;
  spec.kind = kind;
  spec.seed = 100;
  spec.stream = "instance1";
  spec.rate = std::move(rate);
  spec.duration_s = duration_s;
  spec.window_end_s = duration_s;
  return spec;
}

// All instants; sequences must count from 0 without a hole.
inline std::vector<int64_t> Times(const ArrivalSpec& spec) {
  std::vector<int64_t> times;
  const std::unique_ptr<ArrivalStream> stream = MakeArrivalStream(spec);
  while (const std::optional<Arrival> arrival = stream->Next()) {
    EXPECT_EQ(arrival->sequence, times.size());
    times.push_back(arrival->scheduled_ns);
  }
  EXPECT_EQ(stream->Next(), std::nullopt) << "an ended stream stays ended";
  return times;
}

}  // namespace invocator

#endif  // INVOCATOR_TESTS_SUPPORT_ARRIVALS_H_
