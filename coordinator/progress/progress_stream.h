// Emits a run's progress for programs: one JSON object a second.
//
// Thread-compatible. Reads no clock: the time is in the books.
#ifndef INVOCATOR_COORDINATOR_PROGRESS_PROGRESS_STREAM_H_
#define INVOCATOR_COORDINATOR_PROGRESS_PROGRESS_STREAM_H_

#include <cstdint>
#include <cstdio>
#include <functional>
#include <optional>
#include <string>

#include "coordinator/json/json.h"
#include "coordinator/progress/progress_json.h"

namespace invocator {

// Writes the object as one line. Never waits for the reader: if a pipe is full,
// the line is dropped. A line longer than PIPE_BUF loses "missed" entries.
void WriteProgressLine(const Json& object, std::FILE* file);

class ProgressStream {
 public:
  // `take` receives the objects. Each also has the other arguments as "folder",
  // "memory_mb" and "duration_s".
  ProgressStream(std::function<void(const Json&)> take,
                 const std::string& folder, std::optional<uint32_t> memory_mb,
                 double duration_s);

  // Whether Show should be called now.
  bool IsDue(double elapsed_s) const { return elapsed_s >= next_s_; }
  // Passes on ProgressJson(books) with the run's values added.
  void Show(const BooksSoFar& books);

 private:
  const std::function<void(const Json&)> take_;
  const Json run_;
  double next_s_ = 0;
};

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_PROGRESS_PROGRESS_STREAM_H_
