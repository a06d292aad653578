#include "gateway/latency_model.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace invocator {
namespace {

constexpr double kMaxSigma = 10;
constexpr double kSqrt2 = std::numbers::sqrt2;

absl::Status BadLatency(absl::string_view text) {
  return absl::InvalidArgumentError(absl::StrCat(
      "latency '", text, "': expected 20ms, lognormal:20ms:0.5 (median, sigma ",
      "up to ", kMaxSigma, ") or exponential:20ms (mean), at most ",
      absl::FormatDuration(kMaxFunctionTime)));
}

// -log(1 - Phi(score)), exact in both tails.
double ExponentialAtScore(double score) {
  if (score < 0) return -std::log1p(-0.5 * std::erfc(-score / kSqrt2));
  return -std::log(0.5 * std::erfc(score / kSqrt2));
}

}  // namespace

double UniformUnit(std::mt19937_64& generator) {
  return static_cast<double>(generator() >> 11) * 0x1p-53;
}

// Box and Muller, one of the pair.
double StandardNormal(std::mt19937_64& generator) {
  double radius = std::sqrt(-2 * std::log1p(-UniformUnit(generator)));
  return radius * std::cos(2 * std::numbers::pi * UniformUnit(generator));
}

absl::Duration LatencyModel::Sample(std::mt19937_64& generator) const {
  double factor = 1;
  if (kind == Kind::kLognormal) {
    factor = std::exp(sigma * StandardNormal(generator));
  } else if (kind == Kind::kExponential) {
    factor = -std::log1p(-UniformUnit(generator));
  }
  return std::min(scale * factor, kMaxFunctionTime);
}

absl::Duration LatencyModel::AtScore(double score) const {
  double factor = 1;
  if (kind == Kind::kLognormal) {
    factor = std::exp(sigma * score);
  } else if (kind == Kind::kExponential) {
    factor = ExponentialAtScore(score);
  }
  return std::min(scale * factor, kMaxFunctionTime);
}

absl::StatusOr<LatencyModel> ParseLatencyModel(absl::string_view text) {
  std::vector<absl::string_view> parts = absl::StrSplit(text, ':');
  LatencyModel model;
  absl::string_view scale = parts[0];
  size_t expected_parts = 1;
  if (parts[0] == "lognormal" || parts[0] == "exponential") {
    bool lognormal = parts[0] == "lognormal";
    model.kind = lognormal ? LatencyModel::Kind::kLognormal
                           : LatencyModel::Kind::kExponential;
    expected_parts = lognormal ? 3 : 2;
    if (parts.size() != expected_parts) return BadLatency(text);
    scale = parts[1];
    if (lognormal && (!absl::SimpleAtod(parts[2], &model.sigma) ||
                      !(model.sigma >= 0 && model.sigma <= kMaxSigma))) {
      return BadLatency(text);
    }
  }
  if (parts.size() != expected_parts ||
      !absl::ParseDuration(scale, &model.scale) ||
      model.scale < absl::ZeroDuration() || model.scale > kMaxFunctionTime) {
    return BadLatency(text);
  }
  return model;
}

}  // namespace invocator
