// Sets functions' memory sizes and restores them. Setting reads all functions
// first, records the changes before making them, and waits until they are in
// effect. Restoring goes as far as it can, whatever happened in between.
//
// A call whose answer was not seen, for example by a killed process, may take
// effect after every attempt to undo it. So each change names the revision of
// the configuration that was read: AWS refuses it once the revision has changed
// (https://docs.aws.amazon.com/lambda/latest/api/
// API_UpdateFunctionConfiguration.html, RevisionId). Undoing such a change
// always makes another one, even if the old size is still in place. Either
// change moves the revision on and so shuts out the other if it comes later.
// (An update moves the revision on even if it changes nothing. This is
// undocumented. Source: LocalStack's tests, which are validated against AWS:
// test_lambda_api.py, test_function_revisions_basic.) If an API gives no
// revisions, as some stand-ins, the last change wins.
//
// A run on another machine may change the same function. So a run restores it
// at its end only if size and revision are as the run left them. Otherwise the
// run that ends last would restore the size that the first one had set, for
// good.
//
// Used by one thread. Borrows client and journal, which must outlive it.
#ifndef INVOCATOR_COORDINATOR_MEMORY_MEMORY_TUNER_H_
#define INVOCATOR_COORDINATOR_MEMORY_MEMORY_TUNER_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "coordinator/memory/lambda_client.h"
#include "coordinator/memory/memory_journal.h"
#include "coordinator/memory/memory_size.h"
#include "coordinator/memory/restore_command.h"

namespace invocator {

// Size and revision that a run expects to find again at its end.
struct HeldMemory {
  MemoryTarget target;
  // Of its configuration; empty if unknown, or if it may change by itself
  // (FunctionConfiguration::is_active).
  std::string revision;

  // True if somebody has changed the function since.
  bool DiffersFrom(const FunctionConfiguration& found) const {
    return found.memory_mb != target.memory_mb ||
           (!revision.empty() && !found.revision.empty() &&
            found.revision != revision);
  }
};

// A function that did not have its size during all of a run.
struct MemoryOverlap {
  LambdaFunction function;
  uint32_t set_mb = 0;
  uint32_t found_mb = 0;  // when the run ended
};

class MemoryTuner {
 public:
  // `say`: prints a line for people. `undo`: options for the restore commands
  // in messages.
  MemoryTuner(LambdaClient& client, MemoryJournal& journal,
              std::function<void(const std::string&)> say,
              RestoreOptions undo = {})
      : client_(client),
        journal_(journal),
        say_(std::move(say)),
        undo_(std::move(undo)) {}

  // Reads all functions. INVALID_ARGUMENT if one function, under two names, has
  // two sizes in `targets`.
  absl::StatusOr<std::vector<FunctionConfiguration>> Read(
      const std::vector<MemoryTarget>& targets);

  // Sets all sizes. After an error Restore must be called. Changes nothing
  // unless every function could be read. Functions that already have their size
  // are left alone.
  absl::StatusOr<std::vector<HeldMemory>> Set(
      const std::vector<MemoryTarget>& targets);

  // At a run's end: compares every function with `held` and, if `restore`,
  // restores the unchanged ones. Leaves a function that somebody else changed:
  // it stays in the journal and is named in `overlaps` and in the error,
  // FAILED_PRECONDITION. Goes on after an error; returns the first and prints
  // the others.
  absl::Status End(const std::vector<HeldMemory>& held, bool restore,
                   std::vector<MemoryOverlap>& overlaps);

  // Restores every size that the journal lists as changed, also by a run that
  // has ended. Leaves a function whose size is neither the old one nor the
  // run's; it remains to be restored. Goes on after an error; returns the first
  // and prints the others: FAILED_PRECONDITION for such a function,
  // PERMISSION_DENIED for a different function of the same name, for example in
  // another account.
  absl::Status Restore();

  // After End or Restore: whether another Restore may help. True if a size is
  // still to be restored and nobody else has changed that function.
  bool CanTryAgain() const;

 private:
  // Updates `configuration` to its state after the change.
  absl::Status Change(const MemoryTarget& target,
                      FunctionConfiguration& configuration);
  // EndOne and BeginRestoring append to `begun` the changes to wait for.
  absl::Status EndOne(const HeldMemory& held, bool restore,
                      std::vector<size_t>& begun,
                      std::vector<MemoryOverlap>& overlaps);
  absl::Status BeginRestoring(size_t index, std::vector<size_t>& begun);
  absl::Status FinishRestoring(size_t index);
  // Records a function that somebody else changed; returns the error.
  absl::Status Leave(const LambdaFunction& function, const std::string& words);
  // Keeps the first error in `first` and prints the others.
  void Note(absl::Status& first, const absl::Status& next) const;
  // Commands that restore the size. `found_mb`: size when somebody else's
  // change was found.
  std::string WayBack(const MemoryChange& change, uint32_t found_mb) const;
  std::string ByHand(const MemoryChange& change) const;

  LambdaClient& client_;
  MemoryJournal& journal_;
  const std::function<void(const std::string&)> say_;
  const RestoreOptions undo_;
  bool restores_ = true;  // false: leaves the sizes
  std::vector<LambdaFunction> left_;
};

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_MEMORY_MEMORY_TUNER_H_
