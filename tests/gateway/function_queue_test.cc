// The functions as queues, in virtual time, against the formulas of queueing
// theory, worked out in Python's fractions by Erlang's recurrences.
#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <string>

#include "gateway/function_model.h"

namespace invocator {
namespace {

constexpr double kServiceMs = 20;
constexpr int kCalls = 1'000'000;

struct Seen {
  double refused = 0;     // share of the calls
  double waited = 0;      // share of those admitted
  double wait_ratio = 0;  // their mean wait, in mean services
};

struct Queue {
  std::string latency = "exponential:20ms";
  size_t places = 1;
  size_t line = 0;
  double load = 1;  // offered, in erlang
};

// A Poisson process of calls.
Seen Play(const Queue& queue) {
  FunctionOptions options;
  options.latency = *ParseLatencyModel(queue.latency);
  options.concurrency = queue.places;
  options.queue = queue.line;
  FunctionModel model(options);
  std::mt19937_64 generator(2);
  const double gap_ns = kServiceMs * 1e6 / queue.load;
  double now_ns = 0, wait_ms = 0;
  int refused = 0, waited = 0;
  for (int i = 0; i < kCalls; ++i) {
    now_ns -= gap_ns * std::log1p(-UniformUnit(generator));
    const FunctionCall call = model.Begin("f", static_cast<int64_t>(now_ns));
    if (call.result == FunctionCall::Result::kTooMany) {
      ++refused;
    } else {
      if (call.wait > absl::ZeroDuration()) ++waited;
      wait_ms += absl::ToDoubleMilliseconds(call.wait);
    }
  }
  const double admitted = kCalls - refused;
  return {refused / static_cast<double>(kCalls), waited / admitted,
          wait_ms / admitted / kServiceMs};
}

// Erlang B of 50 places and 1,895 calls of 20 ms a second.
TEST(FunctionQueueTest, LossIsErlangsB) {
  EXPECT_NEAR(Play({.places = 50, .load = 37.9}).refused, 0.009995, 0.0006);
  EXPECT_NEAR(Play({.places = 5, .load = 4}).refused, 0.199067, 0.003);
}

TEST(FunctionQueueTest, LossDependsOnNothingButTheMeanLatency) {
  // Median of a log-normal whose mean is 20 ms: 20 / exp(0.5^2 / 2).
  for (const char* latency : {"20ms", "lognormal:17.649938ms:0.5"}) {
    EXPECT_NEAR(Play({latency, /*places=*/5, /*line=*/0, /*load=*/4}).refused,
                0.199067, 0.003)
        << latency;
  }
}

// Pr(wait) = C(10, 8); mean wait = C / (10 - 8) services.
TEST(FunctionQueueTest, WaitIsErlangsC) {
  const Seen seen = Play({.places = 10, .line = kMaxLine, .load = 8});
  EXPECT_EQ(seen.refused, 0);
  EXPECT_NEAR(seen.waited, 0.40918, 0.012);
  EXPECT_NEAR(seen.wait_ratio, 0.20459, 0.012);
}

// Pollaczek and Khinchine: load / (2 (1 - load)) services.
TEST(FunctionQueueTest, ConstantLatencyWaitsHalfAsLongAsAnExponentialOne) {
  EXPECT_NEAR(
      Play({"20ms", /*places=*/1, /*line=*/kMaxLine, /*load=*/0.7}).wait_ratio,
      1.166667, 0.03);
  EXPECT_NEAR(Play({.line = kMaxLine, .load = 0.7}).wait_ratio, 2.333333, 0.08);
}

// Birth and death: M/M/2 with three that wait.
TEST(FunctionQueueTest, LineThatIsFullRefuses) {
  const Seen seen = Play({.places = 2, .line = 3, .load = 2.4});
  EXPECT_NEAR(seen.refused, 0.263875, 0.003);
  EXPECT_NEAR(seen.wait_ratio, 0.800738, 0.008);
}

}  // namespace
}  // namespace invocator
