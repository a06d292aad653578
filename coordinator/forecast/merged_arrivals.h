// Merges the arrivals of all instances of a plan, ordered by time, then
// instance, then sequence; versions of one instance count as one, and take the
// turns that their coin gave them. Holds one arrival per instance.
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
#include "common/arrivals/version_order.h"
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
  struct Line {
    Item item;
    size_t group = 0;   // first version of the instance
    uint32_t turn = 0;  // of a version
  };

  // Takes the instance's next arrival; false at its end.
  bool Advance(Line& line);
  static bool Before(const Line& a, const Line& b);
  // Restores the heap below `at`, whose item may have become later.
  void SiftDown(size_t at);

  std::vector<std::unique_ptr<ArrivalStream>> streams_;
  std::vector<std::optional<VersionOrder>> orders_;  // of versions
  std::vector<Line> heap_;  // the earliest first; at most one per instance
};

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_FORECAST_MERGED_ARRIVALS_H_
