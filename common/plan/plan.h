// The plan: a resolved workload, every default filled in, the seed chosen, the
// payloads loaded. It is what the coordinator makes, the wire carries, and an
// engine plays.
//
// Plain values: thread-compatible, owns everything it holds. A Plan that came
// out of coordinator/workload/workload or common/wire/plan_codec is valid:
// rates and times are finite and in range, indices point at something.
#ifndef INVOCATOR_COMMON_PLAN_PLAN_H_
#define INVOCATOR_COMMON_PLAN_PLAN_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "common/arrivals/arrival_spec.h"
#include "common/http/endpoint.h"
#include "common/plan/cold_start.h"

namespace invocator {

// Limits of a valid plan, in addition to those of arrival_spec.h; shared by the
// file's reader and the wire's.
// API Gateway takes at most 10 MB (its quotas page).
inline constexpr size_t kMaxBodyBytes = size_t{10} * 1024 * 1024;
// Bounds what a worker allocates for a plan's bodies, each counted with the
// string that holds it.
inline constexpr uint64_t kMaxPayloadBytes = uint64_t{1} << 30;
inline constexpr absl::Duration kDefaultTimeout = absl::Seconds(60);
// As long as the longest run; deadlines cannot overflow.
inline constexpr absl::Duration kMaxTimeout = absl::Hours(366 * 24);

// Range of statuses that a workload may expect; 1xx only precede an answer.
inline constexpr uint16_t kMinExpectedStatus = 200;
inline constexpr uint16_t kMaxExpectedStatus = 599;

// Limits of a function's memory (Lambda quotas). New accounts have a lower one,
// which only Lambda knows.
inline constexpr uint32_t kMinMemorySizeMb = 128;
inline constexpr uint32_t kMaxMemorySizeMb = 10'240;

inline bool IsMemorySize(uint32_t mb) {
  return mb >= kMinMemorySizeMb && mb <= kMaxMemorySizeMb;
}

// Kind of service that requests reach.
enum class TargetKind { kApiGateway, kLambda, kFunctionUrl, kHttp };
// Invocation type of Lambda's Invoke API.
enum class InvocationType { kRequestResponse, kEvent, kDryRun };

struct InstancePlan {
  std::string name;
  std::string application;
  // What the function's memory is set to for the run, if the workload says so.
  // A matter of the coordinator: it does not travel.
  std::optional<uint32_t> memory_size_mb;
  // How long the function is expected to run, for estimates of cost; likewise.
  std::optional<double> expected_duration_ms;
  ArrivalSpec arrivals;
  TargetKind target_kind = TargetKind::kHttp;
  // By a header of Lambda's; matters for cost and quotas and does not travel.
  InvocationType invocation_type = InvocationType::kRequestResponse;
  std::string region;  // AWS region of the target, or empty; likewise
  Endpoint endpoint;
  bool plain_http = false;  // http://, else https://
  // Signed with SigV4 for this scope; unsigned if absent ("auth": "none").
  std::optional<SigningScope> signing;
  std::string method = "POST";
  std::vector<std::pair<std::string, std::string>> headers;
  // By the names of headers: the environment variables that the coordinator
  // took their values from. Those are secrets.
  std::map<std::string, std::string> header_variables;
  absl::Duration timeout = kDefaultTimeout;
  // Index into Plan::payload_sets; absent: the body is empty.
  std::optional<size_t> payload_set;
  // Where answers tell cold starts, beside Lambda's REPORT line.
  std::optional<ColdStartSource> cold_start_from;
  // Statuses of answers that are ok, ascending, each once. Empty: 2xx.
  std::vector<uint16_t> expected_statuses;

  friend bool operator==(const InstancePlan&, const InstancePlan&) = default;
};

// The bodies of one payload file, cycled: invocation i sends i mod size().
// Never empty.
using PayloadSet = std::vector<std::string>;

struct Plan {
  std::string test_name;
  double duration_s = 0;
  uint32_t seed = 0;
  bool blocking = false;
  // Calls scheduled before this instant are not measured; 0: no warm-up.
  double warmup_s = 0;
  std::vector<InstancePlan> instances;
  std::vector<PayloadSet> payload_sets;
  // The base names of the files they came from, in the same order, for people;
  // or empty (they do not travel).
  std::vector<std::string> payload_names;

  // End of the warm-up, rounded to the nanosecond as instants are.
  int64_t WarmupNs() const;

  friend bool operator==(const Plan&, const Plan&) = default;
};

// True if any instance is to be signed.
bool NeedsCredentials(const Plan& plan);

}  // namespace invocator

#endif  // INVOCATOR_COMMON_PLAN_PLAN_H_
