#include "worker/failure_samples.h"

#include <algorithm>
#include <cstdlib>

#include "absl/strings/match.h"
#include "absl/time/time.h"
#include "common/protocol.h"
#include "common/sigv4.h"

namespace invocator {
namespace {

constexpr absl::string_view kTokenLine = "x-amz-security-token:";

// Of another body there may be one in every engine; more are kept only while
// earlier ones keep coming.
constexpr size_t kMaxKept = 4 * kReasons;

bool EqualsIgnoreCaseAt(absl::string_view text, size_t at,
                        absl::string_view wanted) {
  return absl::EqualsIgnoreCase(text.substr(at, wanted.size()), wanted);
}

void SetDate(absl::string_view date, int64_t now_unix_s,
             wire::FailureSample& sample) {
  absl::Time time;
  if (date.empty() || !absl::ParseTime("%a, %d %b %Y %H:%M:%S GMT", date, &time,
                                       /*err=*/nullptr)) {
    return;
  }
  const int64_t ahead_s = absl::ToUnixSeconds(time) - now_unix_s;
  if (std::abs(ahead_s) > kMaxDateAheadS) return;
  sample.set_has_date(true);
  sample.set_date_ahead_s(ahead_s);
}

}  // namespace

std::string MaskSessionTokens(absl::string_view body) {
  std::string masked;
  size_t at = 0;
  while (at < body.size()) {
    if (!EqualsIgnoreCaseAt(body, at, kTokenLine)) {
      masked.push_back(body[at++]);
      continue;
    }
    masked.append(body.data() + at, kTokenLine.size());
    masked.append(kMaskedToken);
    at += kTokenLine.size();
    // To the line's end, which JSON writes as "\\n".
    at = std::min({body.find('\n', at), body.find("\\n", at), body.size()});
  }
  return masked;
}

void FailureSamples::Keep(const Record& record, const Answer& answer) {
  if (kept_.size() >= kMaxKept) return;
  wire::FailureSample& sample = kept_.emplace_back();
  sample.set_reason(static_cast<uint32_t>(record.reason));
  sample.set_instance(record.instance);
  sample.set_sequence(record.sequence);
  sample.set_scheduled_ns(record.scheduled_ns);
  sample.set_status(answer.facts.status);
  const absl::string_view type = answer.facts.error_type.view();
  sample.set_error_type(type.data(), type.size());
  std::string body = MaskSessionTokens(answer.body.bytes());
  sample.set_body_cut(answer.body.cut() || body.size() > kMaxFailureBodyBytes);
  body.resize(std::min(body.size(), kMaxFailureBodyBytes));
  sample.set_body(std::move(body));
  SetDate(answer.facts.date.view(), answer.now_unix_s, sample);
  if (record.reason != Reason::kSignatureMismatch) return;
  const auto& signature = answer.request.bodies[answer.body_index].signature;
  if (signature == nullptr) return;
  std::string canonical =
      signature->MaskedCanonicalRequest(answer.signed_unix_s);
  canonical.resize(std::min(canonical.size(), kMaxCanonicalBytes));
  sample.set_canonical_request(std::move(canonical));
}

}  // namespace invocator
