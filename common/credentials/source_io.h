// Access of credential sources to the outside world; tests replace it.
#ifndef INVOCATOR_COMMON_CREDENTIALS_SOURCE_IO_H_
#define INVOCATOR_COMMON_CREDENTIALS_SOURCE_IO_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "common/http/http_fetch.h"
#include "common/process/child_process.h"

namespace invocator {

// Polled by blocking calls; true once the result is no longer wanted.
using GiveUp = std::function<bool()>;

// Sleeps. Returns false as soon as `give_up` returns true.
bool Pause(absl::Duration duration, const GiveUp& give_up);

// Prints `words` on stderr.
void SayRetry(const std::string& words);

struct SourceIo {
  std::function<absl::StatusOr<HttpResponse>(const HttpRequest&)> fetch =
      HttpFetch;
  std::function<absl::StatusOr<std::string>(const ChildProcess&)> run =
      RunChildProcess;
  std::function<bool(absl::Duration, const GiveUp&)> pause = Pause;
  std::function<absl::Time()> now = absl::Now;
  std::function<void(const std::string&)> say = SayRetry;
};

// Fetches with retries: at most `attempts` times, `pause` apart, while there is
// no answer or `is_transient` is true of it. Reports the first failure with its
// reason and the retry, quoting only the host of the URL. Returns the last
// outcome.
absl::StatusOr<HttpResponse> FetchPatiently(
    const SourceIo& io, const HttpRequest& request, int attempts,
    absl::Duration pause,
    const std::function<bool(const HttpResponse&)>& is_transient);

// 429 and 5xx.
bool IsTransientStatus(const HttpResponse& response);

}  // namespace invocator

#endif  // INVOCATOR_COMMON_CREDENTIALS_SOURCE_IO_H_
