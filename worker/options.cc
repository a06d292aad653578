#include "worker/options.h"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "common/base/exit_code.h"
#include "common/base/scheduling.h"
#include "common/http/target_options.h"
#include "common/process/say.h"
#include "common/process/usage_error.h"
#include "common/words/worker_name.h"
#include "worker/agent/coordinator_channel.h"
#include "worker/io/open_loop.h"
#include "worker/setup/allowed_hosts.h"

namespace invocator {
namespace {

constexpr char kAbout[] =
    "Invocator's worker: joins a coordinator and invokes its share of a plan.\n"
    "AWS credentials come from this machine, in the order of AWS's own tools:\n"
    "environment variables, profiles of ~/.aws, web identity (EKS), container\n"
    "(ECS, EKS), instance metadata (EC2). They are renewed during the run.";
constexpr char kExamples[] = R"(
Examples:
  invocator-worker --coordinator 127.0.0.1:7000
  invocator-worker --coordinator 127.0.0.1:7000 --name east --threads 2 --once
  invocator-worker --check-credentials --profile load
  invocator-worker --coordinator load.example.com:7000
    --tls-cert worker.pem --tls-key worker.key --tls-ca ca.pem
    --token-file join.token
    --allow-host '*.execute-api.us-east-1.amazonaws.com')";

std::string HostName() {
  std::array<char, 256> name{};
  return gethostname(name.data(), name.size() - 1) == 0 ? name.data()
                                                        : "worker";
}

// Option values that Check parses.
struct Named {
  std::string coordinator;
  std::vector<std::string> allowed_hosts;
  SecurityOptions security;
};

absl::Status Check(const Named& named, WorkerOptions& options) {
  if (options.check_credentials) return absl::OkStatus();
  AgentOptions& agent = options.agent;
  absl::Status nameable = CheckWorkerName(agent.name);
  if (!nameable.ok()) return nameable;
  absl::Status usable = CheckTargetOptions(agent.target);
  if (!usable.ok()) return usable;
  absl::StatusOr<Address> address = ParseAddress(named.coordinator);
  if (!address.ok()) return address.status();
  options.coordinator = *std::move(address);
  auto allowed = AllowedHosts::Create(named.allowed_hosts);
  if (!allowed.ok()) return allowed.status();
  agent.allowed_hosts = *std::move(allowed);
  absl::StatusOr<Security> security = LoadSecurity(named.security);
  if (!security.ok()) return security.status();
  options.security = *std::move(security);
  std::vector<std::string> warnings = ExposedKeyWarnings(agent.target);
  warnings.insert(warnings.end(), options.security.warnings.begin(),
                  options.security.warnings.end());
  for (const std::string& warning : warnings) {
    Say(absl::StrCat("invocator-worker: ", warning));
  }
  agent.token = options.security.token;
  if (named.security.insecure) return absl::OkStatus();
  return CheckTokenStaysSecret(options.coordinator, options.security);
}

}  // namespace

ParsedWorkerOptions ParseWorkerOptions(int argc, const char* const* argv) {
  WorkerOptions options;
  AgentOptions& agent = options.agent;
  agent.name = HostName();
  agent.threads = UsableCores();
  Named named;
  std::string join_timeout;

  CLI::App app(kAbout, "invocator-worker");
  AddVersionFlag(app, "invocator-worker " INVOCATOR_VERSION, EventLoopWords);
  app.footer(kExamples);
  CLI::Option* const coordinator =
      app.add_option("--coordinator", named.coordinator,
                     "Coordinator's address, host:port")
          ->type_name("ADDR");
  app.add_option("--name", agent.name, "Name in the results [host name]")
      ->type_name("NAME");
  app.add_option("--threads", agent.threads,
                 "Number of engine threads [one per core]")
      ->type_name("N")
      ->check(CLI::Range(1, 1024));
  app.add_flag("--pin", agent.pin, "Pin each engine to a separate core");
  AddTargetOptions(app, agent.target);
  app.add_option("--profile", agent.profile,
                 "Profile in AWS's shared files for credentials "
                 "[AWS_PROFILE, or default]")
      ->type_name("NAME");
  app.add_flag(
         "--check-credentials", options.check_credentials,
         "Print the source of the AWS credentials, not the keys, and exit")
      ->excludes(coordinator);
  app.add_option(
         "--allow-host", named.allowed_hosts,
         "Pattern for allowed targets, host[:port] with * and ?; may be "
         "repeated [all hosts]")
      ->type_name("PATTERN")
      ->allow_extra_args(false);
  AddSecurityOptions(
      app, named.security,
      "Allow the join token to go to another machine without TLS");
  app.add_flag("--once", options.once, "Exit after one run");
  app.add_option_function<std::string>(
         "--join-timeout",
         [&](const std::string& text) { join_timeout = text; },
         "Longest wait for a coordinator to accept this worker [5m with "
         "--once, else no limit]")
      ->type_name("DURATION")
      ->check([](const std::string& text) {
        absl::Duration value;
        return absl::ParseDuration(text, &value) &&
                       value > absl::ZeroDuration() &&
                       value <= absl::Hours(24 * 366)
                   ? std::string()
                   : absl::StrCat(text, ": expected a duration like 90s or 5m");
      });
  try {
    app.parse(argc, argv);
    if (!options.check_credentials && named.coordinator.empty()) {
      throw CLI::RequiredError("--coordinator");
    }
  } catch (const CLI::ParseError& error) {
    return {std::nullopt, TellParseEnd(app, error)};
  }
  if (join_timeout.empty() && options.once) join_timeout = "5m";
  if (!join_timeout.empty()) {
    absl::ParseDuration(join_timeout, &options.join_timeout);
  }
  const absl::Status checked = Check(named, options);
  if (!checked.ok()) {
    Say(absl::StrCat("invocator-worker: ", checked.message()));
    return {std::nullopt, kExitBadUsage};
  }
  return {std::move(options), 0};
}

}  // namespace invocator
