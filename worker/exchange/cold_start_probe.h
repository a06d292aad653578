// Reads a function's warmth from an answer's JSON body. Pure; safe for any
// body.
#ifndef INVOCATOR_WORKER_EXCHANGE_COLD_START_PROBE_H_
#define INVOCATOR_WORKER_EXCHANGE_COLD_START_PROBE_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "common/result/warmth.h"

namespace invocator {

// Warmth in the member at that path: a boolean, 0 or 1, or a word
// (common/result/warmth.h). Unknown if it is absent or anything else. Reads no
// further than that member; of members with the same name, takes the first.
Warmth WarmthInJson(absl::string_view json,
                    const std::vector<std::string>& path);

}  // namespace invocator

#endif  // INVOCATOR_WORKER_EXCHANGE_COLD_START_PROBE_H_
