// A worker in the coordinator's own process: the single node. It speaks the
// fleet protocol like any other, over an in-process channel. The only place
// where the coordinator knows the worker's code.
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
  std::string profile;  // of AWS's shared files; empty: as they say
  std::optional<ChosenCredentials> credentials;  // for plans that are signed
};

class InProcessWorker {
 public:
  // Joins on its own thread.
  InProcessWorker(std::shared_ptr<grpc::Channel> channel,
                  const InProcessWorkerOptions& options);
  // Waits for the stream's end: the fleet must have ended its session.
  ~InProcessWorker();

 private:
  SystemSteadyClock steady_;
  SystemWallClock wall_;
  std::thread thread_;
};

// Everything a plan needs of this process before anything is sent: the files
// that `target` names; credentials when something is signed (of
// `profile`, unless it is empty), which are returned. The error says what is
// missing. Asks the source of the credentials, which may take a while.
absl::StatusOr<std::optional<ChosenCredentials>> FindLocalNeeds(
    const Plan& plan, const TargetOptions& target, const std::string& profile);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_RUN_IN_PROCESS_WORKER_H_
