#include "tests/support/fake_lambda.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace invocator {
namespace {

HttpResponse ConfigurationOf(const FakeLambda::Function& function,
                             int64_t now_ns) {
  const bool busy = now_ns < function.busy_until_ns;
  const bool failed = !busy && !function.failure.empty();
  HttpResponse response;
  response.status = 200;
  response.body = absl::StrCat(
      R"({"MemorySize":)", function.memory_mb, R"(,"LastUpdateStatus":")",
      busy     ? "InProgress"
      : failed ? "Failed"
               : "Successful",
      R"(","LastUpdateStatusReasonCode":")", failed ? "InternalError" : "",
      R"(","LastUpdateStatusReason":")", failed ? function.failure : "", "\"}");
  return response;
}

}  // namespace

HttpResponse AwsError(int status, const std::string& code,
                      const std::string& message) {
  HttpResponse response;
  response.status = status;
  response.headers = {{"x-amzn-errortype", code}};
  response.body = absl::StrCat(R"({"Type":"User","message":")", message, "\"}");
  return response;
}

LambdaSystem FakeLambda::System() {
  LambdaSystem system;
  system.fetch = [this](const HttpRequest& request) { return Fetch(request); };
  system.credentials = [] {
    return absl::StatusOr<Credentials>(Credentials{"AKIDEXAMPLE", "s", ""});
  };
  system.unix_s = [this] { return 1'787'486'400 + now_ns / 1'000'000'000; };
  system.steady_ns = [this] { return now_ns; };
  system.sleep = [this](absl::Duration duration) {
    sleeps.push_back(duration);
    const int64_t until_ns = now_ns + absl::ToInt64Nanoseconds(duration);
    const bool whole = until_ns < give_up_ns;
    now_ns = std::max(now_ns, std::min(until_ns, give_up_ns));
    return whole;
  };
  system.jitter = [this] { return jitter; };
  return system;
}

absl::StatusOr<HttpResponse> FakeLambda::Fetch(const HttpRequest& request) {
  requests.push_back(request);
  now_ns += absl::ToInt64Nanoseconds(call_time);
  std::string name = request.url.substr(request.url.find("/functions/") + 11);
  name = name.substr(0, name.find('/'));
  uint32_t memory_mb = 0;
  const bool is_put = request.method == "PUT";
  if (is_put) {
    const std::string digits =
        request.body.substr(request.body.find(':') + 1,
                            request.body.size() - request.body.find(':') - 2);
    EXPECT_TRUE(absl::SimpleAtoi(digits, &memory_mb)) << request.body;
  }
  calls.push_back(is_put ? absl::StrCat("PUT ", name, " ", memory_mb)
                         : absl::StrCat("GET ", name));
  if (on_call) on_call(calls.back());
  if (!next.empty()) {
    absl::StatusOr<HttpResponse> response = next.front();
    next.pop_front();
    return response;
  }
  const auto found = functions.find(name);
  if (found == functions.end()) {
    return AwsError(404, "ResourceNotFoundException",
                    "Function not found: " + name);
  }
  Function& function = found->second;
  if (is_put) {
    if (now_ns < function.busy_until_ns) {
      return AwsError(409, "ResourceConflictException",
                      "An update is in progress for resource: " + name);
    }
    function.memory_mb = memory_mb;
    function.busy_until_ns = now_ns + absl::ToInt64Nanoseconds(update_delay);
  }
  return ConfigurationOf(function, now_ns);
}

}  // namespace invocator
