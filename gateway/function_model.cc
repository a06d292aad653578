#include "gateway/function_model.h"

namespace invocator {

FunctionModel::FunctionModel(const FunctionOptions& options)
    : options_(options),
      keep_warm_ns_(absl::ToInt64Nanoseconds(options.keep_warm)),
      generator_(options.seed) {
  if (options.throttle) throttle_.emplace(*options.throttle);
}

FunctionCall FunctionModel::Begin(absl::string_view function, int64_t now_ns) {
  FunctionCall call;
  if (throttle_ && !throttle_->Take(now_ns)) {
    call.result = FunctionCall::Result::kThrottled;
    return call;
  }
  call.duration = options_.latency.Sample(generator_);
  if (UniformUnit(generator_) < options_.failure_ratio) {
    call.result = FunctionCall::Result::kFailed;
  }
  Pool& pool = PoolOf(function);
  Advance(pool, now_ns);
  if (pool.idle_since_ns.empty()) {
    call.cold = true;
    call.duration += options_.cold_start;
    ++cold_starts_;
  } else {
    pool.idle_since_ns.pop_back();
  }
  pool.busy_until_ns.push(now_ns + absl::ToInt64Nanoseconds(call.duration));
  return call;
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
