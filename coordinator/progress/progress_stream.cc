#include "coordinator/progress/progress_stream.h"

#include <poll.h>

#include <algorithm>
#include <climits>
#include <cmath>

namespace invocator {
namespace {

constexpr double kPeriodS = 1;

// Whether a line can be written without waiting. A pipe that is writable takes
// PIPE_BUF bytes at least.
bool TakesALine(std::FILE* file) {
  pollfd writable{fileno(file), POLLOUT, 0};
  return writable.fd < 0 || poll(&writable, 1, 0) != 0;
}

std::string Line(const Json& json) {
  return json.dump(-1, ' ', /*ensure_ascii=*/true,
                   Json::error_handler_t::replace) +
         "\n";
}

}  // namespace

ProgressStream::ProgressStream(std::FILE* file, const std::string& folder,
                               std::optional<uint32_t> memory_mb,
                               double duration_s)
    : file_(file),
      run_({{"folder", folder},
            {"memory_mb", memory_mb ? Json(*memory_mb) : Json()},
            {"duration_s", duration_s}}) {}

void ProgressStream::Show(const BooksSoFar& books) {
  const double elapsed_s = std::max(books.elapsed_s, 0.0);
  next_s_ = (std::floor(elapsed_s / kPeriodS) + 1) * kPeriodS;
  Json object = run_;
  object.update(ProgressJson(books));
  object["elapsed_s"] = std::round(elapsed_s * 1e3) / 1e3;
  std::string line = Line(object);
  // The texts are the only part without a limit.
  Json& missed = object["missed"];
  while (line.size() > PIPE_BUF && !missed.empty()) {
    missed.erase(missed.size() - 1);
    line = Line(object);
  }
  if (!TakesALine(file_)) return;
  std::fputs(line.c_str(), file_);
  std::fflush(file_);
}

}  // namespace invocator
