#include "common/plan/arrivals.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "common/plan/portable_log.h"
#include "common/plan/rng.h"

namespace invocator {
namespace {

constexpr double kNever = std::numeric_limits<double>::infinity();

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

// Processes: NextTime() returns instants that never decrease, and kNever after
// the last.

class PoissonProcess {
 public:
  explicit PoissonProcess(const ArrivalSpec& spec)
      : rng_(spec.seed, spec.stream), rate_per_s_(spec.rate_per_s) {}

  double NextTime() {
    // 1 - u is exact, so its logarithm is log1p(-u).
    time_s_ += -PortableLog(1 - rng_.Uniform()) / rate_per_s_;
    return time_s_;
  }

 private:
  StreamRng rng_;
  double rate_per_s_;
  double time_s_ = 0;
};

// In closed form rather than summed: a sum of a billion gaps would drift.
class UniformProcess {
 public:
  explicit UniformProcess(const ArrivalSpec& spec)
      : rate_per_s_(spec.rate_per_s),
        shift_s_(StreamRng(spec.seed, spec.stream).Uniform() / rate_per_s_),
        count_(static_cast<uint64_t>(spec.duration_s * rate_per_s_)) {}

  double NextTime() {
    if (generated_ == count_) return kNever;
    ++generated_;
    return shift_s_ + static_cast<double>(generated_) / rate_per_s_;
  }

 private:
  double rate_per_s_;
  double shift_s_;
  uint64_t count_;
  uint64_t generated_ = 0;
};

// numpy.random.seed(seed)
// numpy.random.exponential(scale=1.0/rate, size=int(2*duration*rate))
// Takes libm's log, as numpy does: the only way to its bits.
class FaasProfilerPoissonProcess {
 public:
  explicit FaasProfilerPoissonProcess(const ArrivalSpec& spec)
      : rng_(Mt19937::SeededLikeNumpy(spec.seed)),
        scale_s_(1.0 / spec.rate_per_s),
        left_(static_cast<uint64_t>(2 * spec.duration_s * spec.rate_per_s)) {}

  double NextTime() {
    if (left_ == 0) return kNever;
    --left_;
    time_s_ += scale_s_ * -std::log(1.0 - rng_.Uniform());
    return time_s_;
  }

 private:
  Mt19937 rng_;
  double scale_s_;
  uint64_t left_;
  double time_s_ = 0;
};

// random.seed(seed); shift = random.random() / rate
// int(duration * rate) gaps of 1.0 / rate, the first of them + shift
class FaasProfilerUniformProcess {
 public:
  explicit FaasProfilerUniformProcess(const ArrivalSpec& spec)
      : gap_s_(1.0 / spec.rate_per_s),
        next_gap_s_(gap_s_ + Mt19937::SeededLikePython(spec.seed).Uniform() /
                                 spec.rate_per_s),
        left_(static_cast<uint64_t>(spec.duration_s * spec.rate_per_s)) {}

  double NextTime() {
    if (left_ == 0) return kNever;
    --left_;
    time_s_ += std::exchange(next_gap_s_, gap_s_);
    return time_s_;
  }

 private:
  double gap_s_;
  double next_gap_s_;
  uint64_t left_;
  double time_s_ = 0;
};

// Arrivals of a process strictly inside the window and before the duration,
// also after rounding.
template <typename Process>
class WindowedStream final : public ArrivalStream {
 public:
  explicit WindowedStream(const ArrivalSpec& spec)
      : process_(spec),
        start_s_(spec.window_start_s),
        end_s_(std::min(spec.window_end_s, spec.duration_s)),
        duration_ns_(RoundToNs(spec.duration_s)) {}

  std::optional<Arrival> Next() override {
    double time_s;
    do {
      // Times never decrease: past the end, no call will find another.
      time_s = process_.NextTime();
      if (!(time_s < end_s_)) return std::nullopt;
    } while (time_s <= start_s_);
    const int64_t time_ns = RoundToNs(time_s);
    if (time_ns >= duration_ns_) return std::nullopt;
    return Arrival{sequence_++, time_ns};
  }

 private:
  Process process_;
  double start_s_;
  double end_s_;
  int64_t duration_ns_;
  uint64_t sequence_ = 0;
};

// A list may end exactly on the duration.
class ListStream final : public ArrivalStream {
 public:
  ListStream(std::vector<double> gaps_s, double duration_s)
      : gaps_s_(std::move(gaps_s)), duration_s_(duration_s) {}

  std::optional<Arrival> Next() override {
    if (next_ == gaps_s_.size()) return std::nullopt;
    time_s_ += gaps_s_[next_];
    if (IsAfter(time_s_, duration_s_)) {
      next_ = gaps_s_.size();
      return std::nullopt;
    }
    return Arrival{next_++, RoundToNs(time_s_)};
  }

 private:
  std::vector<double> gaps_s_;
  double duration_s_;
  double time_s_ = 0;
  size_t next_ = 0;
};

}  // namespace

std::unique_ptr<ArrivalStream> MakeArrivalStream(const ArrivalSpec& spec) {
  if (spec.kind == ArrivalKind::kList) {
    return std::make_unique<ListStream>(spec.gaps_s, spec.duration_s);
  }
  if (spec.rate_per_s == 0) {
    return std::make_unique<ListStream>(std::vector<double>(), spec.duration_s);
  }
  const bool poisson = spec.kind == ArrivalKind::kPoisson;
  if (spec.rng == ArrivalRng::kFaasProfiler) {
    if (poisson) {
      return std::make_unique<WindowedStream<FaasProfilerPoissonProcess>>(spec);
    }
    return std::make_unique<WindowedStream<FaasProfilerUniformProcess>>(spec);
  }
  if (poisson) return std::make_unique<WindowedStream<PoissonProcess>>(spec);
  return std::make_unique<WindowedStream<UniformProcess>>(spec);
}

}  // namespace invocator
