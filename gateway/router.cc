#include "gateway/router.h"

#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/match.h"
#include "absl/time/time.h"
#include "gateway/authorization.h"
#include "gateway/lambda_answers.h"

namespace invocator {
namespace {

std::string FunctionBody(std::optional<size_t> bytes, bool cold) {
  if (bytes) return JsonOfSize(*bytes);
  return cold ? R"({"statusCode":200,"coldStart":true})"
              : R"({"statusCode":200,"coldStart":false})";
}

// "/<stage>/<resource>", neither of them empty.
bool NamesFunction(absl::string_view path) {
  size_t resource = path.find('/', 1);
  return resource != path.npos && resource > 1 && resource + 1 < path.size();
}

bool IsFunctionUrl(const ReceivedRequest& request) {
  return absl::StrContains(request.Header("host").value_or(""), ".lambda-url.");
}

// Region of the credential scope, for ARNs; AWS's first one without any.
std::string RegionOf(const ReceivedRequest& request) {
  const absl::StatusOr<Authorization> authorization = ParseAuthorization(
      request.Header("authorization").value_or(""), /*has_date=*/true);
  return authorization.ok() && IsRegionWord(authorization->region)
             ? std::string(authorization->region)
             : "us-east-1";
}

// By convention the last word of the path is the function's name.
absl::string_view FunctionOf(absl::string_view path) {
  return path.substr(path.rfind('/') + 1);
}

LambdaApi::Options LambdaOptions(const RouterOptions& options) {
  LambdaApi::Options lambda;
  lambda.control_throttle = options.control_throttle;
  lambda.response_bytes = options.response_bytes;
  lambda.id_seed = options.functions.seed;
  return lambda;
}

GatewayAnswer OwnPage(std::string body, absl::string_view content_type) {
  GatewayAnswer answer;
  answer.body = std::move(body);
  answer.content_type = content_type;
  answer.counted = false;
  return answer;
}

}  // namespace

GatewayRouter::GatewayRouter(const RouterOptions& options)
    : front_(options.front),
      sts_(options.sts, sessions_),
      registry_(options.registry),
      functions_(options.functions),
      lambda_(LambdaOptions(options), registry_, functions_),
      warm_body_(FunctionBody(options.response_bytes, /*cold=*/false)),
      cold_body_(FunctionBody(options.response_bytes, /*cold=*/true)) {
  if (options.credentials) verifier_.emplace(*options.credentials, &sessions_);
  for (const FoundCredentials& more : options.more_credentials) {
    if (verifier_) verifier_->Accept(more);
  }
}

GatewayAnswer GatewayRouter::Handle(const ReceivedRequest& request, Instant now,
                                    size_t connections_open) {
  if (request.method == "GET" && request.path == "/ping") {
    return OwnPage("healthy", "text/plain");
  }
  if (request.method == "GET" && request.path == "/_stats") {
    return OwnPage(
        stats_.ToJson({functions_.cold_starts(),
                       functions_.EnvironmentsAt(now.steady_ns),
                       connections_open, registry_.ChangedMemoryMb()}),
        "application/json");
  }
  if (const auto operation =
          LambdaApi::OperationOf(request.method, request.path)) {
    return HandleLambda(*operation, request, now);
  }
  if (!IsFunctionUrl(request)) {
    if (const auto call = StsApi::CallOf(request)) {
      return HandleSts(*call, request, now);
    }
  }
  GatewayAnswer answer = HandleFunction(request, now);
  if (front_.http_api) SayAsHttpApi(answer);
  return answer;
}

GatewayAnswer GatewayRouter::HandleFunction(const ReceivedRequest& request,
                                            Instant now) {
  stats_.CountRequest();
  const bool is_url = IsFunctionUrl(request);
  if (!is_url && !NamesFunction(request.path)) {
    return MissingAuthenticationToken();
  }
  stats_.CountPath(request.path);
  if (const auto refusal =
          Verify(request, now, is_url ? "lambda" : "execute-api")) {
    return ErrorAnswer(403, refusal->error_type, refusal->message);
  }
  if (verifier_) stats_.CountVerified();
  if (absl::c_linear_search(front_.denied, FunctionOf(request.path))) {
    return AccessDenied(RegionOf(request), request.method, request.path);
  }
  return Invoke(request, now);
}

std::optional<Refusal> GatewayRouter::Verify(const ReceivedRequest& request,
                                             Instant now,
                                             absl::string_view service) {
  if (!verifier_) return std::nullopt;
  return verifier_->Verify(request, absl::FromUnixSeconds(now.unix_s), service);
}

GatewayAnswer GatewayRouter::HandleLambda(LambdaOperation operation,
                                          const ReceivedRequest& request,
                                          Instant now) {
  const bool is_invoke = operation == LambdaOperation::kInvoke;
  if (is_invoke) {
    stats_.CountRequest();
    stats_.CountPath(request.path);
  } else {
    stats_.CountControl(LambdaOperationName(operation));
  }
  GatewayAnswer answer;
  if (operation == LambdaOperation::kUnknown) {
    answer = UnknownOperation();
  } else if (const auto refusal = Verify(request, now, "lambda")) {
    answer = LambdaRefusal(*refusal);
  } else {
    if (is_invoke && verifier_) stats_.CountVerified();
    answer = lambda_.Handle(operation, request, RegionOf(request),
                            now.steady_ns, now.unix_s);
  }
  answer.counted = is_invoke;
  return answer;
}

GatewayAnswer GatewayRouter::HandleSts(const StsApi::Call& call,
                                       const ReceivedRequest& request,
                                       Instant now) {
  stats_.CountControl(StsActionName(call.action));
  if (call.NeedsSignature()) {
    if (const auto refusal = Verify(request, now, "sts")) {
      return sts_.Refuse(*refusal);
    }
  }
  return sts_.Handle(call, request, now.unix_s);
}

GatewayAnswer GatewayRouter::HandleUnreadable(GatewayAnswer answer) {
  stats_.CountRequest();
  return answer;
}

GatewayAnswer GatewayRouter::Invoke(const ReceivedRequest& request,
                                    Instant now) {
  const FunctionRegistry::State state =
      registry_.At(FunctionOf(request.path), now.steady_ns);
  const FunctionCall call =
      functions_.Begin(request.path, now.steady_ns, state.generation);
  GatewayAnswer answer;
  switch (call.result) {
    case FunctionCall::Result::kThrottled:
      return TooManyRequests();
    case FunctionCall::Result::kTooMany:
      return LambdaThrottled();
    case FunctionCall::Result::kFailed:
      answer = InternalServerError();
      break;
    case FunctionCall::Result::kOk:
      answer.body = call.cold ? cold_body_ : warm_body_;
      break;
  }
  absl::Duration delay = call.wait + call.duration;
  if (front_.integration_timeout && delay > *front_.integration_timeout) {
    answer = IntegrationTimeout();
    delay = *front_.integration_timeout;
  } else if (!front_.cold_start_header.empty()) {
    answer.headers.emplace_back(front_.cold_start_header,
                                call.cold ? "true" : "false");
  }
  answer.memory_mb = state.effective_memory_mb;
  answer.delay = delay;
  return answer;
}

}  // namespace invocator
