#include "coordinator/shapes/arrival_reader.h"

#include <memory>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/arrivals/arrival_stream.h"
#include "common/arrivals/rate_walk.h"
#include "common/words/listing.h"
#include "coordinator/shapes/arrival_keys.h"
#include "coordinator/shapes/rate_reader.h"

namespace invocator {
namespace {

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
               const ArrivalSpec& list) {
  const std::unique_ptr<ArrivalStream> arrivals = MakeArrivalStream(list);
  size_t kept = 0;
  while (arrivals->Next()) ++kept;
  const size_t gaps = list.gaps_s.size();
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
       {"activity_window", "distribution", "rate", "bursts"}) {
    if (!fields.HasValue(ignored)) continue;
    fields.Warn(ignored, absl::StrCat("ignored beside ", key));
  }
}

// The process of rate, distribution and bursts.
void ReadProcess(FieldReader& fields, const std::optional<RateShape>& rate,
                 const std::optional<GapDistribution>& distribution,
                 const ArrivalContext& context, ArrivalSpec& spec) {
  if (distribution) {
    spec.kind = distribution->kind;
    spec.law = distribution->law;
  }
  const std::optional<RateShape> share = context.mix.RateOf(spec.stream);
  spec.rate = rate ? *rate : share.value_or(RateShape());
  // Bursts, spikes and a mix suffice as arrivals.
  const bool has_others =
      fields.Has("bursts") || fields.Has("spikes") || context.mix.given();
  if (fields.Has("rate") || !has_others) {
    fields.Require(
        "distribution",
        "a distribution such as \"Poisson\", an interarrivals_list or "
        "arrivals");
  }
  if (fields.Has("distribution") && !has_others) {
    fields.Require("rate", "invocations per second");
  }
}

void ReadFile(FieldReader& fields, ArrivalContext& context, ArrivalSpec& spec,
              WorkloadIssues& issues) {
  for (absl::string_view other : {"interarrivals_list", "interarrival_list",
                                  "distribution", "rate", "bursts"}) {
    if (!fields.HasValue(other)) continue;
    fields.Error(other,
                 "given beside arrivals: expected one of the two, since both "
                 "say when calls are due");
  }
  ReadCalls(fields, context.duration_s, context.files, spec, issues);
}

// FaaSProfiler supports lists, and constant rates with two distributions.
void RefuseForFaasProfiler(FieldReader& fields, const ArrivalSpec& spec) {
  constexpr absl::string_view kWhy =
      "arrival_rng is \"faasprofiler\", which supports ";
  for (absl::string_view key : {"bursts", "spikes", "arrivals"}) {
    if (fields.Has(key)) fields.Error(key, absl::StrCat(kWhy, "none"));
  }
  if (!HasRate(spec.kind)) return;
  if (!spec.rate.is_constant()) {
    fields.Error("rate", absl::StrCat(kWhy,
                                      "constant rates only: expected a "
                                      "number"));
  }
  if (spec.kind != ArrivalKind::kPoisson &&
      spec.kind != ArrivalKind::kUniform) {
    fields.Error("distribution",
                 absl::StrCat(kWhy, "\"Poisson\" and \"Uniform\" only"));
  }
}

}  // namespace

ArrivalSpec ReadArrivals(FieldReader& fields, const std::string& name,
                         ArrivalContext& context, WorkloadIssues& issues) {
  ArrivalSpec spec;
  spec.rng = context.rng;
  spec.seed = context.seed;
  spec.stream = name;
  spec.duration_s = context.duration_s.value_or(0);
  spec.window_end_s = spec.duration_s;

  const std::optional<GapDistribution> distribution =
      ReadDistribution(fields, issues);
  const std::optional<RateShape> rate = ReadRate(fields, issues);
  const std::optional<Bursts> bursts = ReadBursts(fields, issues);
  if (fields.Has("arrivals")) {
    ReadFile(fields, context, spec, issues);
  } else if (fields.Has(ListKey(fields))) {
    ReadList(fields, spec, context.duration_s);
  } else {
    ReadProcess(fields, rate, distribution, context, spec);
    spec.bursts = bursts;
    if (const absl::Status valid = CheckRateLines(spec); !valid.ok()) {
      fields.Error(spec.rate.is_constant() ? "bursts" : "rate",
                   valid.message());
    }
  }
  if (spec.kind != ArrivalKind::kList) {
    if (auto window = ReadWindow(fields, context.duration_s)) {
      std::tie(spec.window_start_s, spec.window_end_s) = *window;
    }
  }
  if (!spec.rate.is_constant()) {
    context.points += spec.rate.points.size() * context.versions;
    if (context.points > kMaxWorkloadPoints) {
      fields.Error("rate", absl::StrCat("expected at most ", kMaxWorkloadPoints,
                                        " points in a workload, found ",
                                        context.points));
      spec.rate = 0;
    }
  }
  spec.spikes = ReadSpikes(fields, context.duration_s);
  if (spec.rng == ArrivalRng::kFaasProfiler) {
    RefuseForFaasProfiler(fields, spec);
  }
  return spec;
}

}  // namespace invocator
