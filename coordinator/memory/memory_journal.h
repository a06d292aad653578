// Journal of a run's changes to functions' memory, in the run's folder
// (memory.json). Each change is on disk before it is made, so that it can be
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
    kRestored,  // has its old size again
    kLeft,      // in older journals: somebody else's change, left alone
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
  // Writes nothing before the first change. `endpoint_url`: endpoint of the
  // control calls, recorded for undoing them.
  MemoryJournal(std::string folder, std::string endpoint_url)
      : folder_(std::move(folder)), endpoint_url_(std::move(endpoint_url)) {}

  // NOT_FOUND if the folder has none; INVALID_ARGUMENT, naming file and place,
  // for a file that no run wrote. Version 1 has no ARNs and marks a change as
  // made once it is begun: it is read as begun.
  static absl::StatusOr<MemoryJournal> Read(const std::string& folder);

  // The change is on disk when this returns OK. It replaces an earlier one of
  // the same function. A change that could not be written is not among
  // changes().
  absl::Status Record(MemoryChange change);
  // REQUIRES: Find(function) is not null.
  absl::Status SetState(const LambdaFunction& function,
                        MemoryChange::State state);

  const std::vector<MemoryChange>& changes() const { return changes_; }
  // Null if the function has no change. Valid until the next Record.
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
