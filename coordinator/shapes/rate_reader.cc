#include "coordinator/shapes/rate_reader.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/words/listing.h"
#include "coordinator/shapes/arrival_keys.h"

namespace invocator {
namespace {

constexpr NumberRange kRates = {0, kMaxRatePerS};
constexpr NumberRange kPeriods = {kMinRatePeriodS, kMaxRateSecond};
constexpr NumberRange kPhases = {-1, 1};
constexpr NumberRange kCvs = {kMinGapCv, kMaxGapCv};
constexpr NumberRange kAlphas = {kMinParetoAlpha, kMaxParetoAlpha};

// [a, b] of numbers, or nullopt.
std::optional<std::pair<double, double>> AsPair(const Json& value) {
  if (!value.is_array() || value.size() != 2 || !value[0].is_number() ||
      !value[1].is_number()) {
    return std::nullopt;
  }
  return std::make_pair(value[0].get<double>(), value[1].get<double>());
}

// The shape of a list of points, with their period or 0.
std::optional<RateShape> ReadPoints(FieldReader& fields, absl::string_view key,
                                    double every_s) {
  const Json& list = *fields.Find(key);
  constexpr absl::string_view kExpectation =
      "points [second, calls per second] in order of time, the first at second "
      "0";
  if (!list.is_array() || list.empty()) {
    fields.ValueError(key, kExpectation);
    return std::nullopt;
  }
  RateShape shape;
  shape.points.clear();
  shape.every_s = every_s;
  for (size_t i = 0; i < list.size() && i <= kMaxRatePoints; ++i) {
    const auto point = AsPair(list[i]);
    if (!point) {
      fields.Error(key, absl::StrCat("expected ", kExpectation, ", found ",
                                     ShortDump(list[i]), " at index ", i));
      return std::nullopt;
    }
    shape.points.push_back({point->first, point->second});
  }
  if (const absl::Status valid = CheckRateShape(shape); !valid.ok()) {
    fields.Error(key, valid.message());
    return std::nullopt;
  }
  // A flat shape is a constant rate, whose instants are pinned.
  const double first_per_s = shape.first_per_s();
  if (std::all_of(
          shape.points.begin(), shape.points.end(),
          [&](const RatePoint& point) { return point.per_s == first_per_s; })) {
    return RateShape(first_per_s);
  }
  return shape;
}

std::optional<RateShape> ReadSine(FieldReader& sine) {
  const std::optional<double> mean = sine.Number("mean", kRates);
  sine.Require("amplitude", "calls per second, at most the mean");
  const std::optional<double> amplitude = sine.Number("amplitude", kRates);
  sine.Require("period_in_seconds",
               absl::StrCat("a number ", kPeriods.Words()));
  const std::optional<double> period_s =
      sine.Number("period_in_seconds", kPeriods);
  const double phase = sine.Number("phase", kPhases).value_or(0);
  if (!mean || !amplitude || !period_s) return std::nullopt;
  if (*amplitude > *mean) {
    sine.ValueError("amplitude",
                    absl::StrFormat("at most the mean of %.15g", *mean));
    return std::nullopt;
  }
  if (*mean + *amplitude > kMaxRatePerS) {
    sine.ValueError("amplitude", absl::StrFormat("mean + amplitude up to %.15g",
                                                 kMaxRatePerS));
    return std::nullopt;
  }
  if (*amplitude == 0) return RateShape(*mean);
  return SineShape({*mean, *amplitude, *period_s, phase});
}

}  // namespace

std::optional<RateShape> ReadRate(FieldReader& fields, WorkloadIssues& issues) {
  constexpr absl::string_view kKey = "rate";
  const Json* rate = fields.Find(kKey);
  if (rate == nullptr) return std::nullopt;
  if (rate->is_array()) return ReadPoints(fields, kKey, 0);
  if (!rate->is_object()) {
    const std::optional<double> per_s = fields.Number(kKey, kRates);
    if (!per_s) return std::nullopt;
    return RateShape(*per_s);
  }
  FieldReader shape(*rate, fields.PathOf(kKey), issues);
  if (shape.Has("mean")) {
    shape.RefuseUnknownKeys(kSineKeys);
    return ReadSine(shape);
  }
  shape.RefuseUnknownKeys(kPointsKeys);
  shape.Require("points",
                "points of a shape, or mean, amplitude and "
                "period_in_seconds of a sine");
  shape.Require("every_in_seconds",
                absl::StrCat("a number ", kPeriods.Words()));
  const std::optional<double> every_s =
      shape.Number("every_in_seconds", kPeriods);
  if (!shape.Has("points") || !every_s) return std::nullopt;
  return ReadPoints(shape, "points", *every_s);
}

std::optional<GapDistribution> ReadDistribution(FieldReader& fields,
                                                WorkloadIssues& issues) {
  constexpr absl::string_view kKey = "distribution";
  const Json* value = fields.Find(kKey);
  if (value == nullptr) return std::nullopt;
  if (value->is_string()) {
    const std::string& word = value->get_ref<const std::string&>();
    const auto* const law =
        std::find(std::begin(kGapLaws), std::end(kGapLaws), word);
    if (law != std::end(kGapLaws)) {
      const bool pareto = word == "Pareto";
      fields.ValueError(
          kKey, absl::StrCat("its parameter, as in {\"", word, "\": {\"",
                             pareto ? "alpha\": 1.5" : "cv\": 2", "}}"));
      return std::nullopt;
    }
    const std::optional<size_t> choice = fields.Choice(kKey, kDistributions);
    if (!choice) return std::nullopt;
    return GapDistribution{static_cast<ArrivalKind>(*choice), {}};
  }
  if (!value->is_object() || value->size() != 1) {
    fields.ValueError(kKey,
                      "\"Poisson\" or \"Uniform\", or one of Gamma, Weibull, "
                      "Lognormal and Pareto with its parameter, as in "
                      "{\"Gamma\": {\"cv\": 3}}");
    return std::nullopt;
  }
  FieldReader choice(*value, fields.PathOf(kKey), issues);
  choice.RefuseUnknownKeys(kGapLaws);
  for (size_t i = 0; i < std::size(kGapLaws); ++i) {
    const Json* parameters = choice.Find(kGapLaws[i]);
    if (parameters == nullptr) continue;
    const auto kind =
        static_cast<ArrivalKind>(static_cast<size_t>(ArrivalKind::kGamma) + i);
    const bool pareto = kind == ArrivalKind::kPareto;
    const absl::string_view name = pareto ? "alpha" : "cv";
    const NumberRange& range = pareto ? kAlphas : kCvs;
    if (!parameters->is_object()) {
      choice.ValueError(kGapLaws[i],
                        absl::StrCat("an object with \"", name, "\""));
      return std::nullopt;
    }
    FieldReader law(*parameters, choice.PathOf(kGapLaws[i]), issues);
    law.RefuseUnknownKeys(pareto ? absl::MakeConstSpan(kAlphaKeys)
                                 : absl::MakeConstSpan(kCvKeys));
    law.Require(name, absl::StrCat("a number ", range.Words()));
    const std::optional<double> parameter = law.Number(name, range);
    if (!parameter) return std::nullopt;
    switch (kind) {
      case ArrivalKind::kGamma:
        return GapDistribution{kind, GammaGaps(*parameter)};
      case ArrivalKind::kWeibull:
        return GapDistribution{kind, WeibullGaps(*parameter)};
      case ArrivalKind::kLognormal:
        return GapDistribution{kind, LognormalGaps(*parameter)};
      default:
        return GapDistribution{kind, ParetoGaps(*parameter)};
    }
  }
  return std::nullopt;
}

std::optional<Bursts> ReadBursts(FieldReader& fields, WorkloadIssues& issues) {
  constexpr absl::string_view kKey = "bursts";
  const Json* value = fields.Find(kKey);
  if (value == nullptr) return std::nullopt;
  if (!value->is_object()) {
    fields.ValueError(kKey,
                      "an object with rate, mean_on_in_seconds and "
                      "mean_off_in_seconds");
    return std::nullopt;
  }
  FieldReader bursts(*value, fields.PathOf(kKey), issues);
  bursts.RefuseUnknownKeys(kBurstKeys);
  bursts.Require("rate", absl::StrCat("a number ", kRates.Words()));
  for (absl::string_view key : {"mean_on_in_seconds", "mean_off_in_seconds"}) {
    bursts.Require(key, absl::StrCat("a number ", kPeriods.Words()));
  }
  const std::optional<double> per_s = bursts.Number("rate", kRates);
  const std::optional<double> on_s =
      bursts.Number("mean_on_in_seconds", kPeriods);
  const std::optional<double> off_s =
      bursts.Number("mean_off_in_seconds", kPeriods);
  if (!per_s || !on_s || !off_s) return std::nullopt;
  return Bursts{*per_s, *on_s, *off_s};
}

std::vector<Spike> ReadSpikes(FieldReader& fields,
                              std::optional<double> duration_s) {
  constexpr absl::string_view kKey = "spikes";
  const Json* list = fields.Find(kKey);
  if (list == nullptr) return {};
  const std::string expectation = absl::StrFormat(
      "at most %d pairs [second, calls], calls a whole number up to %d",
      kMaxSpikes, kMaxCallsAtOnce);
  if (!list->is_array() || list->size() > kMaxSpikes) {
    fields.ValueError(kKey, expectation);
    return {};
  }
  std::vector<Spike> spikes;
  size_t late = 0;
  for (size_t i = 0; i < list->size(); ++i) {
    const auto pair = AsPair((*list)[i]);
    if (!pair || !(pair->first >= 0 && pair->first <= kMaxDurationS) ||
        !(pair->second >= 0 && pair->second <= kMaxCallsAtOnce) ||
        pair->second != std::floor(pair->second)) {
      fields.Error(kKey, absl::StrCat("expected ", expectation, ", found ",
                                      ShortDump((*list)[i]), " at index ", i));
      return {};
    }
    spikes.push_back({pair->first, static_cast<uint32_t>(pair->second)});
    if (duration_s && pair->first >= *duration_s) ++late;
  }
  std::stable_sort(
      spikes.begin(), spikes.end(),
      [](const Spike& a, const Spike& b) { return a.at_s < b.at_s; });
  if (late > 0) {
    fields.Warn(kKey, absl::StrCat("the test ends before ", late, " of its ",
                                   Counted(spikes.size(), "spike"), ", which ",
                                   late == 1 ? "is" : "are", " left out"));
  }
  return spikes;
}

}  // namespace invocator
