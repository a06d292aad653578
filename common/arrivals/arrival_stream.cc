#include "common/arrivals/arrival_stream.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "common/arrivals/binned_process.h"
#include "common/arrivals/constant_process.h"
#include "common/arrivals/gap_source.h"
#include "common/arrivals/instant_tape.h"
#include "common/arrivals/rate_walk.h"
#include "common/arrivals/rng.h"
#include "common/arrivals/version_order.h"

namespace invocator {
namespace {

// std::llround(seconds * 1e9) for values that are not negative, without a call:
// rounds halves up. REQUIRES: less than 2^63 ns
int64_t RoundToNs(double seconds) {
  const double ns = seconds * 1e9;
  const auto whole_ns = static_cast<int64_t>(ns);
  return whole_ns + (ns - static_cast<double>(whole_ns) >= 0.5 ? 1 : 0);
}

// Compared as rounded: ten gaps of 0.1 end on 1, though their sum in doubles
// does not.
bool IsAfter(double time_s, double end_s) {
  return std::round(time_s * 1e9) > std::round(end_s * 1e9);
}

// Gaps of one law, spread over time by the rate.
template <typename Gaps>
class TimeChangedProcess {
 public:
  explicit TimeChangedProcess(const ArrivalSpec& spec)
      : rng_(spec.seed, spec.stream), gaps_(spec.law), walk_(spec) {}

  double NextTime() { return walk_.Advance(gaps_.Next(rng_)); }

 private:
  StreamRng rng_;
  Gaps gaps_;
  RateWalk walk_;
};

// Sources: NextNs() returns instants in order, and nullopt after the last.

// Arrivals of a process strictly inside the window and before the duration,
// also after rounding.
template <typename Process>
class WindowedSource {
 public:
  explicit WindowedSource(const ArrivalSpec& spec)
      : process_(spec),
        start_s_(spec.window_start_s),
        end_s_(std::min(spec.window_end_s, spec.duration_s)),
        duration_ns_(RoundToNs(spec.duration_s)) {}

  std::optional<int64_t> NextNs() {
    double time_s;
    do {
      // Times never decrease: all later ones are past the end, too.
      time_s = process_.NextTime();
      if (!(time_s < end_s_)) return std::nullopt;
    } while (time_s <= start_s_);
    const int64_t time_ns = RoundToNs(time_s);
    if (time_ns >= duration_ns_) return std::nullopt;
    return time_ns;
  }

 private:
  Process process_;
  double start_s_;
  double end_s_;
  int64_t duration_ns_;
};

// A list may end exactly on the duration.
class ListSource {
 public:
  explicit ListSource(const ArrivalSpec& spec)
      : gaps_s_(spec.gaps_s), duration_s_(spec.duration_s) {}

  std::optional<int64_t> NextNs() {
    if (next_ == gaps_s_.size()) return std::nullopt;
    time_s_ += gaps_s_[next_++];
    if (!IsAfter(time_s_, duration_s_)) return RoundToNs(time_s_);
    next_ = gaps_s_.size();
    return std::nullopt;
  }

 private:
  std::vector<double> gaps_s_;
  double duration_s_;
  double time_s_ = 0;
  size_t next_ = 0;
};

struct NoSource {
  explicit NoSource(const ArrivalSpec& /*spec*/) {}
  std::optional<int64_t> NextNs() { return std::nullopt; }
};

class TapeSource {
 public:
  explicit TapeSource(const ArrivalSpec& spec) {
    if (spec.tape != nullptr) reader_.emplace(spec.tape);
  }
  std::optional<int64_t> NextNs() {
    return reader_ ? reader_->Next() : std::nullopt;
  }

 private:
  std::optional<TapeReader> reader_;
};

// Whole instants inside the window. Those at 0 belong to a window from 0.
class InstantWindow {
 public:
  explicit InstantWindow(const ArrivalSpec& spec)
      : start_ns_(spec.window_start_s > 0 ? RoundToNs(spec.window_start_s)
                                          : -1),
        end_ns_(RoundToNs(std::min(spec.window_end_s, spec.duration_s))) {}

  bool HasBegun(int64_t instant_ns) const { return instant_ns > start_ns_; }
  bool HasEnded(int64_t instant_ns) const { return instant_ns >= end_ns_; }

 private:
  int64_t start_ns_;
  int64_t end_ns_;
};

// Spikes inside the window. Those outside are not counted call by call.
class SpikeSource {
 public:
  explicit SpikeSource(const ArrivalSpec& spec) {
    const InstantWindow window(spec);
    for (const Spike& spike : spec.spikes) {
      const int64_t at_ns = RoundToNs(spike.at_s);
      if (spike.calls > 0 && window.HasBegun(at_ns) &&
          !window.HasEnded(at_ns)) {
        spikes_.emplace_back(at_ns, spike.calls);
      }
    }
  }

  std::optional<int64_t> NextNs() {
    if (next_ == spikes_.size()) return std::nullopt;
    const auto [at_ns, calls] = spikes_[next_];
    if (++made_ == calls) {
      ++next_;
      made_ = 0;
    }
    return at_ns;
  }

 private:
  std::vector<std::pair<int64_t, uint32_t>> spikes_;
  size_t next_ = 0;
  uint32_t made_ = 0;  // calls of the next spike
};

template <typename Source>
class InstantsInWindow {
 public:
  explicit InstantsInWindow(const ArrivalSpec& spec)
      : source_(spec), window_(spec) {}

  std::optional<int64_t> NextNs() {
    std::optional<int64_t> instant_ns;
    do {
      instant_ns = source_.NextNs();
      if (!instant_ns || window_.HasEnded(*instant_ns)) return std::nullopt;
    } while (!window_.HasBegun(*instant_ns));
    return instant_ns;
  }

