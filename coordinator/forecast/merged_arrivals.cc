#include "coordinator/forecast/merged_arrivals.h"

#include <utility>

namespace invocator {

MergedArrivals::MergedArrivals(const Plan& plan) {
  for (size_t i = 0; i < plan.instances.size(); ++i) {
    streams_.push_back(MakeArrivalStream(plan.instances[i].arrivals));
    if (auto first = streams_[i]->Next()) heap_.push_back({i, *first});
  }
  for (size_t at = heap_.size() / 2; at-- > 0;) SiftDown(at);
}

std::optional<MergedArrivals::Item> MergedArrivals::Next() {
  if (heap_.empty()) return std::nullopt;
  const Item earliest = heap_.front();
  // One sift per arrival, where a pop and a push would be two.
  if (auto next = streams_[earliest.instance]->Next()) {
    heap_.front().arrival = *next;
  } else {
    heap_.front() = heap_.back();
    heap_.pop_back();
  }
  SiftDown(0);
  return earliest;
}

bool MergedArrivals::Before(const Item& a, const Item& b) {
  return a.arrival.scheduled_ns != b.arrival.scheduled_ns
             ? a.arrival.scheduled_ns < b.arrival.scheduled_ns
             : a.instance < b.instance;
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
