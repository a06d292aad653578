#include "coordinator/progress/progress_line.h"

#include <poll.h>

#include <cmath>
#include <limits>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "coordinator/progress/progress_view.h"
#include "coordinator/text/latency_text.h"

namespace invocator {
namespace {

constexpr double kLivePeriodS = 0.5;
constexpr double kPlainPeriodS = 5;

}  // namespace

bool TakesEscapes(bool is_terminal,
                  absl::FunctionRef<std::string(const char*)> variable) {
  if (!is_terminal || !variable("NO_COLOR").empty()) return false;
  const std::string kind = variable("TERM");
  return !kind.empty() && kind != "dumb" && kind != "unknown";
}

void WriteUnlessFull(const std::string& text, std::FILE* file) {
  // A writable pipe takes at least PIPE_BUF bytes.
  pollfd writable{fileno(file), POLLOUT, 0};
  if (writable.fd >= 0 && poll(&writable, 1, 0) == 0) return;
  std::fputs(text.c_str(), file);
  std::fflush(file);
}

std::string FormatProgress(const ProgressFacts& facts) {
  std::string line = absl::StrFormat(
      "%5.1f / %.1f s  %d of %d sent, %d ok, %d not ok, %d in flight",
      facts.elapsed_s, facts.duration_s, facts.sent, facts.planned, facts.ok,
      facts.ended - facts.ok, facts.in_flight);
  if (facts.dropped > 0)
    absl::StrAppend(&line, ", ", facts.dropped, " dropped");
  absl::StrAppend(&line, ", lateness p99 ",
                  FormatLatency(facts.lateness_p99_ns));
  if (facts.missed.empty()) return line;
  absl::StrAppend(&line, ", MISSED ", facts.missed[0]);
  if (facts.missed.size() > 1) {
    absl::StrAppend(&line, " and ", facts.missed.size() - 1, " more");
  }
  return line;
}

ProgressLine::ProgressLine(std::FILE* file, LiveLines* live)
    : file_(file), live_(live), next_s_(live == nullptr ? kPlainPeriodS : 0) {
  if (file == nullptr && live == nullptr) {
    next_s_ = std::numeric_limits<double>::infinity();
  }
}

void ProgressLine::Show(const ProgressFacts& facts) {
  if (!IsDue(facts.elapsed_s)) return;
  const double period = is_live() ? kLivePeriodS : kPlainPeriodS;
  next_s_ = (std::floor(facts.elapsed_s / period) + 1) * period;
  if (is_live()) {
    live_->Show(ProgressView(facts, live_->Size()));
  } else {
    WriteUnlessFull(FormatProgress(facts) + "\n", file_);
  }
}

void ProgressLine::Finish() {
  if (is_live()) live_->Clear();
}

}  // namespace invocator
