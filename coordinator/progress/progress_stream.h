// Writes a run's progress for programs: one JSON object a second, a line each.
// Never waits for its reader: an object that it does not take is left out.
//
// Thread-compatible. Time comes in with the objects.
#ifndef INVOCATOR_COORDINATOR_PROGRESS_PROGRESS_STREAM_H_
#define INVOCATOR_COORDINATOR_PROGRESS_PROGRESS_STREAM_H_

#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>

#include "coordinator/json/json.h"
#include "coordinator/progress/progress_json.h"

namespace invocator {

class ProgressStream {
 public:
  // Writes to `file`, which must outlive it. The other values are part of each
  // object: "folder", "memory_mb" and "duration_s".
  ProgressStream(std::FILE* file, const std::string& folder,
                 std::optional<uint32_t> memory_mb, double duration_s);

  // True if Show should be called.
  bool IsDue(double elapsed_s) const { return elapsed_s >= next_s_; }
  // The object of ProgressJson and the run's own.
  void Show(const BooksSoFar& books);

 private:
  std::FILE* const file_;
  const Json run_;
  double next_s_ = 0;
};

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_PROGRESS_PROGRESS_STREAM_H_
