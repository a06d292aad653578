#include "common/credentials/source_io.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/process/say.h"
#include "common/words/listing.h"

namespace invocator {
namespace {

// "http://host:1" of "http://host:1/path?query".
absl::string_view HostOf(absl::string_view url) {
  const size_t scheme = url.find("://");
  const size_t begin = scheme == absl::string_view::npos ? 0 : scheme + 3;
  return url.substr(0, url.find_first_of("/?#", begin));
}

}  // namespace

void SayRetry(const std::string& words) { Say(words); }

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
  bool said = false;
  while (--attempts > 0) {
    const bool again = response.ok()
                           ? is_transient(*response)
                           : absl::IsUnavailable(response.status()) ||
                                 absl::IsDeadlineExceeded(response.status());
    if (!again) break;
    if (!std::exchange(said, true)) {
      io.say(absl::StrCat("credentials: ",
                          response.ok()
                              ? absl::StrCat(HostOf(request.url), " answered ",
                                             response->status)
                              : std::string(response.status().message()),
                          "; trying again, at most ",
                          Counted(static_cast<uint64_t>(attempts), "time")));
    }
    if (!io.pause(pause, request.give_up)) break;
    response = io.fetch(request);
  }
  return response;
}

bool IsTransientStatus(const HttpResponse& response) {
  return response.status == 429 || response.status >= 500;
}

}  // namespace invocator
