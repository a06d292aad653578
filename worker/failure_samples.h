// The first answers of their kind: of every reason (common/reason.h) the one of
// the earliest invocation, for people to read.
//
// Thread-compatible: owned by the invoker. Once a kind was seen, another answer
// of it costs a comparison.
#ifndef INVOCATOR_WORKER_FAILURE_SAMPLES_H_
#define INVOCATOR_WORKER_FAILURE_SAMPLES_H_

#include <array>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "common/reason.h"
#include "common/record.h"
#include "proto/fleet.pb.h"
#include "worker/kept_body.h"
#include "worker/request.h"
#include "worker/response.h"

namespace invocator {

class FailureSamples {
 public:
  FailureSamples() { earliest_ns_.fill(std::numeric_limits<int64_t>::max()); }

  // What is known of an answer beside its record.
  struct Answer {
    const ResponseFacts& facts;
    const KeptBody& body;
    const InstanceRequest& request;
    size_t body_index;      // of the request's bodies, that was sent
    int64_t signed_unix_s;  // the second it was signed for
    int64_t now_unix_s;
  };
  // Keeps it if it is the earliest of its kind so far.
  void Add(const Record& record, const Answer& answer) {
    if (record.reason == Reason::kNone) return;
    int64_t& earliest_ns = earliest_ns_[static_cast<size_t>(record.reason)];
    if (record.scheduled_ns >= earliest_ns) return;
    earliest_ns = record.scheduled_ns;
    Keep(record, answer);
  }

  // Those kept since the last time.
  std::vector<wire::FailureSample> Take() { return std::exchange(kept_, {}); }

 private:
  void Keep(const Record& record, const Answer& answer);

  std::array<int64_t, kReasons> earliest_ns_;
  std::vector<wire::FailureSample> kept_;
};

}  // namespace invocator

#endif  // INVOCATOR_WORKER_FAILURE_SAMPLES_H_
