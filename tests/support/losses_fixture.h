// Losses of a run with a roster of workers that report when told to.
#ifndef INVOCATOR_TESTS_SUPPORT_LOSSES_FIXTURE_H_
#define INVOCATOR_TESTS_SUPPORT_LOSSES_FIXTURE_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "coordinator/conductor/losses.h"
#include "coordinator/fleet/roster.h"
#include "tests/support/roster_fixture.h"

namespace invocator {

class LossesFixture : public RosterFixture {
 protected:
  static inline const absl::Status kGone = absl::UnavailableError("gone");

  Losses& Make(OnWorkerLoss policy, std::optional<LeaseTerms> terms = Terms()) {
    return losses_.emplace(*fleet_, clock_, roster_, heartbeat_, policy, terms);
  }
  // `workers` under way, with `policy`.
  Losses& Playing(OnWorkerLoss policy, size_t workers) {
    AddWorkers(workers);
    Losses& losses = Make(policy);
    losses.BeginPlaying(plan_, kDrain);
    StartAll(losses);
    losses.Tend();
    return losses;
  }
  // Time passes in which the coordinator is awake, and `heard` report.
  void Pass(int64_t ns, const std::vector<size_t>& heard = {}) {
    const int64_t end_ns = clock_.NowNs() + ns;
    while (clock_.NowNs() < end_ns) {
      clock_.Advance(std::min<int64_t>(100 * kMs, end_ns - clock_.NowNs()));
      for (size_t i : heard) At(i).reports.last_ns = clock_.NowNs();
      losses_->Tend();
    }
  }

  std::optional<Losses> losses_;
};

// Who owns call `sequence` of the plan at `at_ns`, by their pieces.
inline std::vector<std::string> OwnersOf(const Roster& roster,
                                         uint64_t sequence, int64_t at_ns) {
  std::vector<std::string> owners;
  for (const RunWorker& worker : roster.workers()) {
    for (const Piece& piece : worker.pieces) {
      if (at_ns < piece.from_ns || at_ns >= piece.until_ns) continue;
      for (const Share& share : piece.shares) {
        if (share.Owns(sequence)) owners.push_back(worker.name);
      }
    }
  }
  return owners;
}

}  // namespace invocator

#endif  // INVOCATOR_TESTS_SUPPORT_LOSSES_FIXTURE_H_
