// Computes rates and response times over the last seconds of a run in progress,
// from the workers' reports, which come about once a second.
//
// Pure: time comes in as an argument. Thread-compatible.
#ifndef INVOCATOR_COORDINATOR_PROGRESS_RECENT_ACTIVITY_H_
#define INVOCATOR_COORDINATOR_PROGRESS_RECENT_ACTIVITY_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "common/result/histogram.h"

namespace invocator {

class RecentActivity {
 public:
  static constexpr int64_t kSpanS = 5;

  // `planned`: by lane and bin of that width, as in Census.
  RecentActivity(const std::vector<std::vector<uint64_t>>& planned,
                 double bin_s, size_t workers);

  // Calls that the worker has sent until that instant. Ignored if the instant
  // is not after the one before.
  void SetSent(size_t worker, int64_t until_ns, uint64_t sent);
  // Response times reported at `now_s`.
  void AddResponses(double now_s, const Histogram& response, bool is_warmup);

  // Planned calls per second in the last kSpanS.
  double PlannedPerS(double now_s) const;
  // Sent calls per second in the kSpanS before each worker's last report;
  // nullopt before the first one. A worker silent for kSpanS counts as 0.
  std::optional<double> SentPerS(double now_s) const;
  // Those reported in the last kSpanS.
  Histogram Responses(double now_s) const;
  // Those of the measured phase so far.
  const Histogram& measured() const { return measured_; }

 private:
  struct Sample {
    int64_t until_ns = 0;
    uint64_t sent = 0;
  };
  // Those of a whole second of the run.
  struct Slot {
    int64_t second = -1;
    Histogram response;
  };

  std::vector<double> planned_;  // by bin
  const double bin_s_;
  // By worker: the first is at least kSpanS old, if any sample is.
  std::vector<std::deque<Sample>> sent_;
  std::array<Slot, kSpanS> slots_;  // by second modulo kSpanS
  Histogram measured_;
};

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_PROGRESS_RECENT_ACTIVITY_H_
