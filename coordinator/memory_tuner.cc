#include "coordinator/memory_tuner.h"

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/function_name.h"

namespace invocator {
namespace {

using State = MemoryChange::State;

std::string Mb(uint32_t memory_mb) { return absl::StrCat(memory_mb, " MB"); }

// With the account, which is what people compare.
std::string ArnWords(const std::string& arn) {
  const absl::StatusOr<FunctionName> name = ParseFunctionName(arn);
  if (!name.ok() || name->account.empty()) {
    return arn.empty() ? "without an ARN" : arn;
  }
  return absl::StrCat(arn, " of account ", name->account);
}

// One function may be named in several ways, as f and by its ARN.
absl::Status CheckDistinct(
    const std::vector<MemoryTarget>& targets,
    const std::vector<FunctionConfiguration>& configurations) {
  std::map<std::string, const MemoryTarget*> by_arn;
  for (size_t i = 0; i < targets.size(); ++i) {
    if (configurations[i].arn.empty()) continue;
    const MemoryTarget& first =
        *by_arn.try_emplace(configurations[i].arn, &targets[i]).first->second;
    if (first.memory_mb != targets[i].memory_mb) {
      return absl::InvalidArgumentError(absl::StrCat(
          first.function.ToString(), " and ", targets[i].function.ToString(),
          " are one function, ", configurations[i].arn, ", and want ",
          Mb(first.memory_mb), " and ", Mb(targets[i].memory_mb),
          ": expected one size"));
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status MemoryTuner::Set(const std::vector<MemoryTarget>& targets) {
  // Whoever may not read or does not exist is found before anything changes.
  std::vector<FunctionConfiguration> configurations;
  for (const MemoryTarget& target : targets) {
    absl::StatusOr<FunctionConfiguration> found = client_.Get(target.function);
    if (!found.ok()) return found.status();
    configurations.push_back(*std::move(found));
  }
  absl::Status distinct = CheckDistinct(targets, configurations);
  if (!distinct.ok()) return distinct;
  for (size_t i = 0; i < targets.size(); ++i) {
    absl::Status status = Change(targets[i], configurations[i]);
    if (!status.ok()) return status;
  }
  for (size_t i = 0; i < targets.size(); ++i) {
    const MemoryChange* made = journal_.Find(targets[i].function);
    if (made == nullptr || made->state != State::kChanged) continue;
    absl::Status status = client_.Confirm(
        targets[i].function, configurations[i], targets[i].memory_mb);
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status MemoryTuner::Change(const MemoryTarget& target,
                                 FunctionConfiguration& configuration) {
  const LambdaFunction& function = target.function;
  uint32_t said_mb = 0;
  bool may_be_made = false;  // by any attempt
  const auto change = [&](const FunctionConfiguration& found) -> absl::Status {
    configuration = found;
    if (found.memory_mb == target.memory_mb) {
      // By an attempt whose answer was lost, if there was one.
      const MemoryChange* begun = journal_.Find(function);
      if (begun != nullptr && begun->state == State::kChanging) {
        return journal_.SetState(function, State::kChanged);
      }
      say_(absl::StrCat("memory of ", function.ToString(), " is ",
                        Mb(target.memory_mb), " already"));
      return absl::OkStatus();
    }
    if (std::exchange(said_mb, found.memory_mb) != found.memory_mb) {
      say_(absl::StrCat("memory of ", function.ToString(), ": ",
                        Mb(found.memory_mb), " -> ", Mb(target.memory_mb)));
    }
    absl::Status written =
        journal_.Record({function, found.arn, found.memory_mb, target.memory_mb,
                         State::kChanging});
    if (!written.ok()) return written;
    MemoryAnswer answer =
        client_.SetMemory(function, target.memory_mb, found.revision);
    if (answer.configuration.ok()) {
      configuration = *std::move(answer.configuration);
      return journal_.SetState(function, State::kChanged);
    }
    may_be_made |= answer.may_be_made;
    if (!may_be_made) {
      written = journal_.SetState(function, State::kRestored);
      if (!written.ok()) return written;
    }
    return answer.configuration.status();
  };
  return client_.Change(function, configuration, change);
}

absl::Status MemoryTuner::Restore() {
  absl::Status first;
  std::vector<size_t> begun;
  for (size_t i = journal_.changes().size(); i-- > 0;) {
    if (!journal_.changes()[i].IsPending()) continue;
    first.Update(BeginRestoring(i, begun));
  }
  for (const size_t i : begun) first.Update(FinishRestoring(i));
  return first;
}

absl::Status MemoryTuner::BeginRestoring(size_t index,
                                         std::vector<size_t>& begun) {
  const MemoryChange& change = journal_.changes()[index];
  const absl::StatusOr<FunctionConfiguration> read =
      client_.Get(change.function);
  if (!read.ok()) return read.status();
  if (!change.arn.empty() && read->arn != change.arn) {
    return absl::FailedPreconditionError(absl::StrCat(
        journal_.path(), ": functions[", index, "].function_arn: ",
        change.function.ToString(), " is ", ArnWords(read->arn),
        " with these credentials, expected ", ArnWords(change.arn),
        ", which the run changed: restore it with credentials of that "
        "account"));
  }
  return client_.Change(
      change.function, *read,
      [&](const FunctionConfiguration& found) -> absl::Status {
        if (found.memory_mb != change.set_mb &&
            found.memory_mb != change.before_mb) {
          say_(absl::StrCat("memory of ", change.function.ToString(), " is ",
                            Mb(found.memory_mb), " now, neither the ",
                            Mb(change.set_mb), " of the run nor the ",
                            Mb(change.before_mb),
                            " before it: somebody changed it, it is left so"));
          return journal_.SetState(change.function, State::kLeft);
        }
        if (found.memory_mb == change.set_mb ||
            change.state == State::kChanging ||
            found.update == FunctionConfiguration::Update::kFailed) {
          absl::Status status =
              client_
                  .SetMemory(change.function, change.before_mb, found.revision)
                  .configuration.status();
          if (!status.ok()) return status;
        }
        begun.push_back(index);
        return absl::OkStatus();
      });
}

absl::Status MemoryTuner::FinishRestoring(size_t index) {
  const MemoryChange& change = journal_.changes()[index];
  absl::StatusOr<FunctionConfiguration> read = client_.Get(change.function);
  if (!read.ok()) return read.status();
  absl::Status status =
      client_.Confirm(change.function, *std::move(read), change.before_mb);
  if (!status.ok()) return status;
  say_(absl::StrCat("memory of ", change.function.ToString(), " is back at ",
                    Mb(change.before_mb)));
  return journal_.SetState(change.function, State::kRestored);
}

}  // namespace invocator
