// How long a worker waits for what its coordinator is to do next. Pure: time
// comes in, by the steady clock.
//
// Thread-compatible.
#ifndef INVOCATOR_WORKER_PATIENCE_H_
#define INVOCATOR_WORKER_PATIENCE_H_

#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace invocator {

class Patience {
 public:
  // From now on the coordinator has so long to do what is named ("to start"),
  // which must outlive this. Any length will do.
  void Await(absl::string_view what, absl::Duration length, int64_t now_ns);
  // Nothing is awaited.
  void Rest();
  bool awaits_anything() const { return deadline_ns_ != INT64_MAX; }
  // Whatever is awaited, or will be, not beyond that long from now.
  void Limit(absl::Duration length, int64_t now_ns);

  int64_t deadline_ns() const { return deadline_ns_; }
  bool IsOver(int64_t now_ns) const { return now_ns >= deadline_ns_; }
  // DEADLINE_EXCEEDED: what it is that did not come.
  absl::Status Error() const;

 private:
  absl::string_view what_;
  int64_t deadline_ns_ = INT64_MAX;
  int64_t last_ns_ = INT64_MAX;  // no deadline is later
};

}  // namespace invocator

#endif  // INVOCATOR_WORKER_PATIENCE_H_
