#include "gateway/function_model.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace invocator {

FunctionModel::FunctionModel(const FunctionOptions& options)
    : options_(options),
      keep_warm_ns_(absl::ToInt64Nanoseconds(options.keep_warm)),
      generator_(options.seed) {
  if (options.throttle) throttle_.emplace(*options.throttle);
  if (options.concurrency) places_.emplace(*options.concurrency, options.queue);
}

FunctionCall FunctionModel::Begin(absl::string_view function, int64_t now_ns,
                                  uint64_t generation,
                                  absl::string_view version) {
  FunctionCall call;
  if (throttle_ && !throttle_->Take(now_ns)) {
    call.result = FunctionCall::Result::kThrottled;
    return call;
  }
  const std::optional<int64_t> start_ns =
      places_ ? places_->StartOfNext(now_ns) : now_ns;
  if (!start_ns) {
    call.result = FunctionCall::Result::kTooMany;
    return call;
  }
  call.wait = absl::Nanoseconds(*start_ns - now_ns);
  Pool& pool = PoolOf(function, version);
  call.duration = DrawLatency(pool, function, version);
  if (UniformUnit(generator_) < options_.failure_ratio) {
    call.result = FunctionCall::Result::kFailed;
  }
  if (pool.generation < generation) {
    pool.busy_until_ns = {};
    pool.idle_since_ns.clear();
    pool.generation = generation;
  }
  Advance(pool, *start_ns);
  if (pool.idle_since_ns.empty()) {
    call.cold = true;
    call.init = options_.cold_start;
    call.duration += call.init;
    ++cold_starts_;
  } else {
    pool.idle_since_ns.pop_back();
  }
  const int64_t until_ns = *start_ns + absl::ToInt64Nanoseconds(call.duration);
  pool.busy_until_ns.push(until_ns);
  if (places_) places_->Serve(*start_ns, until_ns);
  return call;
}

absl::Duration FunctionModel::DrawLatency(Pool& pool,
                                          absl::string_view function,
                                          absl::string_view version) {
  const absl::Duration latency = pool.latencies.Next(
      options_.latency, options_.latency_correlation, generator_);
  if (options_.slowdowns.empty()) return latency;
  // By convention the last word of a path is the function's name.
  const absl::string_view name = function.substr(function.rfind('/') + 1);
  return std::min(latency * SlowdownFactor(options_.slowdowns, name, version),
                  kMaxFunctionTime);
}

size_t FunctionModel::EnvironmentsAt(int64_t now_ns) {
  size_t environments = 0;
  auto count = [&](Pool& pool) {
    Advance(pool, now_ns);
    environments += pool.busy_until_ns.size() + pool.idle_since_ns.size();
  };
  for (auto& [function, pool] : pools_) count(pool);
  count(shared_pool_);
  return environments;
}

void FunctionModel::Advance(Pool& pool, int64_t now_ns) const {
  while (!pool.busy_until_ns.empty() && pool.busy_until_ns.top() <= now_ns) {
    pool.idle_since_ns.push_back(pool.busy_until_ns.top());
    pool.busy_until_ns.pop();
  }
  while (!pool.idle_since_ns.empty() &&
         now_ns - pool.idle_since_ns.front() >= keep_warm_ns_) {
    pool.idle_since_ns.pop_front();
  }
}

FunctionModel::Pool& FunctionModel::PoolOf(absl::string_view function,
                                           absl::string_view version) {
  // Neither a name nor a version has a colon, and a path begins with a slash.
  std::string qualified;
  if (version != kLatestVersion) {
    qualified = absl::StrCat(function, ":", version);
    function = qualified;
  }
  auto found = pools_.find(function);
  if (found != pools_.end()) return found->second;
  if (pools_.size() >= kMaxFunctions) return shared_pool_;
  return pools_[function];
}

}  // namespace invocator
