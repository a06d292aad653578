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

bool ExplainsLateness(const CoreGapFacts& gaps, absl::Duration limit) {
  constexpr double kShareOfP99 = 0.01;
  return gaps.Share() >= kShareOfP99 && absl::Seconds(gaps.longest_s) > limit;
}

std::string GapText(const NamedEngine& engine) {
  const CoreGapFacts& gaps = engine.facts.gaps;
  const bool by_host = 2 * gaps.preempted_s <= gaps.total_s;
  return absl::StrFormat(
      "%s %s's core%s for %.2g %% of the time, up to %.2g ms",
      by_host ? "the host took" : "other threads had", engine.name,
      by_host ? " away" : "", 100 * gaps.Share(), 1e3 * gaps.longest_s);
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
  const bool is_late = p99 > limits.kept;
  for (const NamedEngine& named : engines) {
    const auto& [name, engine] = named;
    if (is_late && ExplainsLateness(engine.gaps, limits.kept)) {
      verdict.reasons.push_back(GapText(named));
    }
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
