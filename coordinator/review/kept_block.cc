#include "coordinator/review/kept_block.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace invocator {
namespace {

#define INVOCATOR_ONE(...) +1  // NOLINT(bugprone-macro-parentheses)
static_assert(kHistogramPlaces.size() ==
                  INVOCATOR_BIN_HISTOGRAMS(INVOCATOR_ONE)
                      INVOCATOR_TOTALS_HISTOGRAMS(INVOCATOR_ONE),
              "a histogram of Totals has no place");
#undef INVOCATOR_ONE

constexpr NumberRange kLatenciesUs = {0, Histogram::kMaxNs / 1e3};

void ReadCounts(KeptFields& fields, Totals& totals) {
  totals.planned = fields.TheCount("planned");
  totals.sent = fields.TheCount("sent");
  totals.dropped = fields.TheCount("dropped");
  totals.unsent = fields.TheCount("unsent");
  auto outcomes = fields.TheObject("outcomes");
  if (!outcomes) return;
  std::vector<absl::string_view> known;
  for (size_t i = 0; i < kOutcomes; ++i) {
    known.push_back(OutcomeName(static_cast<Outcome>(i)));
    totals.outcomes[i] = outcomes->Uint64(known.back()).value_or(0);
  }
  outcomes->RefuseUnknownKeys(known);
}

bool HaveEqualCounts(const Totals& a, const Totals& b) {
  return a.planned == b.planned && a.sent == b.sent && a.dropped == b.dropped &&
         a.unsent == b.unsent && a.outcomes == b.outcomes;
}

void ReadPhases(KeptFields& fields, KeptBlock& block) {
  Totals books;
  ReadCounts(fields, books);
  auto measured = fields.TheObject("measured");
  auto warmup = fields.TheObject("warmup");
  if (!measured || !warmup) return;
  ReadCounts(*measured, block.measured);
  ReadCounts(*warmup, block.warmup);
  Totals sum;
  sum.MergeCounts(block.measured);
  sum.MergeCounts(block.warmup);
  if (HaveEqualCounts(sum, books)) return;
  fields.Error("measured",
               "does not add up with warmup to the counts beside them");
}

uint64_t ReadDigest(KeptFields& fields, absl::string_view key) {
  const std::string text = fields.TheString(key);
  uint64_t digest = 0;
  if (fields.Has(key) &&
      (text.size() != 16 ||
       !std::all_of(text.begin(), text.end(),
                    [](unsigned char c) { return absl::ascii_isxdigit(c); }) ||
       !absl::SimpleHexAtoi(text, &digest))) {
    fields.ValueError(key, "16 hexadecimal digits");
  }
  return digest;
}

void ReadColdStarts(KeptFields& fields, Totals& totals) {
  auto starts = fields.Object("cold_starts");
  if (!starts) return;
  totals.cold = starts->TheCount("cold");
  totals.warm = starts->TheCount("warm");
  if (totals.cold <= totals.sent && totals.warm <= totals.sent - totals.cold) {
    return;
  }
  fields.ValueError(
      "cold_starts",
      absl::StrCat("at most ", totals.sent, " calls, as many as were sent"));
}

void ReadBill(KeptFields& fields, Totals& totals) {
  auto billed = fields.Object("billed");
  if (!billed) return;
  totals.billed_count = billed->TheCount("count");
  totals.billed_ms = billed->TheCount("ms");
  totals.billed_mb_ms = billed->TheCount("mb_ms");
  totals.memory_used_mb = billed->TheCount("memory_used_mb");
}

HistogramStatistics ReadStatistics(KeptFields& fields) {
  HistogramStatistics statistics;
  statistics.count = fields.TheCount("count");
  statistics.clamped = fields.TheCount("clamped");
  const double min_us = fields.TheNumber("min", kLatenciesUs);
  const double max_us = fields.TheNumber("max", kLatenciesUs);
  const double mean_us = fields.TheNumber("mean", kLatenciesUs);
  // Rounding may put the mean of equal values just beyond them.
  constexpr double kSlack = 1e-9;
  if (min_us > max_us || mean_us < min_us * (1 - kSlack) ||
      mean_us > max_us * (1 + kSlack)) {
    fields.Error("mean", absl::StrCat("expected min <= mean <= max, found ",
                                      min_us, ", ", mean_us, " and ", max_us));
  }
  if (statistics.clamped > statistics.count) {
    fields.Error("clamped",
                 absl::StrCat("expected at most the count, ", statistics.count,
                              ", found ", statistics.clamped));
  }
  statistics.min_ns = std::llround(min_us * 1e3);
  statistics.max_ns = std::llround(max_us * 1e3);
  statistics.mean_ns = mean_us * 1e3;
  return statistics;
}

}  // namespace

KeptBlock ReadKeptBlock(KeptFields& fields, bool has_warmup) {
  KeptBlock block;
  if (has_warmup) {
    ReadPhases(fields, block);
  } else {
    ReadCounts(fields, block.measured);
  }
  if (auto digests = fields.TheObject("schedule_digest")) {
    block.measured.planned_digest = ReadDigest(*digests, "planned");
    block.measured.sent_digest = ReadDigest(*digests, "sent");
  }
  ReadColdStarts(fields, block.measured);
  ReadBill(fields, block.measured);
  for (size_t i = 0; i < kHistogramPlaces.size(); ++i) {
    const HistogramPlace& place = kHistogramPlaces[i];
    auto parent = place.parent.empty() ? std::optional<KeptFields>(fields)
                                       : fields.Object(place.parent);
    if (!parent) continue;
    auto found = i < kAlwaysKept ? parent->TheObject(place.key)
                                 : parent->Object(place.key);
    if (found) block.statistics[i] = ReadStatistics(*found);
  }
  block.max_in_flight = fields.Uint64("max_in_flight");
  return block;
}

}  // namespace invocator
