#include "common/wire/arrivals_codec.h"

#include <cstddef>
#include <limits>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "common/arrivals/arrival_stream.h"
#include "common/arrivals/instant_tape.h"
#include "common/arrivals/rate_walk.h"

namespace invocator {
namespace {

// Numbers on the wire are those of the enum, from 1, but for the laws, which
// came after LIST.
constexpr std::pair<ArrivalKind, wire::Arrivals::Kind> kKinds[] = {
    {ArrivalKind::kPoisson, wire::Arrivals::POISSON},
    {ArrivalKind::kUniform, wire::Arrivals::UNIFORM},
    {ArrivalKind::kGamma, wire::Arrivals::GAMMA},
    {ArrivalKind::kWeibull, wire::Arrivals::WEIBULL},
    {ArrivalKind::kLognormal, wire::Arrivals::LOGNORMAL},
    {ArrivalKind::kPareto, wire::Arrivals::PARETO},
    {ArrivalKind::kList, wire::Arrivals::LIST},
    {ArrivalKind::kCounts, wire::Arrivals::COUNTS},
    {ArrivalKind::kTimestamps, wire::Arrivals::TIMESTAMPS},
};

template <typename... Args>
absl::Status Invalid(const Args&... args) {
  return absl::InvalidArgumentError(absl::StrCat("plan: ", args...));
}

// NaN is in no range.
bool InRange(double value, double least, double most) {
  return value >= least && value <= most;
}

// Number of gaps that yield calls. Later ones lie beyond the duration and are
// left out.
size_t GapsInTime(const ArrivalSpec& spec) {
  if (spec.kind != ArrivalKind::kList) return 0;
  ArrivalSpec list = spec;
  list.spikes.clear();
  list.version.reset();
  const std::unique_ptr<ArrivalStream> arrivals = MakeArrivalStream(list);
  size_t gaps = 0;
  while (arrivals->Next()) ++gaps;
  return gaps;
}

absl::Status CheckTimes(const wire::Arrivals& message, double plan_duration_s) {
  if (!(message.duration_s() > 0 && message.duration_s() <= plan_duration_s)) {
    return Invalid("arrivals for ", message.duration_s(), " s in a plan of ",
                   plan_duration_s, " s");
  }
  if (!InRange(message.window_end_s(), 0, message.duration_s()) ||
      !InRange(message.window_start_s(), 0, message.window_end_s())) {
    return Invalid("window [", message.window_start_s(), ", ",
                   message.window_end_s(),
                   "], expected 0 <= start <= end <= ", message.duration_s());
  }
  for (double gap_s : message.gaps_s()) {
    if (!InRange(gap_s, 0, std::numeric_limits<double>::max())) {
      return Invalid("gap ", gap_s, ", expected a finite number >= 0");
    }
  }
  return absl::OkStatus();
}

absl::Status ReadRate(const wire::Arrivals& message, ArrivalSpec& spec) {
  if (message.rate_at_s_size() != message.rate_per_s_size()) {
    return Invalid(message.rate_at_s_size(), " instants of ",
                   message.rate_per_s_size(), " rates");
  }
  spec.rate.points.clear();
  for (int i = 0; i < message.rate_at_s_size(); ++i) {
    spec.rate.points.push_back({message.rate_at_s(i), message.rate_per_s(i)});
  }
  spec.rate.every_s = message.rate_every_s();
  const absl::Status valid = CheckRateShape(spec.rate);
  return valid.ok() ? valid : Invalid("rate: ", valid.message());
}

struct ShapeRange {
  double least;
  double most;
};

// Shapes of the laws in gap_law.h. Outside them gaps may all round to 0: a
// stream that never leaves an instant.
ShapeRange ShapesOf(ArrivalKind kind) {
  switch (kind) {
    case ArrivalKind::kGamma:
      return {GammaGaps(kMaxGapCv).shape, GammaGaps(kMinGapCv).shape};
    case ArrivalKind::kWeibull:
      return {kMinWeibullShape, kMaxWeibullShape};
    case ArrivalKind::kLognormal:
      return {LognormalGaps(kMinGapCv).shape, LognormalGaps(kMaxGapCv).shape};
    default:
      return {kMinParetoAlpha, kMaxParetoAlpha};
  }
}

absl::Status ReadLaw(const wire::Arrivals& message, ArrivalSpec& spec) {
  const double shape = message.gap_shape();
  const double scale = message.gap_scale();
  spec.law = {.parameter = 0, .shape = shape, .scale = scale};
  if (spec.kind < ArrivalKind::kGamma || spec.kind > ArrivalKind::kPareto) {
    return absl::OkStatus();
  }
  const ShapeRange shapes = ShapesOf(spec.kind);
  if (!InRange(shape, shapes.least, shapes.most)) {
    return Invalid("gaps of shape ", shape, ", expected ", shapes.least, " .. ",
                   shapes.most);
  }
  if (spec.kind != ArrivalKind::kWeibull) return absl::OkStatus();
  constexpr double kRounding = 1e-9;
  const double expected = WeibullScale(shape);
  if (!InRange(scale, expected * (1 - kRounding), expected * (1 + kRounding))) {
    return Invalid("gaps of scale ", scale, ", expected ", expected,
                   ", for which their mean is 1");
  }
  return absl::OkStatus();
}

absl::Status ReadExtras(const wire::Arrivals& message, ArrivalSpec& spec) {
  if (message.has_bursts()) {
    const wire::Bursts& bursts = message.bursts();
    spec.bursts = Bursts{.per_s = bursts.per_s(),
                         .mean_on_s = bursts.mean_on_s(),
                         .mean_off_s = bursts.mean_off_s()};
    if (!InRange(bursts.per_s(), 0, kMaxRatePerS) ||
        !InRange(bursts.mean_on_s(), kMinRatePeriodS, kMaxRateSecond) ||
        !InRange(bursts.mean_off_s(), kMinRatePeriodS, kMaxRateSecond)) {
      return Invalid("bursts of ", bursts.per_s(), " per second, on for ",
                     bursts.mean_on_s(), " s and off for ", bursts.mean_off_s(),
                     " s");
    }
  }
  if (static_cast<size_t>(message.spikes_size()) > kMaxSpikes) {
    return Invalid(message.spikes_size(), " spikes, expected at most ",
                   kMaxSpikes);
  }
  for (const wire::Spike& spike : message.spikes()) {
    const double after_s = spec.spikes.empty() ? 0 : spec.spikes.back().at_s;
    if (!InRange(spike.at_s(), after_s, kMaxRateSecond)) {
      return Invalid("a spike at ", spike.at_s(), " s after ", after_s, " s");
    }
    if (spike.calls() > kMaxCallsAtOnce) {
      return Invalid("a spike of ", spike.calls(), " calls, expected at most ",
                     kMaxCallsAtOnce);
    }
    spec.spikes.push_back({spike.at_s(), spike.calls()});
  }
  return absl::OkStatus();
}

absl::Status ReadCounts(const wire::BinnedCalls& message, BinnedCalls& counts) {
  if (static_cast<size_t>(message.counts_size()) > kMaxCountBins) {
    return Invalid(message.counts_size(), " bins of counts, expected at most ",
                   kMaxCountBins);
  }
  if (!InRange(message.bin_s(), kMinRatePeriodS, kMaxDurationS) ||
      !InRange(message.speed(), kMinSpeed, kMaxSpeed) ||
      !InRange(message.thin(), kMinThin, 1)) {
    return Invalid("counts by bins of ", message.bin_s(), " s at speed ",
                   message.speed(), ", thinned to ", message.thin());
  }
  for (uint32_t count : message.counts()) {
    if (count > kMaxCallsAtOnce) {
      return Invalid("a bin of ", count, " calls, expected at most ",
                     kMaxCallsAtOnce);
    }
  }
  counts.counts.assign(message.counts().begin(), message.counts().end());
  counts.bin_s = message.bin_s();
  counts.speed = message.speed();
  counts.even = message.even();
  counts.thin = message.thin();
  return absl::OkStatus();
}

absl::Status CheckTape(const wire::Arrivals& message) {
  if (!message.has_tape()) return absl::OkStatus();
  const wire::Tape& tape = message.tape();
  if (message.kind() != wire::Arrivals::TIMESTAMPS) {
    return Invalid("timestamps for arrivals of kind ",
                   static_cast<int>(message.kind()));
  }
  if (tape.instants() > kMaxTapeInstants) {
    return Invalid(tape.instants(), " timestamps, expected at most ",
                   kMaxTapeInstants);
  }
  const uint64_t most = tape.instants() * TapeWriter::kMaxDeltaBytes;
  if (tape.bytes() < tape.instants() || tape.bytes() > most) {
    return Invalid(tape.instants(), " timestamps in ", tape.bytes(),
                   " bytes, expected ", tape.instants(), " .. ", most);
  }
  return absl::OkStatus();
}

absl::Status ReadKind(const wire::Arrivals& message, ArrivalSpec& spec) {
  bool known = false;
  for (const auto& [kind, number] : kKinds) {
    if (number != message.kind()) continue;
    spec.kind = kind;
    known = true;
  }
  if (!known) {
    return Invalid("arrivals of unknown kind ",
                   static_cast<int>(message.kind()));
  }
  switch (message.rng()) {
    case wire::Arrivals::INDEPENDENT:
      spec.rng = ArrivalRng::kIndependent;
      return absl::OkStatus();
    case wire::Arrivals::FAASPROFILER:
      spec.rng = ArrivalRng::kFaasProfiler;
      return absl::OkStatus();
    default:
      return Invalid("arrivals of unknown generator ",
                     static_cast<int>(message.rng()));
  }
}

// FaaSProfiler knows lists, and constant rates with two kinds of gaps.
bool IsForFaasProfiler(const ArrivalSpec& spec) {
  if (!spec.spikes.empty() || spec.bursts) return false;
  return spec.kind == ArrivalKind::kList ||
         ((spec.kind == ArrivalKind::kPoisson ||
           spec.kind == ArrivalKind::kUniform) &&
          spec.rate.is_constant());
}

}  // namespace

wire::Arrivals ToWire(const ArrivalSpec& spec) {
  wire::Arrivals message;
  for (const auto& [kind, number] : kKinds) {
    if (kind == spec.kind) message.set_kind(number);
  }
  message.set_rng(spec.rng == ArrivalRng::kFaasProfiler
                      ? wire::Arrivals::FAASPROFILER
                      : wire::Arrivals::INDEPENDENT);
  message.set_seed(spec.seed);
  message.set_stream(spec.stream);
  for (const RatePoint& point : spec.rate.points) {
    message.add_rate_at_s(point.at_s);
    message.add_rate_per_s(point.per_s);
  }
  message.set_rate_every_s(spec.rate.every_s);
  message.set_gap_shape(spec.law.shape);
  message.set_gap_scale(spec.law.scale);
  message.set_duration_s(spec.duration_s);
  message.set_window_start_s(spec.window_start_s);
  message.set_window_end_s(spec.window_end_s);
  const auto gaps = absl::MakeConstSpan(spec.gaps_s).first(GapsInTime(spec));
  message.mutable_gaps_s()->Add(gaps.begin(), gaps.end());
  if (spec.bursts) {
    message.mutable_bursts()->set_per_s(spec.bursts->per_s);
    message.mutable_bursts()->set_mean_on_s(spec.bursts->mean_on_s);
    message.mutable_bursts()->set_mean_off_s(spec.bursts->mean_off_s);
  }
  for (const Spike& spike : spec.spikes) {
    wire::Spike* of_message = message.add_spikes();
    of_message->set_at_s(spike.at_s);
    of_message->set_calls(spike.calls);
  }
  if (spec.kind == ArrivalKind::kCounts) {
    wire::BinnedCalls* counts = message.mutable_counts();
    counts->mutable_counts()->Add(spec.counts.counts.begin(),
                                  spec.counts.counts.end());
    counts->set_bin_s(spec.counts.bin_s);
    counts->set_speed(spec.counts.speed);
    counts->set_even(spec.counts.even);
    counts->set_thin(spec.counts.thin);
  }
  if (spec.tape != nullptr) {
    message.mutable_tape()->set_instants(spec.tape->count());
    message.mutable_tape()->set_bytes(spec.tape->bytes());
  }
  return message;
}

absl::StatusOr<ArrivalSpec> FromWire(const wire::Arrivals& message,
                                     double plan_duration_s) {
  ArrivalSpec spec;
  for (const absl::Status& status :
       {ReadKind(message, spec), CheckTimes(message, plan_duration_s),
        ReadRate(message, spec), ReadLaw(message, spec),
        ReadExtras(message, spec), CheckTape(message)}) {
    if (!status.ok()) return status;
  }
  if (spec.kind == ArrivalKind::kCounts) {
    absl::Status status = ReadCounts(message.counts(), spec.counts);
    if (!status.ok()) return status;
  }
  spec.seed = message.seed();
  spec.stream = message.stream();
  spec.duration_s = message.duration_s();
  spec.window_start_s = message.window_start_s();
  spec.window_end_s = message.window_end_s();
  spec.gaps_s.assign(message.gaps_s().begin(), message.gaps_s().end());
  if (HasRate(spec.kind)) {
    const absl::Status valid = CheckRateLines(spec);
    if (!valid.ok()) return Invalid(valid.message());
  }
  if (spec.rng == ArrivalRng::kFaasProfiler && !IsForFaasProfiler(spec)) {
    return Invalid("arrivals that FaaSProfiler does not support");
  }
  return spec;
}

}  // namespace invocator
