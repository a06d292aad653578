// Statistics of the gateway, for GET /_stats. Thread-compatible.
#ifndef INVOCATOR_GATEWAY_STATS_H_
#define INVOCATOR_GATEWAY_STATS_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "gateway/responses.h"

namespace invocator {

// Paths counted one by one; any further ones count as "(other)".
inline constexpr size_t kMaxCountedPaths = 1000;

class GatewayStats {
 public:
  // A request to a function (not to /ping or /_stats), or one that could not be
  // read.
  void CountRequest() { ++requests_; }
  // The path of a request that names a function.
  void CountPath(absl::string_view path);
  void CountVerified() { ++verified_; }
  // A call of the Lambda control API or of STS; these are counted separately.
  void CountControl(absl::string_view operation) {
    ++control_[std::string(operation)];
  }
  // Call right before the answer is sent, so that a client that has read it
  // finds it counted.
  void CountAnswer(const GatewayAnswer& answer);

  void CountConnectionAccepted() { ++connections_accepted_; }
  void CountConnectionRefused() { ++connections_refused_; }

  // Values counted elsewhere.
  struct Gauges {
    uint64_t cold_starts = 0;
    size_t environments = 0;
    size_t connections_open = 0;
    std::map<std::string, uint32_t> memory_mb;  // of functions changed
  };
  std::string ToJson(const Gauges& gauges) const;

 private:
  uint64_t requests_ = 0;
  uint64_t verified_ = 0;
  uint64_t connections_accepted_ = 0;
  uint64_t connections_refused_ = 0;
  std::map<int, uint64_t> by_status_;
  std::map<std::string, uint64_t> refused_;
  absl::flat_hash_map<std::string, uint64_t> by_path_;
  uint64_t other_paths_ = 0;
  std::map<std::string, uint64_t> control_;  // by operation
  std::map<uint32_t, uint64_t> by_memory_mb_;
};

}  // namespace invocator

#endif  // INVOCATOR_GATEWAY_STATS_H_
