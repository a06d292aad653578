#include "coordinator/forecast/merged_arrivals.h"

#include <tuple>
#include <utility>

#include "common/plan/version_group.h"

namespace invocator {

MergedArrivals::MergedArrivals(const Plan& plan) {
  for (size_t i = 0; i < plan.instances.size(); ++i) {
    const ArrivalSpec& spec = plan.instances[i].arrivals;
    streams_.push_back(MakeArrivalStream(spec));
    orders_.push_back(spec.version ? std::make_optional<VersionOrder>(spec)
                                   : std::nullopt);
    Line line = {.item = {.instance = i, .arrival = {}},
                 .group = FirstVersion(plan, i)};
    if (Advance(line)) heap_.push_back(line);
  }
  for (size_t at = heap_.size() / 2; at-- > 0;) SiftDown(at);
}

std::optional<MergedArrivals::Item> MergedArrivals::Next() {
  if (heap_.empty()) return std::nullopt;
  const Item earliest = heap_.front().item;
  // One sift per arrival, where a pop and a push would be two.
  if (!Advance(heap_.front())) {
    heap_.front() = heap_.back();
    heap_.pop_back();
  }
  SiftDown(0);
  return earliest;
}

bool MergedArrivals::Advance(Line& line) {
  const size_t instance = line.item.instance;
  const std::optional<Arrival> next = streams_[instance]->Next();
  if (!next) return false;
  line.item.arrival = *next;
  if (orders_[instance]) line.turn = orders_[instance]->TurnIn(next->sequence);
  return true;
}

bool MergedArrivals::Before(const Line& a, const Line& b) {
  const auto key = [](const Line& line) {
    const Arrival& arrival = line.item.arrival;
    return std::tie(arrival.scheduled_ns, line.group, arrival.sequence,
                    line.turn);
  };
  return key(a) < key(b);
}

void MergedArrivals::SiftDown(size_t at) {
  while (true) {
    size_t child = 2 * at + 1;
    if (child >= heap_.size()) return;
    if (child + 1 < heap_.size() && Before(heap_[child + 1], heap_[child])) {
      ++child;
    }
    if (!Before(heap_[child], heap_[at])) return;
    std::swap(heap_[child], heap_[at]);
    at = child;
  }
}

}  // namespace invocator
