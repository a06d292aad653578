// Sets functions' memory and puts it back: reads all first, writes down what it
// is about to change, changes, waits until the changes are in effect; and the
// way back, as far as it goes, whatever happened in between.
//
// A call whose answer was not seen, of a process that was killed say, may take
// effect later than all that is done about it. So every change names the
// revision of the configuration that was read: AWS refuses it once that has
// changed (https://docs.aws.amazon.com/lambda/latest/api/
// API_UpdateFunctionConfiguration.html, RevisionId). And such a change is
// undone by another one even where the old size is still to be read, which
// moves the revision on and so shuts the late one out, whichever comes first.
// (An update moves it on even if it makes no difference: LocalStack's tests, of
// which this is one, are validated against AWS: test_lambda_api.py,
// test_function_revisions_basic. It is not documented.) Where an API gives no
// revisions, as some stand-ins, the last to come wins.
//
// Another run may do the same to the same function from another machine. So a
// run's end looks for size and revision as the run left them: who finds others
// writes nothing over, as the last to end would make the first one's size the
// function's for good.
//
// Used by one thread. Borrows client and journal, which must outlive it.
#ifndef INVOCATOR_COORDINATOR_MEMORY_TUNER_H_
#define INVOCATOR_COORDINATOR_MEMORY_TUNER_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "coordinator/lambda_client.h"
#include "coordinator/memory_journal.h"
#include "coordinator/memory_size.h"

namespace invocator {

// A function as a run holds it: what is to be found again when the run ends.
struct HeldMemory {
  MemoryTarget target;
  // Of its configuration; empty where none is told, or where it changes by
  // itself (FunctionConfiguration::is_active).
  std::string revision;

  // Whether somebody has changed it since.
  bool DiffersFrom(const FunctionConfiguration& found) const {
    return found.memory_mb != target.memory_mb ||
           (!revision.empty() && !found.revision.empty() &&
            found.revision != revision);
  }
};

// A function that did not have its size for all of a run.
struct MemoryOverlap {
  LambdaFunction function;
  uint32_t set_mb = 0;
  uint32_t found_mb = 0;  // when the run ended
};

class MemoryTuner {
 public:
  // `say`: takes a line of words for people.
  MemoryTuner(LambdaClient& client, MemoryJournal& journal,
              std::function<void(const std::string&)> say)
      : client_(client), journal_(journal), say_(std::move(say)) {}

  // Reads all of them. INVALID_ARGUMENT if one function, named in two ways, is
  // to have two sizes.
  absl::StatusOr<std::vector<FunctionConfiguration>> Read(
      const std::vector<MemoryTarget>& targets);

  // Sets all of them, or gives an error, after which Restore has to be called.
  // Nothing is changed unless every function could be read. What has its size
  // already is left alone.
  absl::StatusOr<std::vector<HeldMemory>> Set(
      const std::vector<MemoryTarget>& targets);

  // When a run has ended: looks whether every function is as the run held it,
  // and puts back those that are, if `restore` is wanted. One that was changed
  // by somebody else is left so, and stays in the journal as it is there: it is
  // named in `overlaps`, and in the error, FAILED_PRECONDITION. Goes on after
  // an error and returns the first.
  absl::Status End(const std::vector<HeldMemory>& held, bool restore,
                   std::vector<MemoryOverlap>& overlaps);

  // Puts back what the journal says is changed, also what was changed by a run
  // that is no more. A function whose size is neither what it was nor what the
  // run set is left alone, and stays to be restored. Goes on after an error and
  // returns the first: FAILED_PRECONDITION for such a function, and for one
  // that is not the one that was changed, of another account say.
  absl::Status Restore();

 private:
  // The configuration becomes what it is after the change.
  absl::Status Change(const MemoryTarget& target,
                      FunctionConfiguration& configuration);
  // Both append to `begun` what FinishRestoring has to wait for.
  absl::Status EndOne(const HeldMemory& held, bool restore,
                      std::vector<size_t>& begun,
                      std::vector<MemoryOverlap>& overlaps);
  absl::Status BeginRestoring(size_t index, std::vector<size_t>& begun);
  absl::Status FinishRestoring(size_t index);

  LambdaClient& client_;
  MemoryJournal& journal_;
  const std::function<void(const std::string&)> say_;
};

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_MEMORY_TUNER_H_
