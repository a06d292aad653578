// Keeps two runs of one machine and user from changing one function's memory at
// a time: a file lock (flock) for each function. The kernel releases it when
// the process ends, however that happens.
//
// The files are in one folder of the user, the same for every session of theirs
// (so not in XDG_RUNTIME_DIR, which cron jobs do not have, and which goes away
// when the user logs out while a run goes on). They stay when a lock is
// released: to remove one that somebody waits for would make two locks of it.
//
// Thread-compatible. Holds what it took until it ends.
#ifndef INVOCATOR_COORDINATOR_FUNCTION_LOCKS_H_
#define INVOCATOR_COORDINATOR_FUNCTION_LOCKS_H_

#include <map>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "coordinator/lambda_request.h"

namespace invocator {

class FunctionLocks {
 public:
  // "/tmp/invocator-<user id>".
  static std::string DefaultFolder();

  explicit FunctionLocks(std::string folder = DefaultFolder())
      : folder_(std::move(folder)) {}
  ~FunctionLocks();
  FunctionLocks(const FunctionLocks&) = delete;
  FunctionLocks& operator=(const FunctionLocks&) = delete;

  // `key` tells the function from all others. OK as well if this object holds
  // it. FAILED_PRECONDITION, naming the process, if another one does;
  // UNAVAILABLE, with the reason, where no lock can be made: the folder belongs
  // to somebody else, say, or the disk is full.
  absl::Status Take(const std::string& key);

 private:
  absl::Status MakeFolder() const;

  const std::string folder_;
  std::map<std::string, int> held_;  // descriptors by key
};

// A key that two ways to name a function have in common: its ARN, which holds
// account and region; where none is told, the access key's id stands for the
// account. AWS is one place, whatever its endpoints.
std::string FunctionLockKey(const LambdaFunction& function,
                            const std::string& arn,
                            const std::string& endpoint_url,
                            const std::string& access_key_id);

// Takes the function's lock. FAILED_PRECONDITION, in a sentence for people, if
// another process has it. Where no lock can be made that is said on stderr and
// OK: a run finds overlaps at its end as well.
absl::Status ClaimFunction(FunctionLocks& locks, const LambdaFunction& function,
                           const std::string& arn,
                           const std::string& endpoint_url,
                           const std::string& access_key_id);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_FUNCTION_LOCKS_H_
