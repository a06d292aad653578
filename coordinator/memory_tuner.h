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
// Used by one thread. Borrows client and journal, which must outlive it.
#ifndef INVOCATOR_COORDINATOR_MEMORY_TUNER_H_
#define INVOCATOR_COORDINATOR_MEMORY_TUNER_H_

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "coordinator/lambda_client.h"
#include "coordinator/memory_journal.h"
#include "coordinator/memory_size.h"

namespace invocator {

class MemoryTuner {
 public:
  // `say`: takes a line of words for people.
  MemoryTuner(LambdaClient& client, MemoryJournal& journal,
              std::function<void(const std::string&)> say)
      : client_(client), journal_(journal), say_(std::move(say)) {}

  // All of them, or an error, after which Restore has to be called. Nothing is
  // changed unless every function could be read. What has its size already is
  // left alone. INVALID_ARGUMENT if one function, named in two ways, is to have
  // two sizes.
  absl::Status Set(const std::vector<MemoryTarget>& targets);

  // Puts back what the journal says is changed, also what was changed by a run
  // that is no more. A function whose size is neither what it was nor what the
  // run set is left alone. Goes on after an error and returns the first:
  // FAILED_PRECONDITION for a function that is not the one that was changed, of
  // another account say.
  absl::Status Restore();

 private:
  // The configuration becomes what it is after the change.
  absl::Status Change(const MemoryTarget& target,
                      FunctionConfiguration& configuration);
  absl::Status BeginRestoring(size_t index, std::vector<size_t>& begun);
  absl::Status FinishRestoring(size_t index);

  LambdaClient& client_;
  MemoryJournal& journal_;
  const std::function<void(const std::string&)> say_;
};

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_MEMORY_TUNER_H_
