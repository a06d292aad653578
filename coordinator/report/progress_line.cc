#include "coordinator/report/progress_line.h"

#include <sys/ioctl.h>

#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "coordinator/report/text_report.h"
#include "coordinator/text/display_width.h"

namespace invocator {
namespace {

constexpr double kTerminalPeriodS = 0.5;
constexpr double kPlainPeriodS = 5;

}  // namespace

bool TakesEscapes(bool is_terminal,
                  absl::FunctionRef<std::string(const char*)> variable) {
  if (!is_terminal || !variable("NO_COLOR").empty()) return false;
  const std::string kind = variable("TERM");
  return !kind.empty() && kind != "dumb" && kind != "unknown";
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

ProgressLine::ProgressLine(std::FILE* file, bool is_terminal)
    : file_(file),
      is_terminal_(is_terminal),
      next_s_(is_terminal ? 0 : kPlainPeriodS) {}

void ProgressLine::Show(const ProgressFacts& facts) {
  if (!IsDue(facts.elapsed_s)) return;
  const double period = is_terminal_ ? kTerminalPeriodS : kPlainPeriodS;
  next_s_ = (std::floor(facts.elapsed_s / period) + 1) * period;
  std::string line = FormatProgress(facts);
  if (is_terminal_) {
    // What wraps could not be overwritten.
    winsize size = {};
    if (ioctl(fileno(file_), TIOCGWINSZ, &size) == 0 && size.ws_col > 1) {
      line = std::string(FirstColumns(line, size.ws_col - 1u));
    }
  }
  // "\r" and "erase to the end": the new line may be shorter than the old.
  std::fprintf(file_, is_terminal_ ? "\r%s\x1b[K" : "%s\n", line.c_str());
  std::fflush(file_);
  on_line_ = is_terminal_;
}

void ProgressLine::Finish() {
  if (!on_line_) return;
  std::fputs("\r\x1b[K", file_);
  std::fflush(file_);
  on_line_ = false;
}

}  // namespace invocator
