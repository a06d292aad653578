#include "worker/exchange/response.h"

#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "worker/exchange/lambda_report.h"

namespace invocator {

namespace {

// "InvalidSignatureException" of "InvalidSignatureException:http://..." or
// "com.amazon#InvalidSignatureException", as botocore reads it.
absl::string_view PlainErrorType(absl::string_view text) {
  text = text.substr(0, text.find(':'));
  return text.substr(text.rfind('#') + 1);
}

void TakeReport(absl::string_view log_result, ResponseFacts& facts) {
  const std::optional<LambdaReport> report = ParseLogResult(log_result);
  if (!report) return;
  facts.warmth = report->init_us ? Warmth::kCold : Warmth::kWarm;
  facts.billed_ms = report->billed_ms;
  facts.memory_mb = report->memory_mb;
  facts.memory_used_mb = report->memory_used_mb;
  facts.init_us = report->init_us.value_or(Record::kUnknown);
}

}  // namespace

void AddHeaderLine(absl::string_view line, const ColdStartSource* source,
                   ResponseFacts& facts) {
  if (absl::StartsWith(line, "HTTP/")) {
    facts.Clear();
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
            absl::StripAsciiWhitespace(line.substr(colon + 1)), source, facts);
}

void AddHeader(absl::string_view name, absl::string_view value,
               const ColdStartSource* source, ResponseFacts& facts) {
  if (!MayAddFacts(name, source, facts)) return;
  if (source != nullptr && source->kind == ColdStartSource::Kind::kHeader &&
      absl::EqualsIgnoreCase(name, source->header)) {
    facts.told_warmth = WarmthOfWord(value);
  }
  if (IsWord(name, "x-amzn-RequestId")) {
    facts.request_id.Set(value);
  } else if (IsWord(name, "Apigw-Requestid")) {
    facts.http_api = true;
    facts.request_id.Set(value);
  } else if (IsWord(name, "x-amzn-ErrorType")) {
    facts.error_type.Set(PlainErrorType(value));
  } else if (IsWord(name, "X-Amz-Function-Error")) {
    facts.function_error = true;
  } else if (IsWord(name, "X-Amz-Log-Result")) {
    TakeReport(value, facts);
  } else if (IsWord(name, "Date") &&
             (facts.status == 401 || facts.status == 403)) {
    facts.date.Set(value);  // for clocks that differ
  }
}

}  // namespace invocator
