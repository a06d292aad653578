// A worker in the coordinator's own process: the single node. It speaks the
// fleet protocol like any other, over an in-process channel. The only place
// where the coordinator knows the worker's code.
#ifndef INVOCATOR_COORDINATOR_IN_PROCESS_WORKER_H_
#define INVOCATOR_COORDINATOR_IN_PROCESS_WORKER_H_

#include <grpcpp/channel.h>

#include <cstdint>
#include <memory>
#include <string>
#include <thread>

#include "absl/status/status.h"
#include "common/clock.h"
#include "common/plan.h"

namespace invocator {

struct InProcessWorkerOptions {
  std::string name = "local";
  uint32_t threads = 1;
  bool pin = false;
  std::string ca_file;
};

class InProcessWorker {
 public:
  // Joins on a thread of its own. Raises the process's file limit.
  InProcessWorker(std::shared_ptr<grpc::Channel> channel,
                  const InProcessWorkerOptions& options);
  // Waits for the stream's end: the fleet must have ended its session.
  ~InProcessWorker();

 private:
  SystemSteadyClock steady_;
  SystemWallClock wall_;
  std::thread thread_;
};

// Everything a plan needs of this process before anything is sent: credentials
// when something is signed, certificates in `ca_file` unless it is empty. The
// error says what is missing.
absl::Status CheckLocalNeeds(const Plan& plan, const std::string& ca_file);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_IN_PROCESS_WORKER_H_
