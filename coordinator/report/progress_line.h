// Shows a run's progress on stderr: one line, updated in place, on a terminal;
// a plain line every five seconds elsewhere.
//
// Thread-compatible. Time comes in as an argument.
#ifndef INVOCATOR_COORDINATOR_REPORT_PROGRESS_LINE_H_
#define INVOCATOR_COORDINATOR_REPORT_PROGRESS_LINE_H_

#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"

namespace invocator {

// True if the output may contain escape sequences: a terminal, with a TERM that
// supports them and without NO_COLOR. `variable` reads the
// environment.
bool TakesEscapes(bool is_terminal,
                  absl::FunctionRef<std::string(const char*)> variable);

struct ProgressFacts {
  double elapsed_s = 0;
  double duration_s = 0;
  uint64_t planned = 0;
  uint64_t sent = 0;
  uint64_t ended = 0;
  uint64_t ok = 0;
  uint64_t dropped = 0;
  uint64_t in_flight = 0;
  int64_t lateness_p99_ns = 0;
  std::vector<std::string> missed = {};  // thresholds missed so far
};

class ProgressLine {
 public:
  // Writes to `file`, which must outlive it. `is_terminal`: from TakesEscapes.
  ProgressLine(std::FILE* file, bool is_terminal);

  // True if Show would print now: facts need not be gathered otherwise.
  bool IsDue(double elapsed_s) const { return elapsed_s >= next_s_; }
  void Show(const ProgressFacts& facts);
  // Frees the terminal's line for later output.
  void Finish();

 private:
  std::FILE* const file_;
  const bool is_terminal_;
  double next_s_;
  bool on_line_ = false;
};

std::string FormatProgress(const ProgressFacts& facts);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_REPORT_PROGRESS_LINE_H_
