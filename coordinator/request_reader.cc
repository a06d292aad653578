#include "coordinator/request_reader.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/http_syntax.h"
#include "coordinator/invoker_reader.h"
#include "coordinator/workload_keys.h"

namespace invocator {
namespace {

constexpr NumberRange kTimeouts = {0, 3600, /*min_is_inside=*/false};
constexpr size_t kMaxMethodBytes = 32;
constexpr size_t kMaxHeaderBytes = 8192;

// Set by the worker itself, or a matter between it and the next hop.
constexpr absl::string_view kOwnHeaders[] = {
    "host",       "authorization",
    "x-amz-date", "x-amz-security-token",
    "connection", "content-length",
    "keep-alive", "proxy-connection",
    "expect",     "te",
    "trailer",    "transfer-encoding",
    "upgrade",
};

bool IsHeaderValue(absl::string_view text) {
  return text.size() <= kMaxHeaderBytes && IsHttpHeaderValue(text);
}

// A word of a credential scope.
bool IsScopeWord(absl::string_view text) {
  return !text.empty() && text.size() <= 64 && absl::c_all_of(text, [](char c) {
    return absl::ascii_islower(static_cast<unsigned char>(c)) ||
           absl::ascii_isdigit(static_cast<unsigned char>(c)) || c == '-';
  });
}

// Checks each part by itself, so that every wrong one is told.
void ReadEndpoint(FieldReader& fields, InstancePlan& instance) {
  constexpr absl::string_view kAnyHost = "localhost";
  fields.Require("host", "the host's name, without scheme and path");
  const std::optional<std::string> host = fields.String("host");
  const std::optional<std::string> stage = fields.String("stage");
  const std::optional<std::string> resource = fields.String("resource");
  bool ok = true;
  auto check = [&](absl::string_view key, const absl::Status& status) {
    if (status.ok()) return;
    fields.Error(key, status.message());
    ok = false;
  };
  if (host) check("host", MakeEndpoint(*host, "", "").status());
  if (stage) check("stage", MakeEndpoint(kAnyHost, *stage, "").status());
  if (resource) {
    check("resource", MakeEndpoint(kAnyHost, "", *resource).status());
  }
  if (!host || !ok) return;
  absl::StatusOr<Endpoint> endpoint =
      MakeEndpoint(*host, stage.value_or(""), resource.value_or(""));
  check("resource", endpoint.status());
  if (endpoint.ok()) instance.endpoint = *std::move(endpoint);
}

void ReadSigning(FieldReader& fields, const AwsDefaults& aws,
                 InvokerKind invoker, InstancePlan& instance) {
  std::optional<std::string> region = ReadScopeWord(fields, "region");
  std::optional<std::string> service = ReadScopeWord(fields, "service");
  const size_t default_auth = invoker == InvokerKind::kHttp ? 1 : 0;
  if (fields.Choice("auth", kAuths).value_or(default_auth) == 1) return;
  // A wrong or missing host is told already, and could have named the region.
  if (instance.endpoint.host.empty()) return;
  const std::optional<SigningScope> named =
      ScopeFromHost(instance.endpoint.host);
  const std::string host = ShortQuote(instance.endpoint.host);

  if (!fields.Has("region")) {
    region = named ? named->region : aws.Region();
    if (region->empty()) {
      fields.Error("region",
                   absl::StrCat("missing, and neither the host ", host,
                                " nor AWS_REGION names one; add \"region\" "
                                "(or \"auth\": \"none\")"));
    } else if (!IsScopeWord(*region)) {
      fields.Error("region", absl::StrCat("AWS_REGION is ", ShortQuote(*region),
                                          ", expected a region's name"));
    }
  }
  if (invoker == InvokerKind::kFunctionUrl) {
    if (service && *service != "lambda") {
      fields.ValueError("service", "\"lambda\", as function URLs are its own");
    }
    service = "lambda";
  } else if (!fields.Has("service")) {
    service = named ? named->service : "execute-api";
    if (!named) {
      fields.Warn("service",
                  absl::StrCat("the host ", host, " names none, taking \"",
                               *service, "\"; add \"service\" to be sure"));
    }
  }
  instance.signing = SigningScope{region.value_or(""), service.value_or("")};
}

void ReadMethod(FieldReader& fields, InstancePlan& instance) {
  std::optional<std::string> method = fields.String("method");
  if (!method) return;
  if (!IsHttpToken(*method) || method->size() > kMaxMethodBytes) {
    fields.ValueError("method", "an HTTP method such as \"POST\"");
  } else if (*method == "CONNECT") {
    fields.ValueError("method", "a method that sends a request to a resource");
  } else if (*method == "HEAD" &&
             (fields.Has("payload") || fields.Has("data"))) {
    fields.ValueError("method",
                      "a method that may have a body, such as "
                      "\"POST\", as there is a payload");
  } else {
    instance.method = *std::move(method);
  }
}

void ReadHeaders(FieldReader& fields, WorkloadIssues& issues,
                 InstancePlan& instance) {
  const Json* headers = fields.Find("headers");
  if (headers == nullptr) return;
  if (!headers->is_object()) {
    fields.ValueError("headers", "an object of names and values");
    return;
  }
  const std::string path = fields.PathOf("headers");
  auto same_name = [](absl::string_view name) {
    return [name](const auto& header) {
      return absl::EqualsIgnoreCase(header.first, name);
    };
  };
  for (const auto& [name, value] : headers->get_ref<const Json::object_t&>()) {
    const std::string header_path = MemberPath(path, name);
    if (!IsHttpToken(name)) {
      issues.Add(header_path, "expected a header name (RFC 9110, a token)");
    } else if (absl::c_linear_search(kOwnHeaders,
                                     absl::AsciiStrToLower(name))) {
      issues.Add(header_path,
                 "is set by the worker, expected no such header here");
    } else if (absl::c_any_of(instance.headers, same_name(name))) {
      issues.Add(header_path,
                 "is there already but for upper and lower case, expected "
                 "every header once");
    } else if (!value.is_string() ||
               !IsHeaderValue(value.get_ref<const std::string&>())) {
      issues.AddValue(header_path, value,
                      absl::StrCat("a string of at most ", kMaxHeaderBytes,
                                   " bytes without control characters and "
                                   "without blanks at its ends"));
    } else {
      instance.headers.emplace_back(name, value.get<std::string>());
    }
  }
}

void ReadColdStartSource(FieldReader& fields, InstancePlan& instance) {
  const std::optional<std::string> text = fields.String("cold_start_from");
  if (!text) return;
  absl::StatusOr<ColdStartSource> source = ParseColdStartSource(*text);
  if (source.ok()) {
    instance.cold_start_from = *std::move(source);
  } else {
    fields.Error("cold_start_from", absl::StrCat(ShortQuote(*text), " ",
                                                 source.status().message()));
  }
}

}  // namespace

std::optional<std::string> ReadScopeWord(FieldReader& fields,
                                         absl::string_view key) {
  std::optional<std::string> word = fields.String(key);
  if (!word || IsScopeWord(*word)) return word;
  fields.ValueError(key, "lower-case letters, digits and '-'");
  return std::nullopt;
}

void ReadRequest(FieldReader& fields, const AwsDefaults& aws,
                 WorkloadIssues& issues, InstancePlan& instance) {
  const InvokerKind invoker = ReadInvoker(fields);
  if (invoker == InvokerKind::kLambda) {
    ReadLambda(fields, aws, instance);
  } else {
    if (fields.Has("url") && invoker != InvokerKind::kApiGateway) {
      ReadUrl(fields, instance);
    } else {
      ReadEndpoint(fields, instance);
    }
    ReadSigning(fields, aws, invoker, instance);
  }
  ReadMethod(fields, instance);
  ReadHeaders(fields, issues, instance);
  ReadColdStartSource(fields, instance);
  if (auto seconds = fields.Number("timeout_in_seconds", kTimeouts)) {
    // Whole nanoseconds survive being written and read again.
    instance.timeout =
        absl::Nanoseconds(std::max<int64_t>(std::llround(*seconds * 1e9), 1));
  }
}

}  // namespace invocator
