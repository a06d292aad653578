// Formats latencies for people: three significant digits and a unit. Pure.
#ifndef INVOCATOR_COORDINATOR_TEXT_LATENCY_TEXT_H_
#define INVOCATOR_COORDINATOR_TEXT_LATENCY_TEXT_H_

#include <cstdint>
#include <string>

namespace invocator {

struct LatencyUnit {
  const char* name;  // "us", "ms" or "s"
  double ns;
};

// The unit that a latency, in nanoseconds, is shown in.
LatencyUnit LatencyUnitOf(double ns);

// "212", "21.2", "2.12", "0.21"
std::string ThreeDigits(double value);

// "212 ms"; "0" for zero.
std::string FormatLatency(int64_t ns);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_TEXT_LATENCY_TEXT_H_
