// The roster: which workers a run has, and by what each is known.
//
// Thread-compatible: the run's thread owns it.
#ifndef INVOCATOR_COORDINATOR_ROSTER_H_
#define INVOCATOR_COORDINATOR_ROSTER_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "common/machine_limits.h"
#include "coordinator/clock_sync.h"
#include "coordinator/piece.h"
#include "proto/fleet.pb.h"

namespace invocator {

// One worker of the run, as the coordinator knows it.
struct RunWorker {
  std::optional<size_t> session;  // nullopt: its stream is broken
  std::string name;
  std::string member_key;  // what it shows when it rejoins
  uint32_t threads = 0;
  MachineLimits limits;
  ClockSync clock;
  int64_t wall_offset_s = 0;  // its wall clock minus ours

  bool assigned = false;
  bool ready = false;
  // A Start was sent: from then on it may send, whether we hear of it or not.
  bool started = false;
  int64_t begins_ns = 0;      // when, by our clock
  int64_t start_told_ns = 0;  // the last Start, as it was told: by its clock
  bool armed = false;         // for the Start that was sent last
  bool missed = false;        // that one
  std::vector<Piece> pieces;
  std::vector<wire::Extend> extends;
  uint64_t reports = 0;  // merged
  // When the last one came, or else the start was told, by our clock.
  int64_t reported_ns = 0;
  int64_t brought_ns = 0;  // when one came that was not empty
  bool mute = false;       // none came for too long
  int64_t drained_ns = 0;  // after a Stop: until then calls may be in flight
  uint64_t acked = 0;      // and acknowledged
  std::optional<wire::Done> done;

  // It leaves: nothing that is scheduled at this instant or later, since the
  // run's start, is sent by it.
  std::optional<int64_t> leaves_ns;
  bool handed_over = false;  // what is, others play, or it is nothing
  std::string departure;     // in words

  // Not OK: why it is lost. It may still come back and bring its reports,
  // unless it was given up.
  absl::Status loss;
  // From this instant on, since the run's start, a lost worker sends nothing.
  int64_t silent_from_ns = 0;
  bool given_up = false;

  bool lost() const { return !loss.ok(); }
  // Nothing more will come of it.
  bool over() const { return done.has_value() || given_up; }
  // It was told a start that it has not declined, and has not said that it is
  // done.
  bool MayYetSend() const { return started && !missed && !over(); }
};

class Roster {
 public:
  // Adds a worker that joined; its name gets a number if another one has it.
  RunWorker& Add(size_t session, const wire::Hello& hello);
  // The one at `index` leaves, before it had anything to play.
  void Remove(size_t index);

  // Its index, or nullopt.
  std::optional<size_t> BySession(size_t session) const;
  std::optional<size_t> ByKey(absl::string_view member_key) const;

  // The worker's stream is now that one, or (nullopt) broken.
  void Move(size_t index, std::optional<size_t> session);

  // REQUIRES: it is one of these.
  size_t IndexOf(const RunWorker& worker) const {
    return static_cast<size_t>(&worker - workers_.data());
  }
  size_t size() const { return workers_.size(); }
  RunWorker& operator[](size_t index) { return workers_[index]; }
  std::vector<RunWorker>& workers() { return workers_; }
  const std::vector<RunWorker>& workers() const { return workers_; }

 private:
  // The name, with a number behind it if another worker has it.
  std::string UniqueName(const std::string& name);

  std::vector<RunWorker> workers_;
  std::set<std::string> names_;
  std::map<std::string, uint64_t> last_number_;  // by the name without
  std::map<size_t, size_t> by_session_;          // session -> index
};

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_ROSTER_H_
