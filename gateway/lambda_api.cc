#include "gateway/lambda_api.h"

#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "common/aws/function_name.h"
#include "common/http/percent.h"
#include "gateway/lambda_answers.h"

namespace invocator {
namespace {

constexpr absl::string_view kPrefix = "/2015-03-31/functions/";

// "/2017-10-31" or "/2017-10-31/...".
bool BeginsWithDate(absl::string_view path) {
  constexpr absl::string_view kPattern = "/dddd-dd-dd";
  if (path.size() < kPattern.size() ||
      (path.size() > kPattern.size() && path[kPattern.size()] != '/')) {
    return false;
  }
  for (size_t i = 0; i < kPattern.size(); ++i) {
    const bool fits =
        kPattern[i] == 'd'
            ? absl::ascii_isdigit(static_cast<unsigned char>(path[i]))
            : path[i] == kPattern[i];
    if (!fits) return false;
  }
  return true;
}

// The last word of the path behind the function, or "".
std::pair<absl::string_view, absl::string_view> SplitPath(
    absl::string_view path) {
  absl::ConsumePrefix(&path, kPrefix);
  return absl::StrSplit(path, absl::MaxSplits('/', 1));
}

// The function of path and ?Qualifier=.
absl::StatusOr<FunctionName> FunctionOf(const ReceivedRequest& request) {
  absl::StatusOr<FunctionName> function =
      ParseFunctionName(PercentDecode(SplitPath(request.path).first));
  if (!function.ok()) return function;
  for (absl::string_view parameter : absl::StrSplit(request.query, '&')) {
    if (absl::ConsumePrefix(&parameter, "Qualifier=")) {
      // Through the same door, so that it is checked as well.
      const absl::StatusOr<FunctionName> qualified =
          ParseFunctionName(function->name + ":" + PercentDecode(parameter));
      if (!qualified.ok()) return qualified.status();
      function->qualifier = qualified->qualifier;
    }
  }
  return function;
}

}  // namespace

absl::string_view LambdaOperationName(LambdaOperation operation) {
  switch (operation) {
    case LambdaOperation::kGetFunction:
      return "GetFunction";
    case LambdaOperation::kGetConfiguration:
      return "GetFunctionConfiguration";
    case LambdaOperation::kUpdateConfiguration:
      return "UpdateFunctionConfiguration";
    case LambdaOperation::kInvoke:
      return "Invoke";
    case LambdaOperation::kUnknown:
      break;
  }
  return "(unknown)";
}

LambdaApi::LambdaApi(const Options& options, FunctionRegistry& registry,
                     FunctionModel& functions)
    : control_(registry),
      invoke_(registry, functions, options.response_bytes, options.id_seed) {
  if (options.control_throttle) {
    control_throttle_.emplace(*options.control_throttle);
  }
}

std::optional<LambdaOperation> LambdaApi::OperationOf(absl::string_view method,
                                                      absl::string_view path) {
  const bool of_functions = absl::ConsumePrefix(&path, kPrefix);
  if (!of_functions && !BeginsWithDate(path)) return std::nullopt;
  if (!of_functions || path.empty()) return LambdaOperation::kUnknown;
  const absl::string_view rest = SplitPath(path).second;
  if (method == "GET" && path.find('/') == absl::string_view::npos) {
    return LambdaOperation::kGetFunction;
  }
  if (rest == "configuration") {
    if (method == "GET") return LambdaOperation::kGetConfiguration;
    if (method == "PUT") return LambdaOperation::kUpdateConfiguration;
  }
  if (rest == "invocations" && method == "POST") {
    return LambdaOperation::kInvoke;
  }
  return LambdaOperation::kUnknown;
}

GatewayAnswer LambdaApi::Handle(LambdaOperation operation,
                                const ReceivedRequest& request,
                                absl::string_view region, int64_t now_ns,
                                int64_t unix_s) {
  if (operation == LambdaOperation::kUnknown) return UnknownOperation();
  const absl::StatusOr<FunctionName> function = FunctionOf(request);
  if (!function.ok()) {
    return LambdaError(400, "ValidationException", function.status().message());
  }
  if (operation == LambdaOperation::kInvoke) {
    return invoke_.Invoke(*function, region, request, now_ns);
  }
  if (control_throttle_ && !control_throttle_->Take(now_ns)) {
    return RateExceeded("CallerRateLimitExceeded");
  }
  if (operation == LambdaOperation::kGetFunction) {
    return control_.GetFunction(*function, region, now_ns);
  }
  if (operation == LambdaOperation::kGetConfiguration) {
    return control_.GetConfiguration(*function, region, now_ns);
  }
  return control_.UpdateConfiguration(*function, region, request.body, now_ns,
                                      unix_s);
}

}  // namespace invocator
