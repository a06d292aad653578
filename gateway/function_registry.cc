#include "gateway/function_registry.h"

#include "absl/strings/str_cat.h"

namespace invocator {

FunctionRegistry::State FunctionRegistry::At(absl::string_view name,
                                             int64_t now_ns) const {
  State state;
  const auto found = changed_.find(name);
  if (found == changed_.end()) {
    state.memory_mb = state.effective_memory_mb = options_.memory_mb;
    return state;
  }
  const Entry& entry = found->second;
  state.updating = now_ns < entry.in_effect_ns;
  state.memory_mb = entry.memory_mb;
  state.effective_memory_mb =
      state.updating ? entry.previous_mb : entry.memory_mb;
  state.changes = entry.changes;
  state.generation = entry.changes - (state.updating ? 1 : 0);
  state.modified_unix_s = entry.modified_unix_s;
  return state;
}

absl::Status FunctionRegistry::SetMemory(absl::string_view name,
                                         int64_t memory_mb, int64_t now_ns,
                                         int64_t unix_s) {
  const State state = At(name, now_ns);
  if (state.updating) return absl::AbortedError("an update is in progress");
  if (memory_mb < kMinMemoryMb) {
    return absl::OutOfRangeError(absl::StrCat(
        "1 validation error detected: Value '", memory_mb,
        "' at 'memorySize' failed to satisfy constraint: Member must have "
        "value greater than or equal to ",
        kMinMemoryMb));
  }
  if (memory_mb > options_.max_memory_mb) {
    return absl::OutOfRangeError(
        absl::StrCat("'MemorySize' value failed to satisfy constraint: Member "
                     "must have value less than or equal to ",
                     options_.max_memory_mb));
  }
  if (!changed_.contains(name) && changed_.size() >= kMaxChangedFunctions) {
    return absl::ResourceExhaustedError(absl::StrCat(
        "the gateway keeps at most ", kMaxChangedFunctions, " functions"));
  }
  Entry& entry = changed_[name];
  entry.previous_mb = state.memory_mb;
  entry.memory_mb = static_cast<uint32_t>(memory_mb);
  entry.in_effect_ns = now_ns + absl::ToInt64Nanoseconds(options_.update_delay);
  ++entry.changes;
  entry.modified_unix_s = unix_s;
  return absl::OkStatus();
}

std::map<std::string, uint32_t> FunctionRegistry::ChangedMemoryMb() const {
  std::map<std::string, uint32_t> sizes;
  for (const auto& [name, entry] : changed_) sizes[name] = entry.memory_mb;
  return sizes;
}

}  // namespace invocator
