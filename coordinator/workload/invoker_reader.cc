#include "coordinator/workload/invoker_reader.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/aws/aws_host.h"
#include "common/aws/function_name.h"
#include "common/http/percent.h"
#include "common/http/service_url.h"
#include "common/words/utf8.h"
#include "coordinator/json/json.h"
#include "coordinator/workload/workload_keys.h"

namespace invocator {
namespace {

void RefuseKeys(FieldReader& fields, std::initializer_list<const char*> keys,
                absl::string_view why) {
  for (const char* key : keys) {
    if (fields.Has(key)) fields.Error(key, why);
  }
}

// Whether the workload itself sets that header.
bool HasHeader(const FieldReader& fields, absl::string_view name) {
  const Json* headers = fields.Find("headers");
  if (headers == nullptr || !headers->is_object()) return false;
  const auto& members = headers->get_ref<const Json::object_t&>();
  return std::any_of(members.begin(), members.end(), [&](const auto& header) {
    return absl::EqualsIgnoreCase(header.first, name);
  });
}

// The function of application and qualifier; nullopt after an error.
std::optional<FunctionName> ReadFunction(FieldReader& fields) {
  fields.Require("application", "the function's name");
  const std::optional<std::string> application = fields.String("application");
  const std::optional<std::string> qualifier = fields.String("qualifier");
  if (!application) return std::nullopt;
  absl::StatusOr<FunctionName> function = ParseFunctionName(*application);
  if (!function.ok()) {
    fields.Error("application", function.status().message());
    return std::nullopt;
  }
  if (!qualifier) return *std::move(function);
  if (!function->qualifier.empty()) {
    fields.Error("qualifier",
                 absl::StrCat("the application names one already, ",
                              ShortQuote(function->qualifier)));
    return std::nullopt;
  }
  const absl::StatusOr<FunctionName> qualified =
      ParseFunctionName(absl::StrCat(function->name, ":", *qualifier));
  if (!qualified.ok() || qualified->qualifier != *qualifier) {
    fields.ValueError("qualifier", "a version, an alias or \"$LATEST\"");
    return std::nullopt;
  }
  function->qualifier = *qualifier;
  return *std::move(function);
}

// Endpoint of the instance's calls of Lambda's API.
absl::StatusOr<ServiceUrl> LambdaApiOf(const AwsDefaults& aws,
                                       const std::optional<std::string>& host,
                                       const std::string& region) {
  if (host) return ServiceUrl{false, *host, ""};
  if (!aws.lambda.ok()) return aws.lambda.status();
  if (!aws.lambda->url.empty()) return ParseServiceUrl(aws.lambda->url);
  return ServiceUrl{false, ServiceHost("lambda", region), ""};
}

// A host beside a URL: FaaSProfiler and its heirs need both.
void CheckHostOf(FieldReader& fields, const Endpoint& of_url, bool plain_http) {
  const std::optional<std::string> host = fields.String("host");
  if (!host) return;
  absl::StatusOr<Endpoint> endpoint = MakeEndpoint(*host, "", "");
  if (!endpoint.ok()) {
    fields.Error("host", endpoint.status().message());
    return;
  }
  if (plain_http) {
    endpoint->host = std::string(absl::StripSuffix(endpoint->host, ":80"));
  }
  if (endpoint->host == of_url.host) return;
  fields.Error(
      "host",
      absl::StrCat("the url has another host, ", ShortQuote(of_url.host),
                   ": expected one of them (--endpoint-url sends the requests "
                   "of a host, stage and resource to another address)"));
}

// Parts of a workload's URL.
struct Target {
  bool plain_http = false;
  Endpoint endpoint;
};

constexpr absl::string_view kHttp = "http://";
constexpr absl::string_view kHttps = "https://";

// Splits off a URL's authority: scheme and "//", authority, the rest.
std::array<absl::string_view, 3> SplitUrl(absl::string_view url) {
  const size_t begin = url.find("//") + 2;
  const size_t end = std::min(url.find_first_of("/?#", begin), url.size());
  return {url.substr(0, begin), url.substr(begin, end - begin),
          url.substr(end)};
}

absl::StatusOr<Target> ParseUrl(absl::string_view url) {
  Target target;
  target.plain_http = absl::StartsWith(url, kHttp);
  if (!target.plain_http && !absl::StartsWith(url, kHttps)) {
    return absl::InvalidArgumentError(
        absl::StrCat("expected an http or https URL, such as "
                     "\"https://example.com/f\", found ",
                     ShortQuote(url)));
  }
  if (absl::Status raw = CheckRawText(url); !raw.ok()) return raw;
  const auto [scheme, authority, rest] = SplitUrl(url);
  absl::StatusOr<Endpoint> endpoint = MakeEndpoint(authority, "", rest);
  if (!endpoint.ok()) return endpoint.status();
  target.endpoint = *std::move(endpoint);
  if (target.plain_http) {
    // Endpoint::host omits https's port 443, and no other.
    if (absl::EndsWith(authority, ":443")) {
      return absl::InvalidArgumentError(absl::StrCat(
          "expected https, or another port, found ", ShortQuote(url)));
    }
    std::string& host = target.endpoint.host;
    host = std::string(absl::StripSuffix(host, ":80"));
  }
  return target;
}

// Changes http and https URLs only.
std::string WithLowerCaseScheme(absl::string_view url) {
  for (absl::string_view scheme : {kHttp, kHttps}) {
    if (absl::StartsWithIgnoreCase(url, scheme)) {
      return absl::StrCat(scheme, url.substr(scheme.size()));
    }
  }
  return std::string(url);
}

std::string WithMendedHost(absl::string_view url) {
  const auto [scheme, authority, rest] = SplitUrl(url);
  return absl::StrCat(scheme, MendHost(authority).value_or(""), rest);
}

}  // namespace

TargetKind ReadInvoker(FieldReader& fields) {
  const std::optional<size_t> choice = fields.Choice("invoker", kInvokers);
  const TargetKind invoker = choice ? static_cast<TargetKind>(*choice)
                             : fields.Has("url") ? TargetKind::kHttp
                                                 : TargetKind::kApiGateway;
  if (invoker != TargetKind::kLambda) {
    RefuseKeys(fields, {"qualifier", "invocation_type"},
               "expected beside \"invoker\": \"lambda\" only");
  }
  if (invoker == TargetKind::kApiGateway) {
    RefuseKeys(fields, {"url"},
               "expected beside \"invoker\": \"http\" or \"function_url\" "
               "only");
  }
  return invoker;
}

absl::Status CheckRawText(absl::string_view text) {
  if (absl::StrContains(text, "#")) {
    return absl::InvalidArgumentError(absl::StrCat(
        ShortQuote(text),
        " has a '#', and a fragment is never sent: expected %23 for "
        "the character itself"));
  }
  if (HasControlCharacter(text)) {
    return absl::InvalidArgumentError(
        absl::StrCat(ShortQuote(text),
                     " has a control character: expected its escape, such as "
                     "%0A"));
  }
  return absl::OkStatus();
}

bool IsScopeWord(absl::string_view text) {
  return !text.empty() && text.size() <= 64 && absl::c_all_of(text, [](char c) {
    return absl::ascii_islower(static_cast<unsigned char>(c)) ||
           absl::ascii_isdigit(static_cast<unsigned char>(c)) || c == '-';
  });
}

std::optional<std::string> ReadScopeWord(FieldReader& fields,
                                         absl::string_view key) {
  std::optional<std::string> word = fields.String(key);
  if (!word || IsScopeWord(*word)) return word;
  fields.ValueError(key, "lower-case letters, digits and '-'");
  return std::nullopt;
}

void ReadUrl(FieldReader& fields, InstancePlan& instance) {
  RefuseKeys(fields, {"stage", "resource"},
             "the url contains it already, expected one of them");
  const std::optional<std::string> url = fields.String("url");
  if (!url) return;
  const std::string lower = WithLowerCaseScheme(*url);
  absl::StatusOr<Target> target = ParseUrl(lower);
  if (lower != *url) {
    const std::string mended = target.ok() ? lower : WithMendedHost(lower);
    const bool is_good = ParseUrl(mended).ok();
    fields.ValueError(
        "url",
        absl::StrCat("its scheme in lower case",
                     is_good ? absl::StrCat(", ", ShortQuote(mended)) : ""));
    if (is_good) return;
  }
  if (!target.ok()) {
    fields.Error("url", target.status().message());
    return;
  }
  CheckHostOf(fields, target->endpoint, target->plain_http);
  instance.plain_http = target->plain_http;
  instance.endpoint = std::move(target->endpoint);
}

void ReadLambda(FieldReader& fields, const AwsDefaults& aws,
                InstancePlan& instance) {
  RefuseKeys(fields, {"stage", "resource", "url", "method", "service"},
             "is decided by \"invoker\": \"lambda\", expected no such key");
  if (fields.Choice("auth", kAuths).value_or(0) == 1) {
    fields.Error("auth",
                 "expected \"iam\": the Lambda API takes signed requests only");
  }
  const size_t type =
      fields.Choice("invocation_type", kInvocationTypes).value_or(0);
  if (type != 0) {
    instance.headers.emplace_back(kInvocationTypeHeader,
                                  kInvocationTypes[type]);
  }
  if (type == 0 && !HasHeader(fields, "X-Amz-Log-Type")) {
    // The REPORT line at the log's end tells cold starts and what is billed.
    instance.headers.emplace_back("X-Amz-Log-Type", "Tail");
  }
  const std::optional<FunctionName> function = ReadFunction(fields);
  const std::optional<std::string> host = fields.String("host");
  std::optional<std::string> region = ReadScopeWord(fields, "region");
  if (!function || (fields.Has("region") && !region)) return;
  if (!region && !function->region.empty()) region = function->region;
  if (!region && host) {
    if (const auto named = ScopeFromHost(*host)) region = named->region;
  }
  if (!region) region = aws.Region();
  if (region->empty()) {
    fields.Error("region",
                 "missing, and neither the application's ARN nor AWS_REGION "
                 "names one; add \"region\"");
    return;
  }
  const std::string name =
      function->account.empty()
          ? function->name
          : absl::StrCat(function->account, ":function:", function->name);
  const absl::StatusOr<ServiceUrl> api = LambdaApiOf(aws, host, *region);
  if (!api.ok()) {
    fields.Error("invoker", absl::StrCat(api.status().message(),
                                         "; mend it, or add \"host\""));
    return;
  }
  absl::StatusOr<Endpoint> endpoint = MakeEndpoint(
      api->host, absl::StrCat(api->path, kLambdaFunctionsPath),
      absl::StrCat(PercentEncode(name), "/invocations",
                   function->qualifier.empty() ? "" : "?Qualifier=",
                   PercentEncode(function->qualifier)));
  if (!endpoint.ok()) {
    fields.Error("host", endpoint.status().message());
    return;
  }
  instance.endpoint = *std::move(endpoint);
  instance.plain_http = api->plain_http;
  instance.signing = SigningScope{*std::move(region), "lambda"};
  if (fields.Has("qualifier")) {
    absl::StrAppend(&instance.application, ":", function->qualifier);
  }
}

}  // namespace invocator
