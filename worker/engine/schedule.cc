#include "worker/engine/schedule.h"

#include <algorithm>
#include <optional>
#include <tuple>
#include <utility>

#include "common/plan/version_group.h"

namespace invocator {

const std::atomic<bool> Schedule::kGoOn = false;

Schedule::Schedule(const Plan& plan, const std::vector<Share>& shares) {
  Add(LinesFrom(plan, shares, 0));
}

std::vector<Schedule::Line> Schedule::LinesFrom(
    const Plan& plan, const std::vector<Share>& shares, int64_t from_ns,
    const std::atomic<bool>& give_up) {
  std::vector<Line> lines;
  for (const Share& share : shares) {
    const ArrivalSpec& spec = plan.instances[share.instance].arrivals;
    Line line{
        .share = share,
        .stream = MakeArrivalStream(spec),
        .group = static_cast<uint32_t>(FirstVersion(plan, share.instance)),
        .order = spec.version ? std::make_unique<VersionOrder>(spec) : nullptr};
    bool left = Advance(line);
    while (left && line.next.scheduled_ns < from_ns) {
      if (give_up.load(std::memory_order_relaxed)) return lines;
      left = Advance(line);
    }
    if (left) lines.push_back(std::move(line));
  }
  return lines;
}

void Schedule::Add(std::vector<Line> lines) {
  for (Line& line : lines) Push(std::move(line));
}

bool Schedule::Later::operator()(const Line& a, const Line& b) const {
  return std::tie(a.next.scheduled_ns, a.group, a.next.sequence, a.turn) >
         std::tie(b.next.scheduled_ns, b.group, b.next.sequence, b.turn);
}

bool Schedule::Advance(Line& line) {
  while (std::optional<Arrival> arrival = line.stream->Next()) {
    if (line.share.Owns(arrival->sequence)) {
      line.next = *arrival;
      if (line.order) line.turn = line.order->TurnIn(arrival->sequence);
      return true;
    }
  }
  return false;
}

void Schedule::Push(Line line) {
  heap_.push_back(std::move(line));
  std::push_heap(heap_.begin(), heap_.end(), Later());
}

ScheduledInvocation Schedule::Take(bool hold) {
  const Line& first = heap_.front();
  const ScheduledInvocation taken = {
      static_cast<uint32_t>(first.share.instance), first.next.sequence,
      first.next.scheduled_ns};
  if (hold) {
    Line line = PopFirst();
    if (Advance(line)) held_.push_back(std::move(line));
  } else if (Advance(heap_.front())) {
    SinkFirst();
  } else {
    PopFirst();
  }
  return taken;
}

Schedule::Line Schedule::PopFirst() {
  std::pop_heap(heap_.begin(), heap_.end(), Later());
  Line line = std::move(heap_.back());
  heap_.pop_back();
  return line;
}

void Schedule::SinkFirst() {
  const size_t lines = heap_.size();
  const Later later;
  const auto sooner_below = [&](size_t at) {
    const size_t left = 2 * at + 1;
    const size_t right = left + 1;
    return right < lines && later(heap_[left], heap_[right]) ? right : left;
  };
  size_t below = sooner_below(0);
  if (below >= lines || !later(heap_[0], heap_[below])) return;
  Line line = std::move(heap_[0]);
  size_t at = 0;
  while (below < lines && later(line, heap_[below])) {
    heap_[at] = std::move(heap_[below]);
    at = below;
    below = sooner_below(at);
  }
  heap_[at] = std::move(line);
}

bool Schedule::ExhaustedBefore(int64_t instant_ns) const {
  return NextNs() >= instant_ns &&
         std::none_of(held_.begin(), held_.end(), [&](const Line& line) {
           return line.next.scheduled_ns < instant_ns;
         });
}

void Schedule::Return(uint32_t instance) {
  const auto line = std::find_if(
      held_.begin(), held_.end(),
      [&](const Line& held) { return held.share.instance == instance; });
  // An instance whose last invocation was taken holds nothing.
  if (line == held_.end()) return;
  std::swap(*line, held_.back());
  Line back = std::move(held_.back());
  held_.pop_back();
  Push(std::move(back));
}

}  // namespace invocator
