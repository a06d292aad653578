#include "worker/exchange/failure_samples.h"

#include <algorithm>
#include <cstdlib>

#include "absl/strings/str_replace.h"
#include "absl/time/time.h"
#include "common/aws/masking.h"
#include "common/wire/protocol.h"

namespace invocator {
namespace {

// Until they are taken; more come only while earlier ones keep coming.
constexpr size_t kMaxKept = 4 * kReasons + FailureKinds::kMaxPairs;

void SetDate(absl::string_view date, int64_t now_unix_s,
             FailureSample& sample) {
  absl::Time time;
  if (date.empty() || !absl::ParseTime("%a, %d %b %Y %H:%M:%S GMT", date, &time,
                                       /*err=*/nullptr)) {
    return;
  }
  if (time == absl::InfinitePast() || time == absl::InfiniteFuture()) return;
  const int64_t ahead_s = absl::ToUnixSeconds(time) - now_unix_s;
  if (std::abs(ahead_s) > kMaxDateAheadS) return;
  sample.date_ahead_s = ahead_s;
}

// Hiding a short secret would hide other text; a known secret may be shorter
// than text that only looks like one.
constexpr size_t kShortestLikely = 8;
constexpr size_t kShortestKnown = 4;

// Hides `secret` wherever it stands as it is, and where JSON or a query has it.
void Hide(absl::string_view secret, size_t shortest, std::string& text) {
  if (secret.size() < shortest) return;
  const std::string in_json = absl::StrReplaceAll(secret, {{"/", "\\/"}});
  const std::string in_query = absl::StrReplaceAll(
      secret, {{"%", "%25"}, {"/", "%2F"}, {"+", "%2B"}, {"=", "%3D"}});
  text = absl::StrReplaceAll(
      text, {{secret, kMasked}, {in_json, kMasked}, {in_query, kMasked}});
}

void HideSecrets(const InstanceRequest& request, std::string& text) {
  if (request.signer != nullptr) {
    Hide(request.signer->credentials().session_token, kShortestLikely, text);
  }
  for (const auto& [name, value] : request.headers) {
    const bool is_known = request.instance->header_variables.contains(name);
    if (!is_known && !IsSecretHeader(name)) continue;
    Hide(value, is_known ? kShortestKnown : kShortestLikely, text);
    // An echo may leave out the scheme: "Bearer", "Basic".
    const size_t blank = value.rfind(' ');
    if (blank != value.npos) {
      Hide(absl::string_view(value).substr(blank + 1), kShortestLikely, text);
    }
  }
}

}  // namespace

void FailureSamples::Keep(const Record& record, const Answer& answer,
                          const FailureKinds::News& news) {
  if (kept_.size() >= kMaxKept) return;
  FailureSample& sample = kept_.emplace_back();
  sample.reason = record.reason;
  sample.instance = record.instance;
  sample.sequence = record.sequence;
  sample.scheduled_ns = record.scheduled_ns;
  sample.status = answer.facts.status;
  sample.error_type = std::string(answer.facts.error_type.view());
  std::string detail = MaskSessionTokens(answer.detail);
  HideSecrets(answer.request, detail);
  detail.resize(std::min(detail.size(), kMaxFailureDetailBytes));
  sample.detail = std::move(detail);
  std::string body = MaskSessionTokens(answer.body.bytes());
  HideSecrets(answer.request, body);
  // Of many instances there may be many.
  const size_t limit =
      news.of_reason ? kMaxFailureBodyBytes : kMaxPairBodyBytes;
  sample.body_cut = answer.body.cut() || body.size() > limit;
  body.resize(std::min(body.size(), limit));
  sample.body = std::move(body);
  SetDate(answer.facts.date.view(), answer.now_unix_s, sample);
  if (!news.of_reason || record.reason != Reason::kSignatureMismatch) return;
  const auto& signature = answer.request.bodies[answer.body_index].signature;
  if (signature == nullptr) return;
  std::string canonical =
      signature->MaskedCanonicalRequest(answer.signed_unix_s);
  // As in AWS's, beside which it is shown.
  HideSecrets(answer.request, canonical);
  canonical.resize(std::min(canonical.size(), kMaxCanonicalBytes));
  sample.canonical_request = std::move(canonical);
}

}  // namespace invocator
