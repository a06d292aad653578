// The functions behind the gateway: result and duration of each call. Pure:
// time is an argument, randomness comes from the seed.
//
// Every version of a function (a path) has its own execution environments, as
// with Lambda: a call takes an idle warm one, or creates one and pays the cold
// start. The environment used last is taken first, so that surplus ones go
// cold. A changed configuration is a new generation of the function: it starts
// without environments. Each version also has its own series of latencies, all
// drawn from one generator in order of arrival.
//
// Units: nanoseconds of a clock that never goes back. Thread-compatible.
#ifndef INVOCATOR_GATEWAY_FUNCTION_MODEL_H_
#define INVOCATOR_GATEWAY_FUNCTION_MODEL_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <queue>
#include <random>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "gateway/latency_model.h"
#include "gateway/latency_series.h"
#include "gateway/places.h"
#include "gateway/slowdown.h"
#include "gateway/token_bucket.h"

namespace invocator {

// Versions of functions with separate environments. Further ones share a pool,
// so that made-up paths cannot fill the memory.
inline constexpr size_t kMaxFunctions = 1000;

struct FunctionOptions {
  LatencyModel latency;
  double latency_correlation = 0;   // see LatencySeries::Next
  std::vector<Slowdown> slowdowns;  // of the latency, not of the cold start
  absl::Duration cold_start;
  absl::Duration keep_warm = absl::Seconds(60);
  double failure_ratio = 0;           // 0 .. 1
  std::optional<RateLimit> throttle;  // of all functions together
  std::optional<size_t> concurrency;  // calls at a time, of all together
  size_t queue = 0;  // calls that wait; REQUIRES: concurrency, <= kMaxLine
  uint64_t seed = 1;
};

struct FunctionCall {
  // kThrottled: the rate is used up; kTooMany: the concurrency is, and the
  // queue.
  enum class Result { kOk, kFailed, kThrottled, kTooMany };
  Result result = Result::kOk;
  bool cold = false;
  absl::Duration wait;      // in the queue
  absl::Duration duration;  // then, with the cold start; zero if refused
  absl::Duration init;      // the cold start's part of it
};

class FunctionModel {
 public:
  explicit FunctionModel(const FunctionOptions& options);

  // Begins a call; its environment is busy for the returned duration, after the
  // wait. Once a version has been called with a generation, warm environments
  // of earlier ones are not used any more.
  FunctionCall Begin(absl::string_view function, int64_t now_ns,
                     uint64_t generation = 0,
                     absl::string_view version = kLatestVersion);

  // Environments that are busy or warm at that instant; those of a version
  // whose calls wait, when the last of these begins.
  size_t EnvironmentsAt(int64_t now_ns);

  uint64_t cold_starts() const { return cold_starts_; }

 private:
  using Earliest =
      std::priority_queue<int64_t, std::vector<int64_t>, std::greater<>>;
  // Invariant: idle_since_ns ascends, and is at most every busy_until_ns.
  struct Pool {
    Earliest busy_until_ns;
    std::deque<int64_t> idle_since_ns;
    uint64_t generation = 0;
    LatencySeries latencies;
  };
  // Advances a pool to that instant: environments that are done become idle,
  // cold ones are removed.
  void Advance(Pool& pool, int64_t now_ns) const;
  Pool& PoolOf(absl::string_view function, absl::string_view version);
  // Of the pool's next call, without a cold start.
  absl::Duration DrawLatency(Pool& pool, absl::string_view function,
                             absl::string_view version);

  const FunctionOptions options_;
  const int64_t keep_warm_ns_;
  std::mt19937_64 generator_;
  std::optional<TokenBucket> throttle_;
  absl::flat_hash_map<std::string, Pool> pools_;
  Pool shared_pool_;
  std::optional<Places> places_;
  uint64_t cold_starts_ = 0;
};

}  // namespace invocator

#endif  // INVOCATOR_GATEWAY_FUNCTION_MODEL_H_
