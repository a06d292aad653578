#include "tests/support/fake_lambda.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"

namespace invocator {
namespace {

using Json = nlohmann::json;

// A new one when an update begins, and again when it ends, as AWS has it.
std::string RevisionOf(const FakeLambda::Function& function, int64_t now_ns) {
  return absl::StrCat("revision-", function.changes,
                      now_ns < function.busy_until_ns ? "-in-progress" : "");
}

HttpResponse ConfigurationOf(const std::string& arn,
                             const FakeLambda::Function& function,
                             int64_t now_ns) {
  const bool busy = now_ns < function.busy_until_ns;
  const bool failed = !busy && !function.failure.empty();
  Json body = {{"FunctionArn", arn},
               {"MemorySize", function.memory_mb},
               {"LastUpdateStatus", busy     ? "InProgress"
                                    : failed ? "Failed"
                                             : "Successful"},
               {"RevisionId", RevisionOf(function, now_ns)},
               {"State", function.state},
               {"StateReasonCode", "Idle"},
               {"StateReason", "not called for long"}};
  if (failed) {
    body["LastUpdateStatusReasonCode"] = "InternalError";
    body["LastUpdateStatusReason"] = function.failure;
  }
  HttpResponse response;
  response.status = 200;
  response.body = body.dump();
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
  system.give_up = [this] { return now_ns >= give_up_ns; };
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
  system.say = [this](const std::string& words) { said.push_back(words); };
  return system;
}

absl::StatusOr<HttpResponse> FakeLambda::Fetch(const HttpRequest& request) {
  requests.push_back(request);
  now_ns += absl::ToInt64Nanoseconds(call_time);
  std::string name = request.url.substr(request.url.find("/functions/") + 11);
  name = name.substr(0, name.find('/'));
  const bool is_put = request.method == "PUT";
  const Json asked = is_put ? Json::parse(request.body) : Json::object();
  const uint32_t memory_mb = asked.value("MemorySize", 0u);
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
    if (asked.contains("RevisionId") &&
        asked["RevisionId"] != RevisionOf(function, now_ns)) {
      return AwsError(412, "PreconditionFailedException",
                      "The RevisionId provided does not match");
    }
    Change(name, memory_mb);
    function.busy_until_ns = now_ns + absl::ToInt64Nanoseconds(update_delay);
  }
  return ConfigurationOf(
      absl::StrCat("arn:aws:lambda:us-west-1:", account, ":function:", name),
      function, now_ns);
}

void FakeLambda::Change(const std::string& name, uint32_t memory_mb) {
  functions[name].memory_mb = memory_mb;
  ++functions[name].changes;
}

}  // namespace invocator
