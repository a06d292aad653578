#include "common/source_io.h"

#include <algorithm>

namespace invocator {

bool Pause(absl::Duration duration, const GiveUp& give_up) {
  constexpr absl::Duration kStep = absl::Milliseconds(100);
  while (duration > absl::ZeroDuration()) {
    if (give_up && give_up()) return false;
    absl::SleepFor(std::min(duration, kStep));
    duration -= kStep;
  }
  return true;
}

absl::StatusOr<HttpResponse> FetchPatiently(
    const SourceIo& io, const HttpRequest& request, int attempts,
    absl::Duration pause,
    const std::function<bool(const HttpResponse&)>& is_transient) {
  absl::StatusOr<HttpResponse> response = io.fetch(request);
  while (--attempts > 0) {
    const bool again = response.ok()
                           ? is_transient(*response)
                           : absl::IsUnavailable(response.status()) ||
                                 absl::IsDeadlineExceeded(response.status());
    if (!again || !io.pause(pause, request.give_up)) break;
    response = io.fetch(request);
  }
  return response;
}

bool IsTransientStatus(const HttpResponse& response) {
  return response.status == 429 || response.status >= 500;
}

}  // namespace invocator
