#include "worker/response.h"

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"

namespace invocator {

void AddHeaderLine(absl::string_view line, ResponseFacts& facts) {
  if (absl::StartsWith(line, "HTTP/")) {
    facts = ResponseFacts();
    const size_t blank = line.find(' ');
    uint32_t status = 0;
    if (blank != absl::string_view::npos &&
        absl::SimpleAtoi(line.substr(blank + 1, 3), &status)) {
      facts.status = static_cast<uint16_t>(status);
    }
    return;
  }
  const size_t colon = line.find(':');
  if (colon == absl::string_view::npos) return;
  AddHeader(line.substr(0, colon),
            absl::StripAsciiWhitespace(line.substr(colon + 1)), facts);
}

void AddHeader(absl::string_view name, absl::string_view value,
               ResponseFacts& facts) {
  // Every name looked for begins with one of these.
  if (name.empty() ||
      (name[0] != 'x' && name[0] != 'X' && name[0] != 'a' && name[0] != 'A')) {
    return;
  }
  if (absl::EqualsIgnoreCase(name, "x-amzn-requestid")) {
    facts.request_id.Set(value);
  } else if (absl::EqualsIgnoreCase(name, "apigw-requestid")) {
    facts.http_api = true;
    facts.request_id.Set(value);
  } else if (absl::EqualsIgnoreCase(name, "x-amzn-errortype")) {
    facts.rest_api_error = true;
  } else if (absl::EqualsIgnoreCase(name, "x-amz-function-error")) {
    facts.function_error = true;
  }
}

Outcome OutcomeOf(const ResponseFacts& facts) {
  if (facts.function_error) return Outcome::kFunctionError;
  if (facts.status >= 200 && facts.status < 300) return Outcome::kOk;
  switch (facts.status) {
    case 401:
    case 403:
      return Outcome::kAuthError;
    case 429:
      return Outcome::kThrottled;
    case 500:
      return facts.rest_api_error ? Outcome::kThrottled : Outcome::kHttpError;
    case 502:
      return facts.rest_api_error ? Outcome::kFunctionError
                                  : Outcome::kHttpError;
    case 503:
      return facts.http_api ? Outcome::kThrottled : Outcome::kHttpError;
    default:
      return Outcome::kHttpError;
  }
}

}  // namespace invocator
