// Shows a run's progress on stderr: a view in place on a terminal, a plain line
// every five seconds elsewhere. Never waits for its reader.
//
// Thread-compatible. Time comes in as an argument.
#ifndef INVOCATOR_COORDINATOR_PROGRESS_PROGRESS_LINE_H_
#define INVOCATOR_COORDINATOR_PROGRESS_PROGRESS_LINE_H_

#include <cstdio>
#include <string>

#include "absl/functional/function_ref.h"
#include "common/process/live_lines.h"
#include "coordinator/progress/progress_facts.h"

namespace invocator {

// True if the output may contain escape sequences: a terminal, with a TERM that
// supports them and without NO_COLOR. `variable` reads the environment.
bool TakesEscapes(bool is_terminal,
                  absl::FunctionRef<std::string(const char*)> variable);

class ProgressLine {
 public:
  // Writes to `live`; if null, to `file`; if both are null, nowhere. Both must
  // outlive the line.
  explicit ProgressLine(std::FILE* file, LiveLines* live = nullptr);

  // Whether the facts of the live view are shown.
  bool is_live() const { return live_ != nullptr; }
  // True if Show would print now: facts need not be gathered otherwise.
  bool IsDue(double elapsed_s) const { return elapsed_s >= next_s_; }
  void Show(const ProgressFacts& facts);
  // Erases the view.
  void Finish();

 private:
  std::FILE* const file_;
  LiveLines* const live_;
  double next_s_;
};

// Writes text, PIPE_BUF bytes at most, and flushes. Never waits for the reader:
// text that a pipe does not take at once is left out.
void WriteUnlessFull(const std::string& text, std::FILE* file);

std::string FormatProgress(const ProgressFacts& facts);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_PROGRESS_PROGRESS_LINE_H_
