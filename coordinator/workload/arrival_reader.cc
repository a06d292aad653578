#include "coordinator/workload/arrival_reader.h"

#include <memory>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/arrivals/arrival_stream.h"
#include "common/plan/plan.h"
#include "common/words/listing.h"
#include "coordinator/workload/workload_keys.h"

namespace invocator {
namespace {

constexpr NumberRange kRates = {0, kMaxRatePerS};
constexpr NumberRange kGaps = {0, kMaxDurationS};

// The spelling in use; `interarrivals_list` when both or none are.
absl::string_view ListKey(const FieldReader& fields) {
  return !fields.Has("interarrivals_list") && fields.Has("interarrival_list")
             ? "interarrival_list"
             : "interarrivals_list";
}

std::vector<double> ReadGaps(FieldReader& fields, absl::string_view key) {
  const std::string expectation =
      absl::StrCat("gaps in seconds, each a number ", kGaps.Words());
  const Json& list = *fields.Find(key);
  if (!list.is_array()) {
    fields.ValueError(key, absl::StrCat("a list of ", expectation));
    return {};
  }
  if (list.size() > kMaxGaps) {
    fields.Error(key, absl::StrCat("expected at most ", kMaxGaps,
                                   " gaps, found ", list.size()));
    return {};
  }
  std::vector<double> gaps_s;
  gaps_s.reserve(list.size());
  size_t wrong = 0;
  size_t first_wrong = 0;
  for (size_t i = 0; i < list.size(); ++i) {
    if (list[i].is_number() && kGaps.Contains(list[i].get<double>())) {
      gaps_s.push_back(list[i].get<double>());
    } else if (++wrong == 1) {
      first_wrong = i;
    }
  }
  if (wrong > 0) {
    fields.Error(
        key, absl::StrCat(
                 "expected ", expectation, ", found ",
                 ShortDump(list[first_wrong]), " at index ", first_wrong,
                 wrong > 1 ? absl::StrCat(" and ", wrong - 1, " more") : ""));
  }
  return gaps_s;
}

void WarnOfCut(FieldReader& fields, absl::string_view key,
               const ArrivalSpec& spec) {
  const std::unique_ptr<ArrivalStream> arrivals = MakeArrivalStream(spec);
  size_t kept = 0;
  while (arrivals->Next()) ++kept;
  const size_t gaps = spec.gaps_s.size();
  if (kept == gaps) return;
  fields.Warn(key,
              absl::StrCat("the test ends before ", gaps - kept, " of its ",
                           Counted(gaps, "invocation"), ", which ",
                           gaps - kept == 1 ? "is" : "are", " left out"));
}

// [start, end] in order, or nullopt.
std::optional<std::pair<double, double>> ReadWindow(
    FieldReader& fields, std::optional<double> duration_s) {
  constexpr absl::string_view kKey = "activity_window";
  if (!fields.HasValue(kKey)) return std::nullopt;
  const Json& window = *fields.Find(kKey);
  if (!window.is_array() || window.size() != 2 || !window[0].is_number() ||
      !window[1].is_number()) {
    fields.ValueError(kKey, "[start, end] in seconds, or null");
    return std::nullopt;
  }
  const double start_s = window[0].get<double>();
  const double end_s = window[1].get<double>();
  const double limit_s = duration_s.value_or(kMaxDurationS);
  if (!(start_s >= 0) || !(start_s < end_s)) {
    fields.ValueError(kKey, "[start, end] with 0 <= start < end");
    return std::nullopt;
  }
  if (!(end_s <= limit_s)) {
    fields.ValueError(
        kKey, absl::StrFormat("an end within the test's %.15g s", limit_s));
    return std::nullopt;
  }
  return std::make_pair(start_s, end_s);
}

void ReadList(FieldReader& fields, ArrivalSpec& spec,
              std::optional<double> duration_s) {
  const absl::string_view key = ListKey(fields);
  if (fields.Has("interarrivals_list") && fields.Has("interarrival_list")) {
    fields.Error("interarrival_list",
                 "another spelling of interarrivals_list, which is there too; "
                 "expected one of them");
  }
  spec.kind = ArrivalKind::kList;
  spec.gaps_s = ReadGaps(fields, key);
  if (duration_s) WarnOfCut(fields, key, spec);
  for (absl::string_view ignored :
       {"activity_window", "distribution", "rate"}) {
    if (!fields.HasValue(ignored)) continue;
    fields.Warn(ignored, absl::StrCat("ignored beside ", key));
  }
}

}  // namespace

ArrivalSpec ReadArrivals(FieldReader& fields, const std::string& name,
                         const ArrivalContext& context) {
  ArrivalSpec spec;
  spec.rng = context.rng;
  spec.seed = context.seed;
  spec.stream = name;
  spec.duration_s = context.duration_s.value_or(0);
  spec.window_end_s = spec.duration_s;

  const std::optional<size_t> distribution =
      fields.Choice("distribution", kDistributions);
  const std::optional<double> rate_per_s = fields.Number("rate", kRates);
  if (fields.Has(ListKey(fields))) {
    ReadList(fields, spec, context.duration_s);
    return spec;
  }
  fields.Require("distribution",
                 "\"Poisson\" or \"Uniform\", or an interarrivals_list");
  if (fields.Has("distribution")) {
    fields.Require("rate", "invocations per second");
  }
  spec.kind =
      distribution == 1u ? ArrivalKind::kUniform : ArrivalKind::kPoisson;
  spec.rate = rate_per_s.value_or(0);
  if (auto window = ReadWindow(fields, context.duration_s)) {
    std::tie(spec.window_start_s, spec.window_end_s) = *window;
  }
  return spec;
}

}  // namespace invocator
