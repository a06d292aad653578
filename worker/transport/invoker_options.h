// Options of an invoker of either transport, besides its requests.
#ifndef INVOCATOR_WORKER_TRANSPORT_INVOKER_OPTIONS_H_
#define INVOCATOR_WORKER_TRANSPORT_INVOKER_OPTIONS_H_

#include <cstdint>

#include "common/base/io_mode.h"
#include "common/http/target_options.h"

namespace invocator {

struct InvokerOptions {
  TargetOptions target;
  // Limit on invocations in flight, and on connections kept open.
  uint32_t max_in_flight = 1;
  bool http2 = false;
  uint32_t connections = 1;  // of HTTP/2, to an origin; at least 1
  IoMode io = IoMode::kAuto;
};

}  // namespace invocator

#endif  // INVOCATOR_WORKER_TRANSPORT_INVOKER_OPTIONS_H_
