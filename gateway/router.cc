#include "gateway/router.h"

#include <utility>

#include "absl/time/time.h"

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

GatewayAnswer OwnPage(std::string body, absl::string_view content_type) {
  GatewayAnswer answer;
  answer.body = std::move(body);
  answer.content_type = content_type;
  answer.counted = false;
  return answer;
}

}  // namespace

GatewayRouter::GatewayRouter(const RouterOptions& options)
    : functions_(options.functions),
      warm_body_(FunctionBody(options.response_bytes, /*cold=*/false)),
      cold_body_(FunctionBody(options.response_bytes, /*cold=*/true)) {
  if (options.credentials) verifier_.emplace(*options.credentials);
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
    return OwnPage(stats_.ToJson({functions_.cold_starts(),
                                  functions_.EnvironmentsAt(now.steady_ns),
                                  connections_open}),
                   "application/json");
  }
  stats_.CountRequest();
  if (!NamesFunction(request.path)) return MissingAuthenticationToken();
  stats_.CountPath(request.path);
  if (verifier_) {
    std::optional<Refusal> refusal =
        verifier_->Verify(request, absl::FromUnixSeconds(now.unix_s));
    if (refusal) return ErrorAnswer(403, refusal->error_type, refusal->message);
    stats_.CountVerified();
  }
  return Invoke(request, now);
}

GatewayAnswer GatewayRouter::HandleUnreadable(GatewayAnswer answer) {
  stats_.CountRequest();
  return answer;
}

GatewayAnswer GatewayRouter::Invoke(const ReceivedRequest& request,
                                    Instant now) {
  FunctionCall call = functions_.Begin(request.path, now.steady_ns);
  GatewayAnswer answer;
  switch (call.result) {
    case FunctionCall::Result::kThrottled:
      return TooManyRequests();
    case FunctionCall::Result::kFailed:
      answer = InternalServerError();
      break;
    case FunctionCall::Result::kOk:
      answer.body = call.cold ? cold_body_ : warm_body_;
      break;
  }
  answer.delay = call.duration;
  return answer;
}

}  // namespace invocator
