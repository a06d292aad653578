// Places in which calls are served, and the line of those that wait for one:
// first in, first out. Pure: time is an argument.
//
// How long a call is served is known when it comes, and so is the instant at
// which it will be served: nobody leaves the line.
//
// Units: nanoseconds of a clock that never goes back. Thread-compatible.
#ifndef INVOCATOR_GATEWAY_PLACES_H_
#define INVOCATOR_GATEWAY_PLACES_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <queue>
#include <vector>

namespace invocator {

// Bounds the wait at the end of the longest line, in nanoseconds: one place,
// and the longest cold start (24 h) and duration for each call before it.
inline constexpr size_t kMaxLine = 100'000;

class Places {
 public:
  // At most `line` calls wait. REQUIRES: places >= 1, line <= kMaxLine
  Places(size_t places, size_t line) : places_(places), line_(line) {}

  // Instant from which a call that comes now will be served; nullopt if all
  // places are busy and the line is full. Never earlier than of the last call.
  std::optional<int64_t> StartOfNext(int64_t now_ns);

  // Admits that call. REQUIRES: start_ns is StartOfNext's last answer;
  // until_ns >= start_ns
  void Serve(int64_t start_ns, int64_t until_ns);

 private:
  const size_t places_;
  const size_t line_;
  // When each busy place will be done with all its calls, waiting ones too.
  std::priority_queue<int64_t, std::vector<int64_t>, std::greater<>>
      busy_until_ns_;
  std::deque<int64_t> waiting_until_ns_;  // ascends
};

}  // namespace invocator

#endif  // INVOCATOR_GATEWAY_PLACES_H_
