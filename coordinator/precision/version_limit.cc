#include "coordinator/precision/version_limit.h"

#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "coordinator/books/subject_interval.h"

namespace invocator {

absl::StatusOr<VersionLimit> ParseVersionLimit(
    absl::string_view text, const std::vector<std::string>& versions,
    NearestWordFinder nearest) {
  const absl::string_view trimmed = absl::StripLeadingAsciiWhitespace(text);
  const absl::string_view version = trimmed.substr(0, trimmed.find(' '));
  if (std::find(versions.begin(), versions.end(), version) == versions.end()) {
    return ExpectedInCheck(
        text, trimmed,
        versions.empty() ? "no limit: no instance has versions"
                         : absl::StrCat("a version that is not the first (",
                                        absl::StrJoin(versions, ", "), ")"),
        version);
  }
  const absl::string_view rest = trimmed.substr(version.size());
  absl::StatusOr<ChangeLimit> limit =
      ParseChangeLimit(absl::StripLeadingAsciiWhitespace(rest), nearest);
  if (!limit.ok()) return limit.status();
  const Metric& metric = limit->subject.metric;
  const bool is_other_latency = metric.kind == MetricKind::kLatency &&
                                metric.latency != &Totals::response;
  if (is_other_latency || !HasInterval(limit->subject)) {
    return ExpectedInCheck(text, absl::StripLeadingAsciiWhitespace(rest),
                           "the mean or a percentile of response, or a share "
                           "of outcomes, failed, dropped or cold calls",
                           SubjectText(limit->subject));
  }
  return VersionLimit{std::string(version), *std::move(limit)};
}

std::string VersionLimitText(const VersionLimit& limit) {
  return absl::StrCat(limit.version, " ", ChangeLimitText(limit.limit));
}

bool IsBeyond(const ChangeLimit& limit, const VersionChange& change) {
  const bool in_percent = limit.unit == ChangeUnit::kPercent;
  if (in_percent && !change.change.relative) return false;
  const Interval& interval =
      in_percent ? *change.change.relative : change.change.difference;
  const double amount = in_percent ? limit.amount / 100 : limit.amount;
  return limit.is_rise ? interval.low && *interval.low > amount
                       : interval.high && -*interval.high > amount;
}

}  // namespace invocator
