// Versions of functions that take longer than their function's latency says, as
// the other side of a comparison of two versions.
#ifndef INVOCATOR_GATEWAY_SLOWDOWN_H_
#define INVOCATOR_GATEWAY_SLOWDOWN_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace invocator {

// The version that a call without a qualifier gets.
inline constexpr absl::string_view kLatestVersion = "$LATEST";

struct Slowdown {
  std::string function;  // its name; empty: of every function
  std::string version;   // the qualifier: version, alias or $LATEST
  double factor = 1;     // of the latency, 0.01 .. 101
};

// Reads "green=3%", of every function's version green, or "chameleon:green=3%";
// -3% is faster. INVALID_ARGUMENT, naming the text, otherwise, and if a version
// comes twice.
absl::StatusOr<std::vector<Slowdown>> ParseSlowdowns(
    const std::vector<std::string>& texts);

// Of that version of a function: the one that names the function, else that of
// every function, else 1.
double SlowdownFactor(const std::vector<Slowdown>& slowdowns,
                      absl::string_view function, absl::string_view version);

}  // namespace invocator

#endif  // INVOCATOR_GATEWAY_SLOWDOWN_H_
