// Locks functions, so that no two runs on one machine change the memory of the
// same function at the same time: one file lock (flock) per function. The
// kernel releases it when the process ends, however it ends.
//
// The files are in /tmp, which all users and logins share, and exist only while
// locked. They are empty and opened read-only: another user's file can be
// locked, but nothing can be written through a planted one. At worst another
// user keeps a lock. Locks are advisory, and runs also detect overlaps at their
// end.
//
// Thread-compatible. Holds its locks until it is destroyed.
#ifndef INVOCATOR_COORDINATOR_MEMORY_FUNCTION_LOCKS_H_
#define INVOCATOR_COORDINATOR_MEMORY_FUNCTION_LOCKS_H_

#include <map>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "coordinator/memory/lambda_request.h"

namespace invocator {

class FunctionLocks {
 public:
  explicit FunctionLocks(std::string folder = "/tmp")
      : folder_(std::move(folder)) {}
  ~FunctionLocks();
  FunctionLocks(const FunctionLocks&) = delete;
  FunctionLocks& operator=(const FunctionLocks&) = delete;

  // `key` identifies the function. OK also if this object holds the lock.
  // FAILED_PRECONDITION, naming the process, if another one holds it;
  // UNAVAILABLE, with the reason, if the lock cannot be made: for example, its
  // file is not a regular one, or the disk is full.
  absl::Status Take(const std::string& key);

 private:
  std::string PathOf(const std::string& key) const;

  const std::string folder_;
  std::map<std::string, int> held_;  // descriptors by key
};

// The same key for all names of a function: its ARN, with account and region;
// without an ARN the access key's id stands for the account. All endpoints of
// AWS count as one place.
std::string FunctionLockKey(const LambdaFunction& function,
                            const std::string& arn,
                            const std::string& endpoint_url,
                            const std::string& access_key_id);

// Takes the function's lock. FAILED_PRECONDITION, with a message for people, if
// another process holds it. If it cannot be made, OK with a warning on stderr:
// a run also detects overlaps at its end.
absl::Status ClaimFunction(FunctionLocks& locks, const LambdaFunction& function,
                           const std::string& arn,
                           const std::string& endpoint_url,
                           const std::string& access_key_id);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_MEMORY_FUNCTION_LOCKS_H_
