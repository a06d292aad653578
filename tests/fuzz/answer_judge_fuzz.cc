// Any head and body: judged to be something that a record, a report and the
// wire can hold.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "common/wire/protocol.h"
#include "coordinator/report/failure_text.h"
#include "worker/exchange/answer_judge.h"
#include "worker/exchange/cold_start_probe.h"
#include "worker/exchange/failure_samples.h"
#include "worker/exchange/lambda_report.h"

namespace {

using namespace invocator;

void CheckReport(const std::optional<LambdaReport>& report) {
  if (!report) return;
  if (report->billed_ms < 0 || report->memory_mb == 0 ||
      static_cast<uint64_t>(report->billed_ms) > kMaxBilledMs ||
      report->init_us.value_or(0) < 0) {
    std::abort();
  }
}

}  // namespace

// Header lines up to an empty one, then the body.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  const size_t head_end = std::min(text.find("\n\n"), text.size());
  const absl::string_view rest =
      text.substr(std::min(head_end + 2, text.size()));
  CheckReport(ParseLambdaReport(text));
  CheckReport(ParseLogResult(text));
  WarmthInJson(text, {"a", "0", "cold"});
  const absl::StatusOr<ColdStartSource> named = ParseColdStartSource(text);
  if (named.ok() && ToString(*named) != text) std::abort();

  static const ColdStartSource kSources[] = {
      *ParseColdStartSource("json:/cold"), *ParseColdStartSource("header:x")};
  static constexpr uint16_t kStatuses[] = {201, 403, 404};
  const AnswerRules kRules[] = {{&kSources[0]},
                                {&kSources[1]},
                                {&kSources[0], kStatuses},
                                {nullptr, kStatuses}};
  for (const AnswerRules& rules : kRules) {
    ResponseFacts facts;
    for (size_t at = 0; at < head_end;) {
      const size_t end = std::min(text.find('\n', at), head_end);
      AddHeaderLine(text.substr(at, end - at), rules.cold_start_source, facts);
      at = end + 1;
    }
    KeptBody body;
    body.Begin(BodyBytesToKeep(facts, rules));
    body.Add(rest);
    Record record;
    JudgeAnswer(facts, body, rules, record);
    if (OutcomeOf(record.reason) != record.outcome) std::abort();
    FailureSamples samples;
    const InstanceRequest request = [] {
      InstanceRequest one;
      one.bodies.resize(1);
      return one;
    }();
    samples.Add(record, {facts, body, request, 0, 0, 0});
    for (const FailureSample& sample : samples.Take()) {
      if (sample.body.size() > kMaxFailureBodyBytes) std::abort();
      FailureReport failure;
      failure.reason = record.reason;
      failure.first = sample;
      failure.first->canonical_request = sample.body;
      RunReport report;
      report.failures = {failure};
      for (const char c : FailureText(report)) {
        if (c != '\n' && static_cast<unsigned char>(c) < 0x20) std::abort();
      }
    }
  }
  return 0;
}
