// invocator-worker: wires options, clocks and the agent.
#include <curl/curl.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "common/address.h"
#include "common/aws_settings.h"
#include "common/clock.h"
#include "common/credentials_chain.h"
#include "common/environment.h"
#include "common/file_limit.h"
#include "common/scheduling.h"
#include "common/security.h"
#include "spdlog/sinks/stdout_color_sinks.h"
#include "spdlog/spdlog.h"
#include "worker/agent.h"
#include "worker/allowed_hosts.h"
#include "worker/ca_file.h"
#include "worker/coordinator_channel.h"
#include "worker/credentials_report.h"

namespace {

constexpr char kAbout[] =
    "A worker of Invocator: joins a coordinator and invokes its share.\n"
    "Credentials are found on this machine as AWS's own tools find them:\n"
    "environment variables, profiles of ~/.aws, web identity (EKS), container\n"
    "(ECS, EKS), instance metadata (EC2). They are renewed as the run goes on.";
constexpr char kExamples[] = R"(
Examples:
  invocator-worker --coordinator 127.0.0.1:7000
  invocator-worker --coordinator 127.0.0.1:7000 --name east --threads 2 --once
  invocator-worker --check-credentials --profile load
  invocator-worker --coordinator load.example.com:7000
    --tls-cert worker.pem --tls-key worker.key --tls-ca ca.pem
    --token-file join.token
    --allow-host '*.execute-api.us-east-1.amazonaws.com')";

// After one that failed.
constexpr std::chrono::seconds kBetweenRuns{1};

invocator::Agent* running_agent = nullptr;

void OnSignal(int) {
  if (running_agent != nullptr) running_agent->RequestStop();
}

std::string HostName() {
  std::array<char, 256> name{};
  return gethostname(name.data(), name.size() - 1) == 0 ? name.data()
                                                        : "worker";
}

// A coordinator that refuses us now would refuse us again.
bool IsForGood(const absl::Status& status) {
  return absl::IsUnauthenticated(status) || absl::IsPermissionDenied(status) ||
         absl::IsUnimplemented(status) || absl::IsInvalidArgument(status);
}

int Fail(const absl::Status& status) {
  std::fprintf(stderr, "invocator-worker: %s\n",
               std::string(status.message()).c_str());
  return 2;
}

// --check-credentials
int CheckCredentials(const std::string& profile) {
  const auto chosen = invocator::FindCredentials(profile);
  if (!chosen.ok()) return Fail(chosen.status());
  const std::string region =
      invocator::RegionInUse(invocator::LoadAwsSettings(profile));
  std::fputs(invocator::CredentialsReport(*chosen, region, absl::Now()).c_str(),
             stdout);
  return std::fflush(stdout) == 0 ? 0 : 3;
}

}  // namespace

int main(int argc, char** argv) {
  // Debian's Abseil looks for deadlocks at each of gRPC's locks, which takes a
  // tenth of a coordinator's time.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  // A reader that goes away is an error of writing, not the end of the run.
  std::signal(SIGPIPE, SIG_IGN);
  // All threads but the engines, which say that they are none of these.
  invocator::WorkInBackground();
  std::string coordinator;
  bool once = false;
  bool check_credentials = false;
  std::vector<std::string> allowed_hosts;
  invocator::SecurityOptions security_options;
  invocator::AgentOptions options;
  options.name = HostName();
  options.threads = invocator::UsableCores();

  CLI::App app(kAbout, "invocator-worker");
  app.set_version_flag("--version", "invocator-worker " INVOCATOR_VERSION);
  app.footer(kExamples);
  CLI::Option* const coordinator_option =
      app.add_option("--coordinator", coordinator, "host:port to join")
          ->type_name("ADDR");
  app.add_option("--name", options.name, "Name in the results [host name]")
      ->type_name("NAME");
  app.add_option("--threads", options.threads,
                 "Engines, each a thread [one per core]")
      ->type_name("N")
      ->check(CLI::Range(1, 1024));
  app.add_flag("--pin", options.pin, "Keep each engine on a core of its own");
  app.add_option("--ca-file", options.ca_file,
                 "Certificates to trust instead of the system's (PEM)")
      ->type_name("FILE")
      ->check(CLI::ExistingFile);
  app.add_option("--profile", options.profile,
                 "Profile of AWS's shared files to take credentials from "
                 "[AWS_PROFILE, or default]")
      ->type_name("NAME");
  app.add_flag("--check-credentials", check_credentials,
               "Print where AWS credentials were found, without them, and end")
      ->excludes(coordinator_option);
  app.add_option("--allow-host", allowed_hosts,
                 "Refuse to invoke anything but host[:port]s like this, with "
                 "* and ?; may be given again [everything]")
      ->type_name("PATTERN")
      ->allow_extra_args(false);
  invocator::AddSecurityOptions(
      app, security_options,
      "Send the join token to another machine without TLS");
  app.add_flag("--once", once, "End after one run");
  try {
    app.parse(argc, argv);
    if (!check_credentials && coordinator.empty()) {
      throw CLI::RequiredError("--coordinator");
    }
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }

  if (check_credentials) return CheckCredentials(options.profile);
  if (!options.ca_file.empty()) {
    const absl::Status readable = invocator::CheckCaFile(options.ca_file);
    if (!readable.ok()) return Fail(readable);
  }
  const auto address = invocator::ParseAddress(coordinator);
  if (!address.ok()) return Fail(address.status());
  auto allowed = invocator::AllowedHosts::Create(allowed_hosts);
  if (!allowed.ok()) return Fail(allowed.status());
  options.allowed_hosts = *std::move(allowed);
  const auto security = invocator::LoadSecurity(security_options);
  if (!security.ok()) return Fail(security.status());
  if (std::string folder = invocator::ProcessVariable("TMPDIR");
      !folder.empty()) {
    options.outbox.spill_folder = std::move(folder);
  }
  const absl::Status secret =
      invocator::CheckTokenStaysSecret(*address, *security);
  if (!secret.ok() && !security_options.insecure) return Fail(secret);
  options.token = security->token;

  spdlog::set_default_logger(spdlog::stderr_color_mt("invocator-worker"));
  spdlog::set_pattern("%H:%M:%S %l: %v");
  curl_global_init(CURL_GLOBAL_ALL);
  options.file_limit = invocator::RaiseFileLimit();

  const invocator::SystemSteadyClock steady;
  const invocator::SystemWallClock wall;
  invocator::Agent agent(options, steady, wall);
  running_agent = &agent;
  std::signal(SIGINT, OnSignal);
  std::signal(SIGTERM, OnSignal);
  if (!security->tls && !invocator::IsLoopbackHost(address->host)) {
    spdlog::warn(
        "joining {} without TLS: whoever answers there decides what "
        "is invoked with this worker's credentials",
        coordinator);
  }
  const auto dial = [&] { return invocator::OpenChannel(*address, *security); };
  absl::Status status;
  while (true) {
    status = invocator::AwaitCoordinator(
        dial(), options.patience.welcome,
        [&agent] { return agent.stop_requested(); },
        [&](const std::string& reason) {
          spdlog::warn(
              "cannot reach {} yet: {}", coordinator,
              invocator::ExplainUnreachable(reason, security->tls.has_value()));
        });
    if (status.ok()) status = agent.Join(dial);
    if (status.ok()) {
      spdlog::info("run ended");
    } else {
      spdlog::error("{}", status.ToString());
    }
    if (once || agent.stop_requested() || IsForGood(status)) break;
    if (!status.ok()) std::this_thread::sleep_for(kBetweenRuns);
  }
  return status.ok() ? 0 : 3;
}
