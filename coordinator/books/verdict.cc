#include "coordinator/books/verdict.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/words/listing.h"

namespace invocator {
namespace {

constexpr double kBusyRatio = 0.9;

}  // namespace

absl::string_view VerdictName(VerdictState state) {
  switch (state) {
    case VerdictState::kKept:
      return "kept";
    case VerdictState::kMarginal:
      return "marginal";
    case VerdictState::kMissed:
      break;
  }
  return "missed";
}

Verdict Judge(const Totals& total, const std::vector<NamedEngine>& engines,
              const std::vector<std::string>& losses, bool interrupted,
              const VerdictLimits& limits) {
  Verdict verdict;
  if (total.planned == 0) {
    verdict.state = VerdictState::kMissed;
    verdict.reasons.push_back("nothing was planned");
    verdict.reasons.insert(verdict.reasons.end(), losses.begin(), losses.end());
    return verdict;
  }
  auto worsen = [&](VerdictState state) {
    if (state > verdict.state) verdict.state = state;
  };
  const absl::Duration p99 =
      absl::Nanoseconds(total.OwnLateness().QuantileNs(0.99));
  const std::string p99_text = absl::StrFormat("lateness p99 is %.3f ms",
                                               absl::ToDoubleMilliseconds(p99));
  if (p99 <= limits.kept) {
    verdict.reasons.push_back(
        absl::StrCat(p99_text, ", within ", absl::FormatDuration(limits.kept)));
  } else {
    worsen(p99 <= limits.marginal ? VerdictState::kMarginal
                                  : VerdictState::kMissed);
    verdict.reasons.push_back(absl::StrCat(
        p99_text, ", over ",
        absl::FormatDuration(p99 <= limits.marginal ? limits.kept
                                                    : limits.marginal)));
  }
  for (const std::string& loss : losses) {
    worsen(VerdictState::kMissed);
    verdict.reasons.push_back(loss);
  }
  if (total.dropped > 0) {
    worsen(VerdictState::kMissed);
    verdict.reasons.push_back(CountedWere(total.dropped, "invocation") +
                              " dropped");
  }
  const uint64_t not_opened =
      total.reasons[static_cast<size_t>(Reason::kNoLocalResources)];
  if (not_opened > 0) {
    worsen(VerdictState::kMissed);
    verdict.reasons.push_back(
        absl::StrCat(Counted(not_opened, "invocation"),
                     " failed for want of descriptors, local ports or memory "
                     "on the workers"));
  }
  if (total.unsent > 0) {
    worsen(VerdictState::kMissed);
    verdict.reasons.push_back(
        absl::StrCat(CountedWere(total.unsent, "invocation"), " not sent",
                     interrupted ? ", the run was interrupted" : ""));
  }
  if (verdict.state == VerdictState::kKept) return verdict;
  for (const auto& [name, engine] : engines) {
    if (engine.at_limit_s > 0) {
      verdict.reasons.push_back(
          absl::StrFormat("%s was at its in-flight limit %d for %.1f s", name,
                          engine.max_in_flight, engine.at_limit_s));
    }
    if (engine.busy_ratio >= kBusyRatio) {
      verdict.reasons.push_back(absl::StrFormat(
          "%s was busy %.0f %% of the time", name, engine.busy_ratio * 100));
    }
  }
  return verdict;
}

}  // namespace invocator
