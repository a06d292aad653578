#include "coordinator/in_process_worker.h"

#include <pthread.h>

#include <utility>

#include "common/file_limit.h"
#include "worker/agent.h"
#include "worker/ca_file.h"
#include "worker/request.h"

namespace invocator {

InProcessWorker::InProcessWorker(std::shared_ptr<grpc::Channel> channel,
                                 const InProcessWorkerOptions& options) {
  AgentOptions agent_options;
  agent_options.name = options.name;
  agent_options.threads = options.threads;
  agent_options.pin = options.pin;
  agent_options.ca_file = options.ca_file;
  agent_options.credentials = options.credentials;
  agent_options.file_limit = RaiseFileLimit();
  thread_ = std::thread([this, agent_options, channel = std::move(channel)] {
    Agent agent(agent_options, steady_, wall_);
    // How it ended is the coordinator's to tell: it ended it.
    agent.Join([&] { return channel; }).IgnoreError();
  });
  pthread_setname_np(thread_.native_handle(), "agent");
}

InProcessWorker::~InProcessWorker() { thread_.join(); }

absl::StatusOr<std::optional<ChosenCredentials>> FindLocalNeeds(
    const Plan& plan, const std::string& ca_file, const std::string& profile) {
  if (!ca_file.empty()) {
    const absl::Status readable = CheckCaFile(ca_file);
    if (!readable.ok()) return readable;
  }
  if (!NeedsCredentials(plan)) return std::nullopt;
  absl::StatusOr<ChosenCredentials> found = FindCredentials(profile);
  if (!found.ok()) return found.status();
  return *std::move(found);
}

}  // namespace invocator
