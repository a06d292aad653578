#include "coordinator/progress/progress_stream.h"

#include <algorithm>
#include <climits>
#include <cmath>
#include <utility>

#include "coordinator/progress/progress_line.h"

namespace invocator {
namespace {

constexpr double kPeriodS = 1;

std::string Line(const Json& json) {
  return json.dump(-1, ' ', /*ensure_ascii=*/true,
                   Json::error_handler_t::replace) +
         "\n";
}

}  // namespace

void WriteProgressLine(const Json& object, std::FILE* file) {
  std::string line = Line(object);
  // Only the thresholds' texts are unbounded.
  Json shorter = object;
  Json& missed = shorter["missed"];
  while (line.size() > PIPE_BUF && !missed.empty()) {
    missed.erase(missed.size() - 1);
    line = Line(shorter);
  }
  WriteUnlessFull(line, file);
}

ProgressStream::ProgressStream(std::function<void(const Json&)> take,
                               const std::string& folder,
                               std::optional<uint32_t> memory_mb,
                               double duration_s)
    : take_(std::move(take)),
      run_({{"folder", folder},
            {"memory_mb", memory_mb ? Json(*memory_mb) : Json()},
            {"duration_s", duration_s}}) {}

void ProgressStream::Show(const BooksSoFar& books) {
  const double elapsed_s = std::max(books.elapsed_s, 0.0);
  next_s_ = (std::floor(elapsed_s / kPeriodS) + 1) * kPeriodS;
  Json object = run_;
  object.update(ProgressJson(books));
  object["elapsed_s"] = std::round(elapsed_s * 1e3) / 1e3;
  take_(object);
}

}  // namespace invocator
