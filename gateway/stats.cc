#include "gateway/stats.h"

#include <nlohmann/json.hpp>

namespace invocator {

void GatewayStats::CountPath(absl::string_view path) {
  auto found = by_path_.find(path);
  if (found != by_path_.end()) {
    ++found->second;
  } else if (by_path_.size() < kMaxCountedPaths) {
    by_path_.emplace(path, 1);
  } else {
    ++other_paths_;
  }
}

void GatewayStats::CountAnswer(const GatewayAnswer& answer) {
  if (!answer.counted) return;
  ++by_status_[answer.status];
  if (answer.memory_mb > 0) ++by_memory_mb_[answer.memory_mb];
  if (!answer.error_type.empty()) ++refused_[answer.error_type];
}

std::string GatewayStats::ToJson(const Gauges& gauges) const {
  nlohmann::json by_status = nlohmann::json::object();
  for (auto [status, count] : by_status_) {
    by_status[std::to_string(status)] = count;
  }
  nlohmann::json refused = nlohmann::json::object();
  for (const auto& [error_type, count] : refused_) refused[error_type] = count;
  nlohmann::json by_path = nlohmann::json::object();
  for (const auto& [path, count] : by_path_) by_path[path] = count;
  if (other_paths_ > 0) by_path["(other)"] = other_paths_;
  nlohmann::json by_memory_mb = nlohmann::json::object();
  for (auto [memory_mb, count] : by_memory_mb_) {
    by_memory_mb[std::to_string(memory_mb)] = count;
  }

  auto ok = by_status_.find(200);
  nlohmann::json stats = {
      {"requests", requests_},
      {"ok", ok == by_status_.end() ? 0 : ok->second},
      {"verified", verified_},
      {"by_status", by_status},
      {"refused", refused},
      {"by_path", by_path},
      {"by_memory_mb", by_memory_mb},
      {"control", control_},
      {"memory_mb", gauges.memory_mb},
      {"cold_starts", gauges.cold_starts},
      {"environments", gauges.environments},
      {"connections_accepted", connections_accepted_},
      {"connections_refused", connections_refused_},
      {"connections_open", gauges.connections_open},
  };
  // Paths are as they came, not always UTF-8.
  return stats.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) +
         "\n";
}

}  // namespace invocator
