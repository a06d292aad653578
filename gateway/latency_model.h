// Duration of a function: constant, log-normal or exponential. Pure: equal
// generators give equal latencies, with any compiler and library.
#ifndef INVOCATOR_GATEWAY_LATENCY_MODEL_H_
#define INVOCATOR_GATEWAY_LATENCY_MODEL_H_

#include <random>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace invocator {

// The longest a Lambda function may run; longer samples are cut to it.
inline constexpr absl::Duration kMaxFunctionTime = absl::Minutes(15);

struct LatencyModel {
  enum class Kind { kConstant, kLognormal, kExponential };
  Kind kind = Kind::kConstant;
  absl::Duration scale;  // the constant, the median, or the mean
  double sigma = 0;      // of the logarithm, for kLognormal

  // 0 .. kMaxFunctionTime.
  absl::Duration Sample(std::mt19937_64& generator) const;

  // The latency that as many latencies are below as normal scores are below
  // this one. 0 .. kMaxFunctionTime.
  absl::Duration AtScore(double score) const;
};

// Reads "20ms", "lognormal:20ms:0.5" (median, sigma) or "exponential:20ms".
// INVALID_ARGUMENT, naming the text, for anything else.
absl::StatusOr<LatencyModel> ParseLatencyModel(absl::string_view text);

// Uniform in [0, 1), 53 bits. std::uniform_real_distribution differs between
// libraries.
double UniformUnit(std::mt19937_64& generator);

// Of mean 0 and standard deviation 1.
double StandardNormal(std::mt19937_64& generator);

}  // namespace invocator

#endif  // INVOCATOR_GATEWAY_LATENCY_MODEL_H_
