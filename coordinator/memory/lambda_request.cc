#include "coordinator/memory/lambda_request.h"

#include <cstdlib>
#include <nlohmann/json.hpp>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/aws/aws_host.h"
#include "common/aws/function_name.h"
#include "common/aws/masking.h"
#include "common/base/sha256.h"
#include "common/http/percent.h"
#include "common/http/service_url.h"
#include "common/words/foreign_text.h"

namespace invocator {
namespace {

using Json = nlohmann::json;

constexpr absl::string_view kService = "lambda";
constexpr size_t kMaxMessageBytes = 1000;

absl::StatusOr<LambdaRequest> MakeRequest(const LambdaFunction& function,
                                          absl::string_view endpoint_url,
                                          absl::string_view method) {
  LambdaRequest request;
  request.method = std::string(method);
  request.scope = {function.region, std::string(kService)};
  if (!function.endpoint_url.empty()) endpoint_url = function.endpoint_url;
  const absl::StatusOr<ServiceUrl> url =
      endpoint_url.empty()
          ? ServiceUrl{false, ServiceHost(kService, function.region), ""}
          : ParseServiceUrl(endpoint_url);
  if (!url.ok()) return url.status();
  absl::StatusOr<Endpoint> endpoint = MakeEndpoint(
      url->host, absl::StrCat(url->path, kLambdaFunctionsPath),
      absl::StrCat(PercentEncode(function.name), "/configuration"));
  if (!endpoint.ok()) return endpoint.status();
  request.url = ServiceUrl{url->plain_http, url->host, ""}.ToString();
  request.endpoint = *std::move(endpoint);
  return request;
}

// Of what a server says, for people.
std::string OneLine(absl::string_view text) {
  return CleanLine(text, kMaxMessageBytes);
}

std::string StringOf(const Json& body, const char* key) {
  const auto found = body.find(key);
  return found != body.end() && found->is_string() ? found->get<std::string>()
                                                   : std::string();
}

std::string FirstOf(const Json& body, std::initializer_list<const char*> keys) {
  for (const char* key : keys) {
    std::string text = StringOf(body, key);
    if (!text.empty()) return text;
  }
  return "";
}

// "ns#ResourceConflictException:http://..." is ResourceConflictException.
std::string CodeOf(const HttpResponse& response, const Json& body) {
  std::string code(response.Find("x-amzn-errortype").value_or(""));
  if (code.empty()) code = FirstOf(body, {"code", "Code", "__type"});
  code = code.substr(0, code.find(':'));
  return code.substr(code.rfind('#') + 1);
}

absl::StatusCode StatusCodeOf(int status) {
  switch (status) {
    case 401:
    case 403:
      return absl::StatusCode::kPermissionDenied;
    case 404:
      return absl::StatusCode::kNotFound;
    case 409:
    case 412:
      return absl::StatusCode::kAborted;
    case 429:
      return absl::StatusCode::kResourceExhausted;
    default:
      break;
  }
  if (status >= 500) return absl::StatusCode::kUnavailable;
  return status >= 400 ? absl::StatusCode::kInvalidArgument
                       : absl::StatusCode::kUnimplemented;
}

absl::Status ErrorOf(const HttpResponse& response) {
  Json body = Json::parse(response.body, nullptr, /*allow_exceptions=*/false);
  if (!body.is_object()) body = Json::object();
  const std::string code = CodeOf(response, body);
  std::string message = FirstOf(body, {"message", "Message", "errorMessage"});
  if (message.empty()) message = response.body;
  // Of a signature that does not match AWS shows what it signed.
  message = MaskSessionTokens(message);
  return absl::Status(
      StatusCodeOf(response.status),
      OneLine(absl::StrCat(response.status, code.empty() ? "" : " ", code,
                           message.empty() ? "" : ": ", message)));
}

absl::Status NotLambda(absl::string_view why) {
  return absl::UnimplementedError(
      absl::StrCat("the answer is not the Lambda control API's: ", why));
}

}  // namespace

std::string LambdaFunction::ToString() const {
  return absl::StrCat(name, " (", region, ")");
}

absl::StatusOr<LambdaRequest> GetConfigurationRequest(
    const LambdaFunction& function, absl::string_view endpoint_url) {
  return MakeRequest(function, endpoint_url, "GET");
}

absl::StatusOr<LambdaRequest> SetMemoryRequest(const LambdaFunction& function,
                                               absl::string_view endpoint_url,
                                               uint32_t memory_mb,
                                               absl::string_view revision) {
  absl::StatusOr<LambdaRequest> request =
      MakeRequest(function, endpoint_url, "PUT");
  if (!request.ok()) return request;
  Json body = {{"MemorySize", memory_mb}};
  if (!revision.empty()) body["RevisionId"] = std::string(revision);
  request->body = body.dump();
  return request;
}

HttpRequest Sign(const LambdaRequest& request, Signer& signer, int64_t unix_s) {
  HttpRequest signed_request;
  signed_request.method = request.method;
  signed_request.url = absl::StrCat(request.url, request.endpoint.path);
  signed_request.body = request.body;
  std::vector<Header> headers;
  if (!request.body.empty()) {
    headers.emplace_back("content-type", "application/json");
  }
  PreparedSignature signature(signer, request.scope, request.method,
                              request.endpoint, headers,
                              Sha256Hex(request.body));
  const PreparedSignature::Stamp& stamp = signature.At(unix_s);
  headers.emplace_back("host", request.endpoint.host);
  headers.emplace_back("x-amz-date", stamp.amz_date);
  if (!signer.credentials().session_token.empty()) {
    headers.emplace_back("x-amz-security-token",
                         signer.credentials().session_token);
  }
  headers.emplace_back("authorization", stamp.authorization);
  signed_request.headers = std::move(headers);
  return signed_request;
}

absl::StatusOr<FunctionConfiguration> ParseConfiguration(
    const HttpResponse& response) {
  if (response.status != 200) return ErrorOf(response);
  const Json body =
      Json::parse(response.body, nullptr, /*allow_exceptions=*/false);
  if (!body.is_object()) return NotLambda("it is no JSON object");
  const auto memory = body.find("MemorySize");
  if (memory == body.end() || !memory->is_number_unsigned() ||
      memory->get<uint64_t>() > kMaxFoundMemoryMb ||
      !IsFoundMemory(memory->get<uint32_t>())) {
    return NotLambda("it has no MemorySize");
  }
  FunctionConfiguration configuration;
  configuration.memory_mb = memory->get<uint32_t>();
  const std::string arn = StringOf(body, "FunctionArn");
  if (ParseFunctionName(arn).ok()) configuration.arn = arn;
  configuration.revision = StringOf(body, "RevisionId");
  configuration.state = OneLine(StringOf(body, "State"));
  if (!configuration.is_active()) {
    configuration.state_reason = OneLine(absl::StrCat(
        StringOf(body, "StateReasonCode"), " ", StringOf(body, "StateReason")));
  }
  // Absent from some stand-ins for AWS, which update at once.
  const std::string update = StringOf(body, "LastUpdateStatus");
  if (update == "InProgress") {
    configuration.update = FunctionConfiguration::Update::kInProgress;
  } else if (update == "Failed") {
    configuration.update = FunctionConfiguration::Update::kFailed;
    configuration.update_reason =
        OneLine(absl::StrCat(StringOf(body, "LastUpdateStatusReasonCode"), " ",
                             StringOf(body, "LastUpdateStatusReason")));
  }
  return configuration;
}

}  // namespace invocator
