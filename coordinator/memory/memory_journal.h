// Journal of a run's changes to functions' memory, in the run's folder
// (memory.json): each is on the disk before it is made, so that it can be
// undone after a crash.
//
// Thread-compatible.
#ifndef INVOCATOR_COORDINATOR_MEMORY_MEMORY_JOURNAL_H_
#define INVOCATOR_COORDINATOR_MEMORY_MEMORY_JOURNAL_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "coordinator/memory/lambda_request.h"

namespace invocator {

inline constexpr char kMemoryJournalName[] = "memory.json";

struct MemoryChange {
  enum class State {
    kChanging,  // begun; no answer was seen, and it may take effect yet
    kChanged,
    kRestored,  // it is what it was
    kLeft,      // of older journals: somebody else's change, left to them
  };
  LambdaFunction function;
  std::string arn;  // empty: not known
  uint32_t before_mb = 0;
  uint32_t set_mb = 0;
  State state = State::kChanging;

  // Whether it is still to be restored.
  bool IsPending() const {
    return state == State::kChanging || state == State::kChanged;
  }

  friend bool operator==(const MemoryChange&, const MemoryChange&) = default;
};

absl::string_view MemoryStateName(MemoryChange::State state);

class MemoryJournal {
 public:
  // Nothing is written before the first change. `endpoint_url`: where the
  // control calls go, to be known when they are undone.
  MemoryJournal(std::string folder, std::string endpoint_url)
      : folder_(std::move(folder)), endpoint_url_(std::move(endpoint_url)) {}

  // NOT_FOUND if the folder has none; INVALID_ARGUMENT, naming file and place,
  // for one that no run wrote. Version 1 knew no ARNs, and took a change for
  // made when it was begun: it is read as begun.
  static absl::StatusOr<MemoryJournal> Read(const std::string& folder);

  // On the disk when it returns OK; in the place of what is known of the same
  // function. A change that could not be written is not among changes().
  absl::Status Record(MemoryChange change);
  // REQUIRES: Find(function) is not null.
  absl::Status SetState(const LambdaFunction& function,
                        MemoryChange::State state);

  const std::vector<MemoryChange>& changes() const { return changes_; }
  // Null if there is none; until the next call of Record.
  const MemoryChange* Find(const LambdaFunction& function) const;
  // "<folder>/memory.json", for people.
  std::string path() const;
  const std::string& endpoint_url() const { return endpoint_url_; }
  // From now on `endpoint_url` is the endpoint of all functions.
  void MoveTo(const std::string& endpoint_url);
  // Whether something is still to be restored.
  bool is_pending() const;

 private:
  absl::Status Write() const;

  std::string folder_;
  std::string endpoint_url_;
  std::vector<MemoryChange> changes_;
};

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_MEMORY_MEMORY_JOURNAL_H_
