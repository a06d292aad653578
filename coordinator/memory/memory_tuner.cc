#include "coordinator/memory/memory_tuner.h"

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "common/aws/function_name.h"

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

std::string OverlapWords(const HeldMemory& held,
                         const FunctionConfiguration& found,
                         uint32_t before_mb) {
  return absl::StrCat(
      "memory of ", held.target.function.ToString(), " was not ",
      Mb(held.target.memory_mb),
      " throughout: somebody else changed the function during the run, and it "
      "has ",
      Mb(found.memory_mb),
      " now, which is left as it is. Before the run it had ", Mb(before_mb));
}

}  // namespace

absl::StatusOr<std::vector<FunctionConfiguration>> MemoryTuner::Read(
    const std::vector<MemoryTarget>& targets) {
  std::vector<FunctionConfiguration> configurations;
  for (const MemoryTarget& target : targets) {
    absl::StatusOr<FunctionConfiguration> found = client_.Get(target.function);
    if (!found.ok()) return found.status();
    configurations.push_back(*std::move(found));
  }
  absl::Status distinct = CheckDistinct(targets, configurations);
  if (!distinct.ok()) return distinct;
  return configurations;
}

absl::StatusOr<std::vector<HeldMemory>> MemoryTuner::Set(
    const std::vector<MemoryTarget>& targets) {
  // Missing rights and functions are found before anything changes.
  auto configurations = Read(targets);
  if (!configurations.ok()) return configurations.status();
  for (size_t i = 0; i < targets.size(); ++i) {
    absl::Status status = Change(targets[i], (*configurations)[i]);
    if (!status.ok()) return status;
  }
  std::vector<HeldMemory> held;
  for (size_t i = 0; i < targets.size(); ++i) {
    FunctionConfiguration& configuration = (*configurations)[i];
    const MemoryChange* made = journal_.Find(targets[i].function);
    if (made != nullptr && made->state == State::kChanged) {
      auto confirmed = client_.Confirm(targets[i].function, configuration,
                                       targets[i].memory_mb);
      if (!confirmed.ok()) return confirmed.status();
      configuration = *std::move(confirmed);
    }
    held.push_back({targets[i], configuration.is_active()
                                    ? configuration.revision
                                    : std::string()});
  }
  return held;
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

absl::Status MemoryTuner::End(const std::vector<HeldMemory>& held, bool restore,
                              std::vector<MemoryOverlap>& overlaps) {
  restores_ = restore;
  absl::Status first;
  std::vector<size_t> begun;
  for (size_t i = held.size(); i-- > 0;) {
    Note(first, EndOne(held[i], restore, begun, overlaps));
  }
  for (const size_t i : begun) Note(first, FinishRestoring(i));
  return first;
}

absl::Status MemoryTuner::EndOne(const HeldMemory& held, bool restore,
                                 std::vector<size_t>& begun,
                                 std::vector<MemoryOverlap>& overlaps) {
  const LambdaFunction& function = held.target.function;
  const MemoryChange* change = journal_.Find(function);
  const bool is_pending = change != nullptr && change->IsPending();
  const auto overlap = [&](const FunctionConfiguration& found) {
    overlaps.push_back({function, held.target.memory_mb, found.memory_mb});
    std::string words = OverlapWords(
        held, found,
        change == nullptr ? held.target.memory_mb : change->before_mb);
    if (restore && is_pending) {
      absl::StrAppend(&words, "; to restore it once nobody else uses it: ",
                      WayBack(*change, found.memory_mb));
    }
    return Leave(function, words);
  };
  const absl::StatusOr<FunctionConfiguration> read = client_.Get(function);
  if (!read.ok()) return read.status();
  if (held.DiffersFrom(*read)) return overlap(*read);
  if (!restore || !is_pending) return absl::OkStatus();
  bool may_be_made = false;  // by an attempt whose answer was not seen
  absl::Status status = client_.Change(
      function, *read, [&](const FunctionConfiguration& found) -> absl::Status {
        const bool is_ours =
            may_be_made && found.memory_mb == change->before_mb;
        if (is_ours) return absl::OkStatus();
        if (held.DiffersFrom(found)) return overlap(found);
        const MemoryAnswer answer =
            client_.SetMemory(function, change->before_mb, found.revision);
        may_be_made |= answer.may_be_made;
        return answer.configuration.status();
      });
  if (status.ok()) {
    begun.push_back(static_cast<size_t>(change - journal_.changes().data()));
  }
  return status;
}

absl::Status MemoryTuner::Restore() {
  absl::Status first;
  std::vector<size_t> begun;
  for (size_t i = journal_.changes().size(); i-- > 0;) {
    if (!journal_.changes()[i].IsPending()) continue;
    Note(first, BeginRestoring(i, begun));
  }
  for (const size_t i : begun) Note(first, FinishRestoring(i));
  return first;
}

absl::Status MemoryTuner::BeginRestoring(size_t index,
                                         std::vector<size_t>& begun) {
  const MemoryChange& change = journal_.changes()[index];
  const absl::StatusOr<FunctionConfiguration> read =
      client_.Get(change.function);
  if (!read.ok()) return read.status();
  if (!change.arn.empty() && read->arn != change.arn) {
    return absl::PermissionDeniedError(absl::StrCat(
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
          return Leave(
              change.function,
              absl::StrCat(
                  "memory of ", change.function.ToString(), " is ",
                  Mb(found.memory_mb), " now, neither the ", Mb(change.set_mb),
                  " of the run nor the ", Mb(change.before_mb),
                  " before it: somebody else changed it, and it is left as it "
                  "is; to restore it once nobody else uses it: ",
                  ByHand(change)));
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
      client_.Confirm(change.function, *std::move(read), change.before_mb)
          .status();
  if (!status.ok()) return status;
  say_(absl::StrCat("memory of ", change.function.ToString(), " is back at ",
                    Mb(change.before_mb)));
  return journal_.SetState(change.function, State::kRestored);
}

bool MemoryTuner::CanTryAgain() const {
  return restores_ &&
         absl::c_any_of(journal_.changes(), [this](const MemoryChange& change) {
           return change.IsPending() &&
                  !absl::c_linear_search(left_, change.function);
         });
}

absl::Status MemoryTuner::Leave(const LambdaFunction& function,
                                const std::string& words) {
  left_.push_back(function);
  return absl::FailedPreconditionError(words);
}

void MemoryTuner::Note(absl::Status& first, const absl::Status& next) const {
  // An interrupt ends everything that follows it.
  if (!first.ok() && !next.ok() && !absl::IsCancelled(next)) {
    say_(absl::StrCat("invocator: ", next.message()));
  }
  first.Update(next);
}

std::string MemoryTuner::ByHand(const MemoryChange& change) const {
  return AwsCommandLine(undo_, change.function, journal_.endpoint_url(),
                        change.before_mb);
}

std::string MemoryTuner::WayBack(const MemoryChange& change,
                                 uint32_t found_mb) const {
  std::string restore = RestoreCommandLine(undo_);
  // Restore changes no other size.
  if (found_mb == change.set_mb || found_mb == change.before_mb) return restore;
  return absl::StrCat(restore, " (if it has ", Mb(change.set_mb),
                      " again by then), or ", ByHand(change));
}

}  // namespace invocator
