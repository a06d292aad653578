#include "coordinator/run/in_process_worker.h"

#include <pthread.h>

#include <string>
#include <utility>

#include "common/aws/aws_settings.h"
#include "common/process/output.h"
#include "worker/agent/agent.h"
#include "worker/io/open_loop.h"
#include "worker/setup/own_target.h"

namespace invocator {

std::string LocalEventLoopWords() { return EventLoopWords(); }

InProcessWorker::InProcessWorker(std::shared_ptr<grpc::Channel> channel,
                                 const InProcessWorkerOptions& options) {
  AgentOptions agent_options;
  agent_options.name = options.name;
  agent_options.threads = options.threads;
  agent_options.pin = options.pin;
  agent_options.target = options.target;
  agent_options.profile = options.profile;
  agent_options.credentials = options.credentials;
  agent_options.file_limit = options.file_limit;
  Output& output = CurrentOutput();
  thread_ =
      std::thread([this, agent_options, channel = std::move(channel), &output] {
        const OutputScope scope(output);
        Agent agent(agent_options, steady_, wall_);
        // How it ended is the coordinator's to tell: it ended it.
        agent.Join([&] { return channel; }).IgnoreError();
      });
  pthread_setname_np(thread_.native_handle(), "agent");
}

InProcessWorker::~InProcessWorker() { thread_.join(); }

absl::StatusOr<std::optional<ChosenCredentials>> FindLocalNeeds(
    const Plan& plan, const TargetOptions& target, const std::string& profile,
    const GiveUp& give_up) {
  absl::Status usable = CheckTargetOptions(target);
  if (!usable.ok()) return usable;
  std::string note;  // the worker itself says it
  usable = OwnTarget(plan, target, LoadAwsSettings(profile), note).status();
  if (!usable.ok()) return usable;
  if (!NeedsCredentials(plan)) return std::nullopt;
  absl::StatusOr<ChosenCredentials> found = FindCredentials(profile, give_up);
  if (!found.ok()) return found.status();
  return *std::move(found);
}

}  // namespace invocator
