#include "coordinator/progress/recent_activity.h"

#include <algorithm>
#include <cmath>

namespace invocator {
namespace {

constexpr int64_t kSpanNs = RecentActivity::kSpanS * 1'000'000'000;
// Between a sample and the next but one: bounds their number whatever a worker
// reports.
constexpr int64_t kSpacingNs = 200'000'000;

int64_t SecondOf(double now_s) {
  return static_cast<int64_t>(std::floor(std::max(now_s, 0.0)));
}

}  // namespace

RecentActivity::RecentActivity(
    const std::vector<std::vector<uint64_t>>& planned, double bin_s,
    size_t workers)
    : bin_s_(bin_s), sent_(workers, {Sample()}) {
  for (const std::vector<uint64_t>& lane : planned) {
    planned_.resize(std::max(planned_.size(), lane.size()));
    for (size_t bin = 0; bin < lane.size(); ++bin) {
      planned_[bin] += static_cast<double>(lane[bin]);
    }
  }
}

void RecentActivity::SetSent(size_t worker, int64_t until_ns, uint64_t sent) {
  std::deque<Sample>& samples = sent_[worker];
  if (until_ns <= samples.back().until_ns) return;
  // The calls in flight may have become fewer in another way than by ending.
  const Sample sample = {until_ns, std::max(sent, samples.back().sent)};
  if (samples.size() > 1 &&
      until_ns < samples.end()[-2].until_ns + kSpacingNs) {
    samples.back() = sample;
  } else {
    samples.push_back(sample);
  }
  while (samples.size() > 1 && samples[1].until_ns <= until_ns - kSpanNs) {
    samples.pop_front();
  }
}

void RecentActivity::AddResponses(double now_s, const Histogram& response,
                                  bool is_warmup) {
  const int64_t second = SecondOf(now_s);
  Slot& slot = slots_[static_cast<size_t>(second % kSpanS)];
  if (slot.second != second) slot.response.Clear();
  slot.second = second;
  slot.response.Merge(response);
  if (!is_warmup) measured_.Merge(response);
}

double RecentActivity::PlannedPerS(double now_s) const {
  const double from_s = std::max(now_s - kSpanS, 0.0);
  if (now_s <= from_s) return 0;
  double planned = 0;
  for (auto bin = static_cast<size_t>(from_s / bin_s_); bin < planned_.size();
       ++bin) {
    const double start_s = static_cast<double>(bin) * bin_s_;
    const double shared_s =
        std::min(now_s, start_s + bin_s_) - std::max(from_s, start_s);
    if (start_s >= now_s) break;
    planned += planned_[bin] * std::max(shared_s, 0.0) / bin_s_;
  }
  return planned / (now_s - from_s);
}

std::optional<double> RecentActivity::SentPerS(double now_s) const {
  std::optional<double> per_s;
  for (const std::deque<Sample>& samples : sent_) {
    if (samples.size() < 2) continue;
    const Sample& first = samples.front();
    const Sample& last = samples.back();
    per_s = per_s.value_or(0);
    if (static_cast<double>(last.until_ns) / 1e9 < now_s - kSpanS) continue;
    *per_s += static_cast<double>(last.sent - first.sent) * 1e9 /
              static_cast<double>(last.until_ns - first.until_ns);
  }
  return per_s;
}

Histogram RecentActivity::Responses(double now_s) const {
  Histogram sum;
  for (const Slot& slot : slots_) {
    if (slot.second > SecondOf(now_s) - kSpanS) sum.Merge(slot.response);
  }
  return sum;
}

}  // namespace invocator
