#include "common/process/output.h"

#include <atomic>
#include <cstdio>
#include <utility>

#include "common/process/live_lines.h"
#include "common/process/standard_output.h"

namespace invocator {
namespace {

class Streams final : public Output {
 public:
  void OnMessage(absl::string_view lines) override {
    if (LiveLines::PrintAbove(lines)) return;
    std::fwrite(lines.data(), 1, lines.size(), stderr);
  }
  absl::Status OnText(absl::string_view text) override {
    LiveLines::AwaitMessages();
    return WriteToStandardOutput(text);
  }
};

std::atomic<Output*> of_process = nullptr;
thread_local Output* of_thread = nullptr;

}  // namespace

Output& StandardStreams() {
  static Streams& streams = *new Streams();
  return streams;
}

Output& CurrentOutput() {
  if (of_thread != nullptr) return *of_thread;
  Output* const output = of_process;
  return output != nullptr ? *output : StandardStreams();
}

void SetProcessOutput(Output& output) { of_process = &output; }

OutputScope::OutputScope(Output& output)
    : before_(std::exchange(of_thread, &output)) {}

OutputScope::~OutputScope() { of_thread = before_; }

}  // namespace invocator