 private:
  Source source_;
  InstantWindow window_;
};

// A source and the spec's spikes; the source's instants come first at a tie.
template <typename Source>
class WithSpikes {
 public:
  explicit WithSpikes(const ArrivalSpec& spec)
      : source_(spec), spikes_(spec), next_spike_(spikes_.NextNs()) {}

  std::optional<int64_t> NextNs() {
    // Not in the constructor: running up to the window may take long.
    if (!std::exchange(begun_, true)) next_ = source_.NextNs();
    if (next_ && (!next_spike_ || *next_ <= *next_spike_)) {
      return std::exchange(next_, source_.NextNs());
    }
    if (!next_spike_) return std::nullopt;
    return std::exchange(next_spike_, spikes_.NextNs());
  }

 private:
  Source source_;
  SpikeSource spikes_;
  bool begun_ = false;
  std::optional<int64_t> next_;
  std::optional<int64_t> next_spike_;
};

// Numbers a source's instants.
template <typename Source>
class NumberedStream final : public ArrivalStream {
 public:
  explicit NumberedStream(const ArrivalSpec& spec) : source_(spec) {}

  std::optional<Arrival> Next() override {
    if (ended_) return std::nullopt;
    const std::optional<int64_t> instant_ns = source_.NextNs();
    if (instant_ns) return Arrival{sequence_++, *instant_ns};
    ended_ = true;
    return std::nullopt;
  }

 private:
  Source source_;
  uint64_t sequence_ = 0;
  bool ended_ = false;
};

template <typename Source>
std::unique_ptr<ArrivalStream> StreamOf(const ArrivalSpec& spec) {
  if (spec.spikes.empty()) {
    return std::make_unique<NumberedStream<Source>>(spec);
  }
  return std::make_unique<NumberedStream<WithSpikes<Source>>>(spec);
}

template <typename Process>
std::unique_ptr<ArrivalStream> ProcessStream(const ArrivalSpec& spec) {
  return StreamOf<WindowedSource<Process>>(spec);
}

template <typename Gaps>
std::unique_ptr<ArrivalStream> TimeChangedStream(const ArrivalSpec& spec) {
  return ProcessStream<TimeChangedProcess<Gaps>>(spec);
}

// The processes whose instants are pinned.
std::unique_ptr<ArrivalStream> ConstantStream(const ArrivalSpec& spec) {
  const bool is_uniform = spec.kind == ArrivalKind::kUniform;
  if (spec.rng == ArrivalRng::kFaasProfiler) {
    if (is_uniform) return ProcessStream<FaasProfilerUniformProcess>(spec);
    return ProcessStream<FaasProfilerPoissonProcess>(spec);
  }
  if (is_uniform) return ProcessStream<UniformProcess>(spec);
  return ProcessStream<PoissonProcess>(spec);
}

std::unique_ptr<ArrivalStream> MakeProcessStream(const ArrivalSpec& spec) {
  const bool is_constant = spec.rate.is_constant() && !spec.bursts;
  if (is_constant && spec.rate.first_per_s() == 0) {
    return StreamOf<NoSource>(spec);
  }
  switch (spec.kind) {
    case ArrivalKind::kGamma:
      return TimeChangedStream<GammaGapSource>(spec);
    case ArrivalKind::kWeibull:
      return TimeChangedStream<WeibullGapSource>(spec);
    case ArrivalKind::kLognormal:
      return TimeChangedStream<LognormalGapSource>(spec);
    case ArrivalKind::kPareto:
      return TimeChangedStream<ParetoGapSource>(spec);
    default:
      break;
  }
  if (is_constant) return ConstantStream(spec);
  if (spec.kind == ArrivalKind::kUniform) {
    return TimeChangedStream<ConstantGaps>(spec);
  }
  return TimeChangedStream<ExponentialGaps>(spec);
}

// One version's arrivals of those that the versions share.
class SplitStream final : public ArrivalStream {
 public:
  SplitStream(const ArrivalSpec& spec, std::unique_ptr<ArrivalStream> shared)
      : order_(spec), count_(Sharers(spec)), shared_(std::move(shared)) {}

  std::optional<Arrival> Next() override {
    // A round has one arrival of each version: it is also their sequence.
    const uint64_t own = sequence_ * count_ + order_.TurnIn(sequence_);
    while (const std::optional<Arrival> arrival = shared_->Next()) {
      if (arrival->sequence < own) continue;
      return Arrival{sequence_++, arrival->scheduled_ns};
    }
    return std::nullopt;
  }

 private:
  const VersionOrder order_;
  const uint32_t count_;
  std::unique_ptr<ArrivalStream> shared_;
  uint64_t sequence_ = 0;
};

std::unique_ptr<ArrivalStream> MakeSharedStream(const ArrivalSpec& spec) {
  switch (spec.kind) {
    case ArrivalKind::kList:
      return StreamOf<ListSource>(spec);
    case ArrivalKind::kCounts:
      return StreamOf<InstantsInWindow<BinnedProcess>>(spec);
    case ArrivalKind::kTimestamps:
      return StreamOf<InstantsInWindow<TapeSource>>(spec);
    default:
      return MakeProcessStream(spec);
  }
}

}  // namespace

std::unique_ptr<ArrivalStream> MakeArrivalStream(const ArrivalSpec& spec) {
  std::unique_ptr<ArrivalStream> shared = MakeSharedStream(spec);
  if (Sharers(spec) == 1) return shared;
  return std::make_unique<SplitStream>(spec, std::move(shared));
}

}  // namespace invocator
