// A Lambda control API without sockets and without time: it answers fetches,
// its clock moves when somebody sleeps, and it misbehaves as it is told.
#ifndef INVOCATOR_TESTS_SUPPORT_FAKE_LAMBDA_H_
#define INVOCATOR_TESTS_SUPPORT_FAKE_LAMBDA_H_

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/http/http_fetch.h"
#include "coordinator/memory/lambda_client.h"

namespace invocator {

class FakeLambda {
 public:
  struct Function {
    uint32_t memory_mb = 128;
    int64_t busy_until_ns = 0;  // an update is in progress
    std::string failure;        // of the update; empty: it succeeds
    int changes = 0;            // another one, another revision
    std::string state = "Active";
  };
  std::map<std::string, Function> functions;
  std::string account = "123456789012";
  absl::Duration update_delay;
  absl::Duration call_time = absl::Milliseconds(10);

  // Answers of the next calls, before the functions are asked.
  std::deque<absl::StatusOr<HttpResponse>> next;
  // Called with "GET f" or "PUT f" before each call.
  std::function<void(const std::string&)> on_call;
  // Sleeping ends early from that instant on, and nothing more is to be begun.
  int64_t give_up_ns = INT64_MAX;

  int64_t now_ns = 1'000'000'000;
  std::vector<std::string> calls;  // "GET f", "PUT f 256"
  std::vector<absl::Duration> sleeps;
  std::vector<HttpRequest> requests;
  double jitter = 1;
  std::vector<std::string> said;

  // Borrows this.
  LambdaSystem System();

  // As somebody else would, at once.
  void Change(const std::string& name, uint32_t memory_mb);

 private:
  absl::StatusOr<HttpResponse> Fetch(const HttpRequest& request);
};

// {"Type":"User","message":<message>} with x-amzn-errortype.
HttpResponse AwsError(int status, const std::string& code,
                      const std::string& message);

}  // namespace invocator

#endif  // INVOCATOR_TESTS_SUPPORT_FAKE_LAMBDA_H_
