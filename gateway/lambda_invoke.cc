#include "gateway/lambda_invoke.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "gateway/lambda_answers.h"
#include "gateway/request_id.h"

namespace invocator {
namespace {

constexpr size_t kMaxSyncBytes = size_t{6} * 1024 * 1024;
constexpr size_t kMaxEventBytes = size_t{1} * 1024 * 1024;
// What the functions here are said to use.
constexpr uint32_t kUsedMemoryMb = 38;

double Ms(absl::Duration duration) {
  return absl::ToDoubleMilliseconds(duration);
}

std::string LogTail(absl::string_view request_id, const FunctionCall& call,
                    uint32_t memory_mb) {
  return absl::Base64Escape(absl::StrCat(
      "START RequestId: ", request_id, " Version: $LATEST\nEND RequestId: ",
      request_id, "\n", ReportLine(request_id, call, memory_mb), "\n"));
}

}  // namespace

std::string ReportLine(absl::string_view request_id, const FunctionCall& call,
                       uint32_t memory_mb) {
  const double run_ms = Ms(call.duration - call.init);
  // INIT is billed since August 2025 (AWS Compute Blog, "AWS Lambda
  // standardizes billing for INIT Phase").
  const double billed_ms = std::max(1.0, std::ceil(Ms(call.duration)));
  std::string line = absl::StrFormat(
      "REPORT RequestId: %s\tDuration: %.2f ms\tBilled Duration: %.0f ms\t"
      "Memory Size: %d MB\tMax Memory Used: %d MB\t",
      request_id, run_ms, billed_ms, memory_mb,
      std::min(kUsedMemoryMb, memory_mb));
  if (call.cold) {
    absl::StrAppendFormat(&line, "Init Duration: %.2f ms\t", Ms(call.init));
  }
  return line;
}

LambdaInvoke::LambdaInvoke(FunctionRegistry& registry, FunctionModel& functions,
                           std::optional<size_t> response_bytes,
                           uint64_t id_seed)
    : registry_(registry),
      functions_(functions),
      response_bytes_(response_bytes),
      ids_(id_seed) {}

GatewayAnswer LambdaInvoke::Invoke(const FunctionName& function,
                                   absl::string_view region,
                                   const ReceivedRequest& request,
                                   int64_t now_ns) {
  if (!registry_.Exists(function.name)) {
    return FunctionNotFound(FunctionArn(function, region));
  }
  const absl::string_view type =
      request.Header("x-amz-invocation-type").value_or("RequestResponse");
  const bool is_event = type == "Event";
  if (!is_event && type != "RequestResponse" && type != "DryRun") {
    return LambdaError(400, "InvalidParameterValueException",
                       absl::StrCat("Unsupported invocation type ", type));
  }
  const size_t limit = is_event ? kMaxEventBytes : kMaxSyncBytes;
  if (request.body.size() > limit) {
    return LambdaError(413, "RequestTooLargeException",
                       absl::StrCat("Request must be smaller than ", limit,
                                    " bytes for the InvokeFunction operation"));
  }
  if (!request.body.empty() &&
      !nlohmann::json::accept(request.body.begin(), request.body.end())) {
    return LambdaError(400, "InvalidRequestContentException",
                       "Could not parse request body into json");
  }
  GatewayAnswer answer;
  answer.front = GatewayAnswer::Front::kLambda;
  if (type == "DryRun") {
    answer.status = 204;
    return answer;
  }
  const FunctionRegistry::State state = registry_.At(function.name, now_ns);
  const std::string version = function.qualifier.empty()
                                  ? std::string(kLatestVersion)
                                  : function.qualifier;
  const FunctionCall call =
      functions_.Begin(function.name, now_ns, state.generation, version);
  switch (call.result) {
    case FunctionCall::Result::kThrottled:
      return RateExceeded("CallerRateLimitExceeded");
    case FunctionCall::Result::kTooMany:
      return RateExceeded("ConcurrentInvocationLimitExceeded");
    case FunctionCall::Result::kFailed:
    case FunctionCall::Result::kOk:
      break;
  }
  answer.memory_mb = state.effective_memory_mb;
  if (is_event) {  // the function runs, but nobody waits for it
    answer.status = 202;
    return answer;
  }
  answer.request_id = NewRequestId(ids_);
  answer.delay = call.wait + call.duration;
  answer.headers.emplace_back("X-Amz-Executed-Version", version);
  if (call.result == FunctionCall::Result::kFailed) {
    answer.headers.emplace_back("X-Amz-Function-Error", "Unhandled");
    answer.body =
        R"({"errorMessage":"the function failed","errorType":"Error"})";
  } else {
    answer.body = response_bytes_ ? JsonOfSize(*response_bytes_)
                  : call.cold     ? R"({"statusCode":200,"coldStart":true})"
                                  : R"({"statusCode":200,"coldStart":false})";
  }
  if (absl::EqualsIgnoreCase(request.Header("x-amz-log-type").value_or("None"),
                             "Tail")) {
    answer.headers.emplace_back(
        "X-Amz-Log-Result",
        LogTail(answer.request_id, call, state.effective_memory_mb));
  }
  return answer;
}

}  // namespace invocator
