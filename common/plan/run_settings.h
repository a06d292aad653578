// Settings of a run that every worker gets. Plain values.
#ifndef INVOCATOR_COMMON_PLAN_RUN_SETTINGS_H_
#define INVOCATOR_COMMON_PLAN_RUN_SETTINGS_H_

#include <cstdint>
#include <string>

#include "common/base/io_mode.h"

namespace invocator {

struct RunSettings {
  // Endpoint that replaces the host of every request; empty: none. Its path
  // precedes the request's; Host header and signature stay as they are.
  std::string endpoint_url;
  bool http2 = false;
  IoMode io = IoMode::kAuto;
  // Limit on invocations in flight per worker; 0: as its file descriptors
  // allow.
  uint32_t max_in_flight = 0;
  bool drop_on_overload = false;
  int64_t drain_ns = 0;
  uint32_t warm_connections = 0;  // per worker and host
  // Of HTTP/2, per worker and host, opened ahead; 0: one for each engine, when
  // it is needed.
  uint32_t connections = 0;
  // Share of invocations reported as records. The selection is a function of
  // seed, instance and sequence, hence the same for any fleet.
  double record_ratio = 0;
  int64_t spin_ns = 0;  // before an instant; 0: never spin
  // Shares may be added until the plan's end: the worker prepares every
  // instance and does not end earlier.
  bool extensible = false;
};

}  // namespace invocator

#endif  // INVOCATOR_COMMON_PLAN_RUN_SETTINGS_H_
