#include "coordinator/memory_tuner.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace invocator {
namespace {

using State = MemoryChange::State;

std::string Mb(uint32_t memory_mb) { return absl::StrCat(memory_mb, " MB"); }

}  // namespace

absl::Status MemoryTuner::Set(const std::vector<MemoryTarget>& targets) {
  // Whoever may not read or does not exist is found before anything changes.
  std::vector<FunctionConfiguration> configurations;
  for (const MemoryTarget& target : targets) {
    absl::StatusOr<FunctionConfiguration> found = client_.Get(target.function);
    if (!found.ok()) return found.status();
    configurations.push_back(*std::move(found));
  }
  for (size_t i = 0; i < targets.size(); ++i) {
    absl::Status status = Change(targets[i], configurations[i]);
    if (!status.ok()) return status;
  }
  for (size_t i = 0; i < targets.size(); ++i) {
    absl::Status status =
        client_.WaitUntilSettled(targets[i].function, configurations[i]);
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status MemoryTuner::Change(const MemoryTarget& target,
                                 FunctionConfiguration& configuration) {
  const std::string name = target.function.ToString();
  if (configuration.memory_mb == target.memory_mb) {
    say_(absl::StrCat("memory of ", name, " is ", Mb(target.memory_mb),
                      " already"));
    return absl::OkStatus();
  }
  say_(absl::StrCat("memory of ", name, ": ", Mb(configuration.memory_mb),
                    " -> ", Mb(target.memory_mb)));
  absl::Status written = journal_.Add({target.function, configuration.memory_mb,
                                       target.memory_mb, State::kChanged});
  if (!written.ok()) return written;
  absl::StatusOr<FunctionConfiguration> set =
      client_.SetMemory(target.function, target.memory_mb);
  if (!set.ok()) return set.status();
  configuration = *std::move(set);
  return absl::OkStatus();
}

absl::Status MemoryTuner::Restore() {
  absl::Status first;
  std::vector<Step> begun;
  for (size_t i = journal_.changes().size(); i-- > 0;) {
    if (journal_.changes()[i].state != State::kChanged) continue;
    first.Update(BeginRestoring(i, begun));
  }
  for (Step& step : begun) {
    const MemoryChange& change = journal_.changes()[step.index];
    absl::Status status = client_.WaitUntilSettled(
        change.function, std::move(step.configuration));
    if (status.ok()) {
      say_(absl::StrCat("memory of ", change.function.ToString(),
                        " is back at ", Mb(change.before_mb)));
      status = journal_.SetState(step.index, State::kRestored);
    }
    first.Update(status);
  }
  return first;
}

absl::Status MemoryTuner::BeginRestoring(size_t index,
                                         std::vector<Step>& begun) {
  // A copy: the journal may move its own.
  const MemoryChange change = journal_.changes()[index];
  absl::StatusOr<FunctionConfiguration> found = client_.Get(change.function);
  if (!found.ok()) return found.status();
  if (found->memory_mb != change.set_mb &&
      found->memory_mb != change.before_mb) {
    say_(absl::StrCat("memory of ", change.function.ToString(), " is ",
                      Mb(found->memory_mb), " now, neither the ",
                      Mb(change.set_mb), " of the run nor the ",
                      Mb(change.before_mb),
                      " before it: somebody changed it, it is left so"));
    return journal_.SetState(index, State::kLeft);
  }
  if (found->memory_mb == change.set_mb) {
    found = client_.SetMemory(change.function, change.before_mb);
    if (!found.ok()) return found.status();
  }
  begun.push_back({index, *std::move(found)});
  return absl::OkStatus();
}

}  // namespace invocator
