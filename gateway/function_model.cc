#include "gateway/function_model.h"

namespace invocator {

FunctionModel::FunctionModel(const FunctionOptions& options)
    : options_(options),
      keep_warm_ns_(absl::ToInt64Nanoseconds(options.keep_warm)),
      generator_(options.seed) {
  if (options.throttle) throttle_.emplace(*options.throttle);
}

FunctionCall FunctionModel::Begin(absl::string_view function, int64_t now_ns,
                                  uint64_t generation) {
  FunctionCall call;
  if (throttle_ && !throttle_->Take(now_ns)) {
    call.result = FunctionCall::Result::kThrottled;
    return call;
  }
  if (IsAtConcurrency(now_ns)) {
    call.result = FunctionCall::Result::kTooMany;
    return call;
  }
  call.duration = options_.latency.Sample(generator_);
  if (UniformUnit(generator_) < options_.failure_ratio) {
    call.result = FunctionCall::Result::kFailed;
  }
  Pool& pool = PoolOf(function);
  if (pool.generation < generation) {
    pool = Pool();
    pool.generation = generation;
  }
  Advance(pool, now_ns);
  if (pool.idle_since_ns.empty()) {
    call.cold = true;
    call.init = options_.cold_start;
    call.duration += call.init;
    ++cold_starts_;
  } else {
    pool.idle_since_ns.pop_back();
  }
  const int64_t until_ns = now_ns + absl::ToInt64Nanoseconds(call.duration);
  pool.busy_until_ns.push(until_ns);
  if (options_.concurrency) calls_until_ns_.push(until_ns);
  return call;
}

bool FunctionModel::IsAtConcurrency(int64_t now_ns) {
  if (!options_.concurrency) return false;
  while (!calls_until_ns_.empty() && calls_until_ns_.top() <= now_ns) {
    calls_until_ns_.pop();
  }
  return calls_until_ns_.size() >= *options_.concurrency;
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

FunctionModel::Pool& FunctionModel::PoolOf(absl::string_view function) {
  auto found = pools_.find(function);
  if (found != pools_.end()) return found->second;
  if (pools_.size() >= kMaxFunctions) return shared_pool_;
  return pools_[function];
}

}  // namespace invocator
