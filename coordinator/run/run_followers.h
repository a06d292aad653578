// Receivers of a run's progress and results besides its folder. A plain value.
#ifndef INVOCATOR_COORDINATOR_RUN_RUN_FOLLOWERS_H_
#define INVOCATOR_COORDINATOR_RUN_RUN_FOLLOWERS_H_

#include <functional>
#include <string>

#include "common/result/record.h"
#include "coordinator/json/json.h"
#include "coordinator/report/run_report.h"

namespace invocator {

class LiveView;

// Takes a record with a row in invocations.csv, its worker and its instance.
using RecordFollower =
    std::function<void(const std::string& worker, const std::string& instance,
                       const Record& record)>;

// All are called on the run's thread, which waits for them.
struct RunFollowers {
  LiveView* live = nullptr;  // the live page and /metrics; null: not served
  // Progress for people on stderr.
  bool are_at_stderr = true;
  // Takes an object from ProgressStream at the start, once a second and at the
  // end.
  std::function<void(const Json&)> on_progress;
  RecordFollower on_record;
  // Takes the results once they are written.
  std::function<void(const RunReport&)> on_report;
};

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_RUN_RUN_FOLLOWERS_H_
