#include "coordinator/text/latency_text.h"

#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace invocator {

LatencyUnit LatencyUnitOf(double ns) {
  const double magnitude = std::abs(ns);
  // 999.5 and more would be printed with four digits.
  if (magnitude >= 999.5e6) return {"s", 1e9};
  if (magnitude >= 999.5e3) return {"ms", 1e6};
  return {"us", 1e3};
}

std::string ThreeDigits(double value) {
  const double size = std::abs(value);
  const int decimals = size < 9.995 ? 2 : size < 99.95 ? 1 : 0;
  return absl::StrFormat("%.*f", decimals, value);
}

std::string FormatLatency(int64_t ns) {
  if (ns == 0) return "0";
  const auto value = static_cast<double>(ns);
  const LatencyUnit unit = LatencyUnitOf(value);
  return absl::StrCat(ThreeDigits(value / unit.ns), " ", unit.name);
}

}  // namespace invocator
