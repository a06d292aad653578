#include "gateway/lambda_control.h"

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/time.h"
#include "gateway/lambda_answers.h"

namespace invocator {
namespace {

using Json = nlohmann::json;

// Deterministic: two gateways of equal history give equal revisions.
std::string RevisionOf(const FunctionRegistry::State& state) {
  return absl::StrFormat("%08x-0000-4000-8000-%012x",
                         state.changes & 0xffffffff,
                         state.generation & 0xffffffffffff);
}

Json Configuration(const FunctionName& function, absl::string_view region,
                   const FunctionRegistry::State& state) {
  return {
      {"FunctionName", function.name},
      {"FunctionArn", FunctionArn(function, region)},
      {"Runtime", "python3.12"},
      {"Role", "arn:aws:iam::123456789012:role/gateway"},
      {"Handler", "handler.handler"},
      {"CodeSize", 1024},
      {"Description", "behind invocator-gateway"},
      {"Timeout", 900},
      {"MemorySize", state.memory_mb},
      {"LastModified",
       absl::FormatTime("%Y-%m-%dT%H:%M:%S.000+0000",
                        absl::FromUnixSeconds(state.modified_unix_s),
                        absl::UTCTimeZone())},
      {"CodeSha256", "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="},
      {"Version", "$LATEST"},
      {"TracingConfig", {{"Mode", "PassThrough"}}},
      {"RevisionId", RevisionOf(state)},
      {"State", "Active"},
      {"LastUpdateStatus", state.updating ? "InProgress" : "Successful"},
      {"PackageType", "Zip"},
      {"Architectures", {"x86_64"}},
      {"EphemeralStorage", {{"Size", 512}}},
  };
}

GatewayAnswer Success(const Json& body) {
  GatewayAnswer answer;
  answer.body =
      body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  answer.front = GatewayAnswer::Front::kLambda;
  return answer;
}

bool IsLatest(const FunctionName& function) {
  return function.qualifier.empty() || function.qualifier == "$LATEST";
}

GatewayAnswer InvalidParameter(absl::string_view message) {
  return LambdaError(400, "InvalidParameterValueException", message);
}

// What is wrong with a body that should be {"MemorySize": n}, or nothing.
std::optional<GatewayAnswer> CheckBody(const Json& body) {
  if (!body.is_object()) {
    return LambdaError(400, "InvalidRequestContentException",
                       "Could not parse request body into json");
  }
  for (const auto& [key, value] : body.items()) {
    if (key == "MemorySize") {
      if (!value.is_number_integer()) {
        return LambdaError(400, "SerializationException",
                           "MemorySize is not an integer");
      }
    } else if (key == "RevisionId") {
      if (!value.is_string()) {
        return LambdaError(400, "SerializationException",
                           "RevisionId is not a string");
      }
    } else {
      return InvalidParameter(
          absl::StrCat("invocator-gateway changes MemorySize only, not ", key));
    }
  }
  return std::nullopt;
}

int64_t Clamped(const Json& number) {
  if (number.is_number_unsigned() &&
      number.get<uint64_t>() > uint64_t{INT64_MAX}) {
    return INT64_MAX;
  }
  return number.get<int64_t>();
}

}  // namespace

GatewayAnswer LambdaControl::GetFunction(const FunctionName& function,
                                         absl::string_view region,
                                         int64_t now_ns) const {
  if (!registry_.Exists(function.name) || !IsLatest(function)) {
    return FunctionNotFound(FunctionArn(function, region));
  }
  return Success(
      {{"Configuration",
        Configuration(function, region, registry_.At(function.name, now_ns))},
       {"Code", {{"RepositoryType", "S3"}}}});
}

GatewayAnswer LambdaControl::GetConfiguration(const FunctionName& function,
                                              absl::string_view region,
                                              int64_t now_ns) const {
  if (!registry_.Exists(function.name) || !IsLatest(function)) {
    return FunctionNotFound(FunctionArn(function, region));
  }
  return Success(
      Configuration(function, region, registry_.At(function.name, now_ns)));
}

GatewayAnswer LambdaControl::UpdateConfiguration(const FunctionName& function,
                                                 absl::string_view region,
                                                 absl::string_view body,
                                                 int64_t now_ns,
                                                 int64_t unix_s) {
  const std::string arn = FunctionArn(function, region);
  if (!registry_.Exists(function.name)) return FunctionNotFound(arn);
  if (!IsLatest(function)) {
    return InvalidParameter(
        "The configuration of a published version cannot be changed");
  }
  const Json request = Json::parse(body.begin(), body.end(), nullptr,
                                   /*allow_exceptions=*/false);
  if (auto refusal = CheckBody(request)) return *std::move(refusal);
  const FunctionRegistry::State before = registry_.At(function.name, now_ns);
  if (before.updating) return UpdateInProgress(arn);
  if (const auto revision = request.find("RevisionId");
      revision != request.end() && *revision != RevisionOf(before)) {
    return LambdaError(412, "PreconditionFailedException",
                       "The RevisionId provided does not match the latest "
                       "RevisionId.");
  }
  if (const auto size = request.find("MemorySize"); size != request.end()) {
    const absl::Status status =
        registry_.SetMemory(function.name, Clamped(*size), now_ns, unix_s);
    if (absl::IsOutOfRange(status)) {
      return LambdaError(400, "ValidationException", status.message());
    }
    if (!status.ok()) {
      return LambdaError(500, "ServiceException", status.message());
    }
  }
  return Success(
      Configuration(function, region, registry_.At(function.name, now_ns)));
}

}  // namespace invocator
