#include "coordinator/web/percentile_curve.h"

#include <cmath>
#include <cstddef>

#include "absl/strings/str_cat.h"
#include "coordinator/text/rounded_us.h"

namespace invocator {

std::vector<CurvePoint> PercentileCurve(const Histogram& histogram,
                                        int points_per_nine) {
  if (histogram.count() == 0) return {};
  std::vector<CurvePoint> curve = {{0, histogram.min_ns()}};
  // Of two points of one latency only the ends of the stretch matter.
  const auto add = [&curve](const CurvePoint& point) {
    const size_t size = curve.size();
    if (size >= 2 && curve[size - 1].ns == point.ns &&
        curve[size - 2].ns == point.ns) {
      curve.back() = point;
    } else {
      curve.push_back(point);
    }
  };
  const double most = std::log10(static_cast<double>(histogram.count()));
  int step = 1;
  const auto nines = [&] {
    return static_cast<double>(step) / points_per_nine;
  };
  for (; nines() <= most; ++step) {
    const double ratio = 1 - std::pow(10.0, -nines());
    add({nines(), histogram.QuantileNs(ratio)});
  }
  add({nines(), histogram.max_ns()});
  return curve;
}

std::string CurveJson(const std::vector<CurvePoint>& curve) {
  std::string json = "[";
  for (const CurvePoint& point : curve) {
    if (json.size() > 1) json += ',';
    absl::StrAppend(&json, "[", point.nines, ",");
    AppendRoundedUs(point.ns, json);
    json += ']';
  }
  return json + "]";
}

}  // namespace invocator
