// Worker in the coordinator's process: the single node. Speaks the fleet
// protocol like any other, over an in-process channel. The only coordinator
// code that uses the worker's.
#ifndef INVOCATOR_COORDINATOR_RUN_IN_PROCESS_WORKER_H_
#define INVOCATOR_COORDINATOR_RUN_IN_PROCESS_WORKER_H_

#include <grpcpp/channel.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "absl/status/statusor.h"
#include "common/base/clock.h"
#include "common/credentials/credentials_chain.h"
#include "common/http/target_options.h"
#include "common/plan/plan.h"

namespace invocator {

struct InProcessWorkerOptions {
  std::string name = "local";
  uint32_t threads = 1;
  bool pin = false;
  uint64_t file_limit = 1024;  // descriptors this process may have open
  TargetOptions target;
  std::string profile;  // of AWS's shared files; empty: their default
  std::optional<ChosenCredentials> credentials;  // for signed plans
};

// As EventLoopWords of worker/io/open_loop.h.
std::string LocalEventLoopWords();

class InProcessWorker {
 public:
  // Joins on its own thread.
  InProcessWorker(std::shared_ptr<grpc::Channel> channel,
                  const InProcessWorkerOptions& options);
  // Waits for the stream to end. REQUIRES: the fleet has ended its session.
  ~InProcessWorker();

 private:
  SystemSteadyClock steady_;
  SystemWallClock wall_;
  std::thread thread_;
};

// Checks this process's requirements for a plan before anything is sent: the
// files that `target` names and, if any instance is signed, credentials (of
// `profile`, unless it is empty), which are returned. The error names the
// missing one. Queries the source of the credentials, which may take a while.
// CANCELLED once `give_up` returns true.
absl::StatusOr<std::optional<ChosenCredentials>> FindLocalNeeds(
    const Plan& plan, const TargetOptions& target, const std::string& profile,
    const GiveUp& give_up);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_RUN_IN_PROCESS_WORKER_H_
