// Collects samples of failed calls for people to read: the earliest of every
// reason (common/result/reason.h), and of every reason within an instance, up
// to common/result/failure_kinds.h's limit.
//
// Thread-compatible: owned by the invoker. Successful calls cost a comparison.
#ifndef INVOCATOR_WORKER_EXCHANGE_FAILURE_SAMPLES_H_
#define INVOCATOR_WORKER_EXCHANGE_FAILURE_SAMPLES_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "common/result/failure_kinds.h"
#include "common/result/failure_sample.h"
#include "common/result/reason.h"
#include "common/result/record.h"
#include "worker/exchange/kept_body.h"
#include "worker/exchange/request.h"
#include "worker/exchange/response.h"

namespace invocator {

class FailureSamples {
 public:
  // Facts about an answer besides its record.
  struct Answer {
    const ResponseFacts& facts;
    const KeptBody& body;
    const InstanceRequest& request;
    size_t body_index;      // of the body sent, in the request's bodies
    int64_t signed_unix_s;  // the second it was signed for
    int64_t now_unix_s;
    absl::string_view detail = {};  // error text of the transport
  };
  // Keeps the call if it is the earliest of a kind so far.
  void Add(const Record& record, const Answer& answer) {
    if (record.reason == Reason::kNone) return;
    const FailureKinds::News news = kinds_.Add(
        record.reason, {record.scheduled_ns, record.instance, record.sequence});
    if (news.any()) Keep(record, answer, news);
  }

  // Samples kept since the last call.
  std::vector<FailureSample> Take() { return std::exchange(kept_, {}); }

 private:
  void Keep(const Record& record, const Answer& answer,
            const FailureKinds::News& news);

  FailureKinds kinds_;
  std::vector<FailureSample> kept_;
};

}  // namespace invocator

#endif  // INVOCATOR_WORKER_EXCHANGE_FAILURE_SAMPLES_H_
