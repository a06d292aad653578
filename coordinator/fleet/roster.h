// Lists the workers of a run and finds them by session and member key.
//
// Thread-compatible; belongs to the run's thread.
#ifndef INVOCATOR_COORDINATOR_FLEET_ROSTER_H_
#define INVOCATOR_COORDINATOR_FLEET_ROSTER_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "common/plan/piece.h"
#include "common/process/machine_limits.h"
#include "common/result/worker_done.h"
#include "coordinator/fleet/clock_sync.h"

namespace invocator {

namespace wire {
class Hello;
}

// The coordinator's knowledge of one worker, grouped by its writers.
struct RunWorker {
  // Roster, Admission.
  std::optional<size_t> session;  // nullopt: its stream is broken
  std::string name;
  std::string member_key;  // presented when it rejoins
  uint32_t threads = 0;
  MachineLimits limits;

  // ClockPings.
  ClockSync clock;
  int64_t wall_offset_s = 0;  // its wall clock minus ours

  // Preparation, Conductor, StartAgreement, Departures: its progress.
  enum class Stage {
    kJoined,
    kAssigned,
    kReady,
    kStarted,  // a Start was sent, so it may send calls
  };
  Stage stage = Stage::kJoined;

  // Preparation, then Losses: its part of the plan. Pieces are cut when others
  // take them over; extensions stay as they were sent.
  std::vector<Piece> pieces;
  std::vector<Piece> extends;
  // Others play its calls from its Leave or loss on, if any.
  bool handed_over = false;

  // StartAgreement.
  struct Start {
    enum class Answer { kNone, kArmed, kMissed };
    Answer answer = Answer::kNone;  // to the last Start
    int64_t told_ns = 0;            // that Start, by its clock
    int64_t begins_ns = 0;  // its first Start, or the agreed one, by ours
  } start;

  // ReportCollector; StartAgreement and Admission set the first values.
  struct Reports {
    uint64_t merged = 0;
    uint64_t acked = 0;
    // Time of the last report, else of the last Start, by our clock.
    int64_t last_ns = 0;
    int64_t brought_ns = 0;  // time of the last report that was not empty
  } reports;
  std::optional<WorkerDone> done;

  // Departures.
  struct Leave {
    std::optional<int64_t> at_ns;  // the instant, from the run's start
    std::string notice;            // the departure and its effect, as text
  } leave;

  // Losses.
  struct Loss {
    // OK if it is not lost. It may still rejoin and bring its reports, unless
    // it was given up.
    absl::Status why;
    bool given_up = false;
    // Latest end of a lost worker's sending, from the run's start.
    int64_t silent_from_ns = 0;
    bool mute = false;       // no report for too long
    int64_t drained_ns = 0;  // after a Stop: calls may be in flight until then
  } loss;

  bool assigned() const { return stage >= Stage::kAssigned; }
  bool ready() const { return stage >= Stage::kReady; }
  bool started() const { return stage == Stage::kStarted; }
  bool armed() const { return start.answer == Start::Answer::kArmed; }
  bool missed() const { return start.answer == Start::Answer::kMissed; }
  bool lost() const { return !loss.why.ok(); }
  // No more reports will come.
  bool over() const { return done.has_value() || loss.given_up; }
  // True if it got a Start, did not miss it, and is not over.
  bool MayYetSend() const { return started() && !missed() && !over(); }
};

class Roster {
 public:
  // Adds a worker that joined; its name gets a number if another one has it.
  RunWorker& Add(size_t session, const wire::Hello& hello);
  // Removes a worker that has no assignment yet.
  void Remove(size_t index);

  // Index of a worker, or nullopt.
  std::optional<size_t> BySession(size_t session) const;
  std::optional<size_t> ByKey(absl::string_view member_key) const;

  // Sets the worker's stream; nullopt: it is broken.
  void Move(size_t index, std::optional<size_t> session);

  // REQUIRES: a worker of this roster.
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
  std::map<std::string, uint64_t> last_number_;  // by the name without it
  std::map<size_t, size_t> by_session_;          // session -> index
};

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_FLEET_ROSTER_H_
