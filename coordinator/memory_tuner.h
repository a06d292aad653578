// Sets functions' memory and puts it back: reads all first, writes down what it
// is about to change, changes, waits until the changes are in effect; and the
// way back, as far as it goes, whatever happened in between.
//
// Used by one thread. Borrows client and journal, which must outlive it.
#ifndef INVOCATOR_COORDINATOR_MEMORY_TUNER_H_
#define INVOCATOR_COORDINATOR_MEMORY_TUNER_H_

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
  // left alone.
  absl::Status Set(const std::vector<MemoryTarget>& targets);

  // Puts back what the journal says is changed, also what was changed by a run
  // that is no more. A function whose size is neither what it was nor what the
  // run set is left alone. Goes on after an error and returns the first.
  absl::Status Restore();

 private:
  // A function on its way from `before` to what it is to be.
  struct Step {
    size_t index = 0;  // of the target, or of the change in the journal
    FunctionConfiguration configuration;
  };
  absl::Status Change(const MemoryTarget& target,
                      FunctionConfiguration& configuration);
  absl::Status BeginRestoring(size_t change, std::vector<Step>& begun);

  LambdaClient& client_;
  MemoryJournal& journal_;
  const std::function<void(const std::string&)> say_;
};

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_MEMORY_TUNER_H_
