// Lays out a run's progress for a terminal: at most seven lines, which
// LiveLines puts below an empty one. Pure.
#ifndef INVOCATOR_COORDINATOR_PROGRESS_PROGRESS_VIEW_H_
#define INVOCATOR_COORDINATOR_PROGRESS_PROGRESS_VIEW_H_

#include <vector>

#include "common/process/live_lines.h"
#include "coordinator/progress/progress_facts.h"

namespace invocator {

// Every line is narrower than the window. A window with few rows gets fewer
// lines, down to one; missed thresholds then replace other lines.
std::vector<LiveLine> ProgressView(const ProgressFacts& facts,
                                   WindowSize window);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_PROGRESS_PROGRESS_VIEW_H_
