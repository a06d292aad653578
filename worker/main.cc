// invocator-worker: wires options, clocks and the agent.
#include <curl/curl.h>

#include <atomic>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "common/aws/aws_settings.h"
#include "common/base/clock.h"
#include "common/base/scheduling.h"
#include "common/credentials/credentials_chain.h"
#include "common/http/address.h"
#include "common/process/interrupt.h"
#include "common/process/log.h"
#include "common/process/machine_limits.h"
#include "common/process/process_setup.h"
#include "common/process/say.h"
#include "worker/agent/agent.h"
#include "worker/agent/attendance.h"
#include "worker/agent/coordinator_channel.h"
#include "worker/credentials_report.h"
#include "worker/options.h"

namespace {

std::atomic<invocator::Agent*> running_agent = nullptr;

void StopAgent() {
  if (auto* agent = running_agent.load()) agent->RequestStop();
}

// --check-credentials
int CheckCredentials(const std::string& profile) {
  const auto chosen = invocator::FindCredentials(profile);
  if (!chosen.ok()) {
    invocator::Say(
        absl::StrCat("invocator-worker: ", chosen.status().message()));
    return 2;
  }
  const std::string region =
      invocator::RegionInUse(invocator::LoadAwsSettings(profile));
  const absl::Status written = invocator::Print(
      invocator::CredentialsReport(*chosen, region, absl::Now()));
  if (written.ok()) return 0;
  invocator::Say(absl::StrCat("invocator-worker: ", written.message()));
  return 3;
}

}  // namespace

int main(int argc, char** argv) {
  invocator::SetUpProcess("invocator-worker");
  invocator::EndAtInterrupts();
  // Debian's Abseil looks for deadlocks at each of gRPC's locks, which takes a
  // tenth of a coordinator's time.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  // All threads but the engines, which say that they are none of these.
  invocator::WorkInBackground();
  const invocator::ParsedWorkerOptions parsed =
      invocator::ParseWorkerOptions(argc, argv);
  if (!parsed.options) return parsed.exit_code;
  const invocator::WorkerOptions& options = *parsed.options;
  if (options.check_credentials) return CheckCredentials(options.agent.profile);

  curl_global_init(CURL_GLOBAL_ALL);
  invocator::AgentOptions agent_options = options.agent;
  agent_options.file_limit = invocator::RaiseFileLimit();
  const absl::Status enough = invocator::CheckOpenFiles(
      agent_options.file_limit, agent_options.threads);
  if (!enough.ok()) {
    invocator::Say(absl::StrCat("invocator-worker: ", enough.message()));
    return 3;
  }
  const absl::Status threads =
      invocator::CheckThreads(invocator::GrpcThreads(invocator::UsableCores()));
  if (!threads.ok()) {
    invocator::Say(absl::StrCat("invocator-worker: ", threads.message()));
    return 3;
  }

  const invocator::SystemSteadyClock steady;
  const invocator::SystemWallClock wall;
  invocator::Agent agent(std::move(agent_options), steady, wall);
  running_agent = &agent;
  invocator::CountInterrupts(StopAgent);
  const std::string coordinator = options.coordinator.ToString();
  const bool has_tls = options.security.tls.has_value();
  if (!has_tls && !invocator::IsLoopbackHost(options.coordinator.host)) {
    invocator::Log().warn(
        "joining {} without TLS: any process that answers there can "
        "invoke functions with this worker's credentials",
        coordinator);
  }
  const auto dial = [&] {
    return invocator::OpenChannel(options.coordinator, options.security);
  };
  // Keeps gRPC's polling descriptors open. Without a channel gRPC closes them,
  // and aborts if it cannot open them again: for example after a stream broke
  // while no descriptors were left.
  const auto kept_channel = dial();
  const int code = invocator::AttendRuns(
      agent, dial, {coordinator, has_tls, options.once, options.join_timeout});
  running_agent = nullptr;
  return code;
}
