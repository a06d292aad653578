// Merges the arrivals of all instances of a plan, ordered by time, then
// instance, then sequence. Holds one arrival per instance.
//
// Thread-compatible. Borrows nothing.
#ifndef INVOCATOR_COORDINATOR_FORECAST_MERGED_ARRIVALS_H_
#define INVOCATOR_COORDINATOR_FORECAST_MERGED_ARRIVALS_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "common/arrivals/arrival_stream.h"
#include "common/plan/plan.h"

namespace invocator {

class MergedArrivals {
 public:
  struct Item {
    size_t instance = 0;
    Arrival arrival;
  };

  explicit MergedArrivals(const Plan& plan);

  // The next arrival, or nullopt after the last.
  std::optional<Item> Next();

 private:
  static bool Before(const Item& a, const Item& b);
  // Restores the heap below `at`, whose item may have become later.
  void SiftDown(size_t at);

  std::vector<std::unique_ptr<ArrivalStream>> streams_;
  std::vector<Item> heap_;  // the earliest first; at most one per instance
};

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_FORECAST_MERGED_ARRIVALS_H_
