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

// Asked while something blocks: true when nobody waits for it any more.
using GiveUp = std::function<bool()>;

// Sleeps; false, at once, when `give_up` says so.
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

// Fetches until it is not worth another try: at most `attempts` times, `pause`
// apart, while there is no answer or `is_transient` says so of the one there
// is. After the first failure says what is retried and why, with no more of the
// URL than its host. Returns the last outcome.
absl::StatusOr<HttpResponse> FetchPatiently(
    const SourceIo& io, const HttpRequest& request, int attempts,
    absl::Duration pause,
    const std::function<bool(const HttpResponse&)>& is_transient);

// 429 and 5xx.
bool IsTransientStatus(const HttpResponse& response);

}  // namespace invocator

#endif  // INVOCATOR_COMMON_CREDENTIALS_SOURCE_IO_H_
