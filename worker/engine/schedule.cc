#include "worker/engine/schedule.h"

#include <algorithm>
#include <optional>
#include <tuple>
#include <utility>

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
    Line line{
        share, MakeArrivalStream(plan.instances[share.instance].arrivals), {}};
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
  return std::tie(a.next.scheduled_ns, a.share.instance, a.next.sequence) >
         std::tie(b.next.scheduled_ns, b.share.instance, b.next.sequence);
}

bool Schedule::Advance(Line& line) {
  while (std::optional<Arrival> arrival = line.stream->Next()) {
    if (line.share.Owns(arrival->sequence)) {
      line.next = *arrival;
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
  std::pop_heap(heap_.begin(), heap_.end(), Later());
  Line& line = heap_.back();
  const ScheduledInvocation taken = {static_cast<uint32_t>(line.share.instance),
                                     line.next.sequence,
                                     line.next.scheduled_ns};
  if (!Advance(line)) {
    heap_.pop_back();
  } else if (hold) {
    held_.push_back(std::move(line));
    heap_.pop_back();
  } else {
    std::push_heap(heap_.begin(), heap_.end(), Later());
  }
  return taken;
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
