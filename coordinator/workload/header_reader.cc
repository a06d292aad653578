#include "coordinator/workload/header_reader.h"

#include <optional>
#include <string>

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/aws/canonical_request.h"
#include "common/http/http_syntax.h"
#include "common/words/utf8.h"

namespace invocator {
namespace {

constexpr size_t kMaxHeaderBytes = 8192;

// Set by the worker itself, or hop-by-hop.
constexpr absl::string_view kOwnHeaders[] = {
    "host",       "connection",       "content-length",
    "keep-alive", "proxy-connection", "expect",
    "te",         "trailer",          "transfer-encoding",
    "upgrade",
};
// Part of a signature.
constexpr absl::string_view kSignersHeaders[] = {
    "authorization",
    "x-amz-date",
    "x-amz-security-token",
};

// Variables that hold AWS secrets. An access key id is no secret: every
// signature shows it.
constexpr absl::string_view kAwsSecrets[] = {
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_SECURITY_TOKEN",  // an older name
    "AWS_CONTAINER_AUTHORIZATION_TOKEN",
};

bool IsHeaderValue(absl::string_view text) {
  return text.size() <= kMaxHeaderBytes && IsHttpHeaderValue(text);
}

bool IsVariableName(absl::string_view name) {
  return !name.empty() &&
         !absl::ascii_isdigit(static_cast<unsigned char>(name.front())) &&
         absl::c_all_of(name, [](char c) {
           return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
                  c == '_';
         });
}

// The NAME of {"env": "NAME"}, comments aside; nullopt for anything else.
std::optional<std::string> VariableOf(const Json& value) {
  if (!value.is_object()) return std::nullopt;
  std::optional<std::string> name;
  for (const auto& [key, member] : value.get_ref<const Json::object_t&>()) {
    if (IsCommentKey(key)) continue;
    if (key != "env" || !member.is_string()) return std::nullopt;
    name = member.get<std::string>();
  }
  if (!name || !IsVariableName(*name)) return std::nullopt;
  return name;
}

class HeaderReader {
 public:
  HeaderReader(const HeaderVariables& variables, WorkloadIssues& issues,
               InstancePlan& instance)
      : variables_(variables), issues_(issues), instance_(instance) {}

  void Read(const std::string& name, const Json& value,
            const std::string& path) {
    if (IsCommentKey(name)) {
      issues_.NoteComment(path);
    } else if (CheckName(name, path)) {
      ReadValue(name, value, path);
    }
  }

 private:
  bool CheckName(absl::string_view name, const std::string& path) {
    const std::string lower = absl::AsciiStrToLower(name);
    const auto is_it = [&](const auto& header) {
      return absl::EqualsIgnoreCase(header.first, name);
    };
    if (!IsHttpToken(name)) {
      issues_.Add(path, "expected a header name (RFC 9110, a token)");
    } else if (absl::c_linear_search(kOwnHeaders, lower)) {
      issues_.Add(path, "is set by the worker, expected no such header here");
    } else if (instance_.signing &&
               absl::c_linear_search(kSignersHeaders, lower)) {
      issues_.Add(path,
                  "is set by the worker, which signs these requests: expected "
                  "no such header here, or \"auth\": \"none\"");
    } else if (absl::c_any_of(instance_.headers, is_it)) {
      issues_.Add(path,
                  "differs from another header only in case, expected "
                  "each header once");
    } else {
      return true;
    }
    return false;
  }

  void ReadValue(const std::string& name, const Json& value,
                 const std::string& path) {
    if (const std::optional<std::string> variable = VariableOf(value)) {
      ReadVariable(name, *variable, path);
      return;
    }
    if (!value.is_string() ||
        !IsHeaderValue(value.get_ref<const std::string&>())) {
      const std::string expectation = absl::StrCat(
          "a string of at most ", kMaxHeaderBytes,
          " bytes without control characters and without blanks at its ends, "
          "or {\"env\": \"NAME\"}");
      if (value.is_string() && IsSecretHeader(name)) {
        issues_.Add(path, absl::StrCat("expected ", expectation,
                                       ", found another value"));
      } else {
        issues_.AddValue(path, value, expectation);
      }
      return;
    }
    const auto& text = value.get_ref<const std::string&>();
    if (instance_.signing && absl::StrContains(text, "\t")) {
      issues_.Add(path,
                  "has a tab, on which signers and API Gateway disagree: "
                  "expected a blank");
      return;
    }
    if (instance_.signing && IsSigned(name) && !absl::c_all_of(text, IsAscii)) {
      issues_.Warn(path,
                   "is signed, and signers disagree on characters "
                   "outside ASCII: calls may be refused");
    }
    instance_.headers.emplace_back(name, text);
  }

  // The value is a secret: no message shows it.
  void ReadVariable(const std::string& name, const std::string& variable,
                    const std::string& path) {
    if (absl::c_linear_search(kAwsSecrets, variable)) {
      issues_.Add(path, absl::StrCat("the environment variable ", variable,
                                     " holds an AWS secret, which is never "
                                     "sent to a target: expected another"));
      return;
    }
    std::string value = variables_.environment(variable.c_str());
    if (value.empty() && variables_.required) {
      issues_.Add(path, absl::StrCat("the environment variable ", variable,
                                     " is not set or empty"));
      return;
    }
    if (value.empty()) {
      issues_.Warn(path, absl::StrCat("the environment variable ", variable,
                                      " is not set or empty: run needs it"));
    } else if (!IsHeaderValue(value) || absl::StrContains(value, "\t") ||
               FirstInvalidUtf8(value)) {
      issues_.Add(path,
                  absl::StrCat("the environment variable ", variable,
                               " is not a valid header value: expected at "
                               "most ",
                               kMaxHeaderBytes,
                               " bytes of UTF-8 without control characters, "
                               "tabs and line ends, and without blanks at its "
                               "ends"));
      return;
    }
    instance_.headers.emplace_back(name, std::move(value));
    instance_.header_variables.emplace(name, variable);
  }

  static bool IsAscii(char c) {
    return absl::ascii_isascii(static_cast<unsigned char>(c));
  }

  // As worker/exchange/request.cc chooses them.
  static bool IsSigned(absl::string_view name) {
    return absl::EqualsIgnoreCase(name, "content-type") ||
           absl::StartsWithIgnoreCase(name, "x-amz-");
  }

  const HeaderVariables& variables_;
  WorkloadIssues& issues_;
  InstancePlan& instance_;
};

}  // namespace

void ReadHeaders(FieldReader& fields, const HeaderVariables& variables,
                 WorkloadIssues& issues, InstancePlan& instance) {
  const Json* headers = fields.Find("headers");
  if (headers == nullptr) return;
  if (!headers->is_object()) {
    fields.ValueError("headers", "an object of names and values");
    return;
  }
  HeaderReader reader(variables, issues, instance);
  const std::string path = fields.PathOf("headers");
  for (const auto& [name, value] : headers->get_ref<const Json::object_t&>()) {
    reader.Read(name, value, MemberPath(path, name));
  }
}

}  // namespace invocator
