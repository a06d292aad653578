// Reads from an answer's body whether the function was cold. Pure; robust to
// any body.
#ifndef INVOCATOR_WORKER_EXCHANGE_COLD_START_PROBE_H_
#define INVOCATOR_WORKER_EXCHANGE_COLD_START_PROBE_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "common/result/warmth.h"

namespace invocator {

// What the member of a JSON text at that path says: a boolean, 0 or 1, or a
// word (common/result/warmth.h). Unknown if it is absent or something else.
// Reads no further than that member; of members with one name, the first one.
Warmth WarmthInJson(absl::string_view json,
                    const std::vector<std::string>& path);

}  // namespace invocator

#endif  // INVOCATOR_WORKER_EXCHANGE_COLD_START_PROBE_H_
