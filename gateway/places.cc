#include "gateway/places.h"

namespace invocator {

std::optional<int64_t> Places::StartOfNext(int64_t now_ns) {
  while (!busy_until_ns_.empty() && busy_until_ns_.top() <= now_ns) {
    busy_until_ns_.pop();
  }
  while (!waiting_until_ns_.empty() && waiting_until_ns_.front() <= now_ns) {
    waiting_until_ns_.pop_front();
  }
  if (busy_until_ns_.size() < places_) return now_ns;
  if (waiting_until_ns_.size() >= line_) return std::nullopt;
  return busy_until_ns_.top();
}

void Places::Serve(int64_t start_ns, int64_t until_ns) {
  if (busy_until_ns_.size() == places_) {
    busy_until_ns_.pop();
    waiting_until_ns_.push_back(start_ns);
  }
  busy_until_ns_.push(until_ns);
}

}  // namespace invocator
