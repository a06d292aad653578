// The verdict: whether the generator kept the schedule. It judges the
// generator only, never the function. Pure.
#ifndef INVOCATOR_COORDINATOR_BOOKS_VERDICT_H_
#define INVOCATOR_COORDINATOR_BOOKS_VERDICT_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/result/totals.h"
#include "common/result/worker_done.h"

namespace invocator {

enum class VerdictState { kKept, kMarginal, kMissed };

absl::string_view VerdictName(VerdictState state);

// Lateness p99 up to which a verdict is given.
struct VerdictLimits {
  absl::Duration kept = absl::Milliseconds(1);
  absl::Duration marginal = absl::Milliseconds(10);
};

struct NamedEngine {
  std::string name;  // "engine 0", "worker b's engine 1"
  EngineFacts facts;
};

struct Verdict {
  VerdictState state = VerdictState::kKept;
  std::vector<std::string> reasons;  // whole phrases; never empty
};

// Whether gaps in which an engine did not run (worker/engine/core_gaps.h)
// explain that lateness p99 exceeds `limit`: a call meets a gap as often as
// spinning does, so they are 1 % of it or more, and the longest exceeds the
// limit.
bool ExplainsLateness(const CoreGapFacts& gaps, absl::Duration limit);
// "the host took engine 0's core away for 2.2 % of the time, up to 4.2 ms"
std::string GapText(const NamedEngine& engine);

// `losses`: phrases about the results of lost workers. A run without planned
// invocations is missed: most likely its workload is wrong.
Verdict Judge(const Totals& total, const std::vector<NamedEngine>& engines,
              const std::vector<std::string>& losses, bool interrupted,
              const VerdictLimits& limits);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_BOOKS_VERDICT_H_
