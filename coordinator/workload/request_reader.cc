#include "coordinator/workload/request_reader.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/aws/aws_host.h"
#include "common/http/http_syntax.h"
#include "coordinator/json/suggestion.h"
#include "coordinator/workload/invoker_reader.h"
#include "coordinator/workload/target_reader.h"
#include "coordinator/workload/workload_keys.h"

namespace invocator {
namespace {

constexpr NumberRange kTimeouts = {0, 3600, /*min_is_inside=*/false};
constexpr size_t kMaxMethodBytes = 32;

constexpr absl::string_view kMethods[] = {
    "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"};

constexpr absl::string_view kHostMissing =
    "missing, expected the host's name, without scheme and path";
constexpr absl::string_view kWaysOut =
    "missing, and an application alone does not say where it is called: "
    "expected \"invoker\": \"lambda\" beside it (Lambda's Invoke API), or "
    "\"invoker\": \"http\" and a \"url\", or a \"host\" (API Gateway, with "
    "\"stage\" and \"resource\")";

// Checks each part by itself, so that every wrong one is reported.
void ReadEndpoint(FieldReader& fields, InstancePlan& instance) {
  constexpr absl::string_view kAnyHost = "localhost";
  if (!fields.Has("host")) {
    fields.Error("host", fields.Has("application") && !fields.Has("invoker")
                             ? kWaysOut
                             : kHostMissing);
  }
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
  if (stage) {
    check("stage", CheckRawText(*stage));
    check("stage", MakeEndpoint(kAnyHost, *stage, "").status());
  }
  if (resource) {
    check("resource", CheckRawText(*resource));
    check("resource", MakeEndpoint(kAnyHost, "", *resource).status());
  }
  if (!host || !ok) return;
  absl::StatusOr<Endpoint> endpoint =
      MakeEndpoint(*host, stage.value_or(""), resource.value_or(""));
  check("resource", endpoint.status());
  if (endpoint.ok()) instance.endpoint = *std::move(endpoint);
}

void ReadSigning(FieldReader& fields, const AwsDefaults& aws,
                 TargetKind invoker, InstancePlan& instance) {
  std::optional<std::string> region = ReadScopeWord(fields, "region");
  std::optional<std::string> service = ReadScopeWord(fields, "service");
  const size_t default_auth = invoker == TargetKind::kHttp ? 1 : 0;
  if (fields.Choice("auth", kAuths).value_or(default_auth) == 1) return;
  // A wrong or missing host is already reported, and could have named the
  // region.
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
  if (invoker == TargetKind::kFunctionUrl) {
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

// Checks that `method` looks like one, in upper case; reports an error if not,
// and a warning for a method that is not in kMethods, since servers may know
// it.
bool CheckMethodName(FieldReader& fields, const std::string& method,
                     bool is_signed) {
  if (const bool is_known = absl::c_linear_search(kMethods, method);
      is_known && (method != "TRACE" || !is_signed)) {
    return true;
  } else if (!is_known) {
    if (const auto nearest = NearestWord(method, kMethods)) {
      fields.Error(
          "method",
          absl::StrCat("expected an HTTP method, found ", ShortQuote(method),
                       ", did you mean \"", *nearest, "\"?"));
      return false;
    }
    if (method != absl::AsciiStrToUpper(method)) {
      fields.ValueError("method", "an HTTP method in upper case");
      return false;
    }
  }
  fields.Warn("method",
              absl::StrCat(ShortQuote(method), " is not a method that ",
                           is_signed ? "API Gateway and Lambda take"
                                     : "every server knows"));
  return true;
}

void ReadMethod(FieldReader& fields, InstancePlan& instance) {
  std::optional<std::string> method = fields.String("method");
  if (!method) return;
  const bool has_body =
      fields.Has("payload") || fields.Has("param_file") || fields.Has("data");
  if (!IsHttpToken(*method) || method->size() > kMaxMethodBytes) {
    fields.ValueError("method", "an HTTP method such as \"POST\"");
  } else if (absl::EqualsIgnoreCase(*method, "CONNECT")) {
    fields.ValueError("method", "a method that sends a request to a resource");
  } else if (!CheckMethodName(fields, *method, instance.signing.has_value())) {
    return;
  } else if ((*method == "HEAD" || *method == "TRACE") && has_body) {
    fields.ValueError("method",
                      "a method that may have a body, such as "
                      "\"POST\", as there is a payload");
  } else {
    instance.method = *std::move(method);
  }
}

// Finds queries that API Gateway and signers read differently (API Gateway
// developer guide, known issues).
void CheckQuery(FieldReader& fields, const InstancePlan& instance) {
  const absl::string_view key = fields.Has("url") ? "url" : "resource";
  const auto tell = [&](absl::string_view what, absl::string_view instead) {
    if (instance.signing) {
      fields.Error(key, absl::StrCat("the query has ", what,
                                     ", on which signers and API Gateway "
                                     "disagree: expected ",
                                     instead));
    } else if (instance.target_kind == TargetKind::kApiGateway) {
      fields.Warn(key, absl::StrCat("the query has ", what,
                                    ", which API Gateway may read differently; "
                                    "expected ",
                                    instead));
    }
  };
  const std::string& query = instance.endpoint.query;
  if (query.empty()) return;
  if (absl::StrContains(query, ";")) {
    tell("a raw ';'", "%3B, or '&' between parameters");
  }
  for (absl::string_view parameter : absl::StrSplit(query, '&')) {
    if (!absl::StartsWith(parameter, "=")) continue;
    tell("a parameter without a name", "a name before every '='");
    break;
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

void ReadRequest(FieldReader& fields, const AwsDefaults& aws,
                 const HeaderVariables& variables, WorkloadIssues& issues,
                 InstancePlan& instance) {
  const TargetKind invoker = ReadInvoker(fields);
  if (invoker == TargetKind::kLambda) {
    ReadLambda(fields, aws, instance);
  } else {
    if (fields.Has("url") && invoker != TargetKind::kApiGateway) {
      ReadUrl(fields, instance);
    } else {
      ReadEndpoint(fields, instance);
    }
    ReadSigning(fields, aws, invoker, instance);
  }
  ReadMethod(fields, instance);
  ReadHeaders(fields, variables, issues, instance);
  ReadTarget({.kind = invoker,
              .is_named = fields.Has("invoker"),
              .region = fields.String("region").value_or(aws.region)},
             instance);
  if (invoker != TargetKind::kLambda) CheckQuery(fields, instance);
  ReadColdStartSource(fields, instance);
  if (auto seconds = fields.Number("timeout_in_seconds", kTimeouts)) {
    // Whole nanoseconds survive being written and read again.
    instance.timeout =
        absl::Nanoseconds(std::max<int64_t>(std::llround(*seconds * 1e9), 1));
  }
}

}  // namespace invocator
