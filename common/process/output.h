// The destination of messages and reports: stderr and stdout in a program; in a
// library, the run's owner.
#ifndef INVOCATOR_COMMON_PROCESS_OUTPUT_H_
#define INVOCATOR_COMMON_PROCESS_OUTPUT_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace invocator {

// Thread-safe.
class Output {
 public:
  virtual ~Output() = default;
  // One or more whole lines of clean text.
  virtual void OnMessage(absl::string_view lines) = 0;
  // The same, with the reason for a failure.
  virtual void OnError(absl::string_view lines) { OnMessage(lines); }
  // Clean text: part of the results.
  virtual absl::Status OnText(absl::string_view text) = 0;
};

// The process's streams. While LiveLines exist (common/process/live_lines.h),
// messages go above them; write errors of messages are ignored.
Output& StandardStreams();

// This thread's output: that of its innermost OutputScope, else the process's.
Output& CurrentOutput();

// Sets the output of threads without an OutputScope; initially
// StandardStreams(). `output` must live until the process ends.
void SetProcessOutput(Output& output);

// Replaces its thread's output while it lives. New threads do not inherit the
// output: each needs its own scope.
class OutputScope {
 public:
  // `output` must outlive the scope.
  explicit OutputScope(Output& output);
  ~OutputScope();
  OutputScope(const OutputScope&) = delete;
  OutputScope& operator=(const OutputScope&) = delete;

 private:
  Output* const before_;
};

}  // namespace invocator

#endif  // INVOCATOR_COMMON_PROCESS_OUTPUT_H_
