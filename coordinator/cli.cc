#include "coordinator/cli.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/address.h"
#include "common/security.h"
#include "coordinator/memory_cli.h"

namespace invocator {
namespace {

constexpr char kAbout[] =
    "Invokes serverless functions the way a workload file says, signed, "
    "measured and accounted for.";

constexpr char kExamples[] = R"(
Examples:
  invocator plan workload.json
  invocator run workload.json --endpoint-url http://127.0.0.1:9000
  invocator run --help)";

constexpr char kRunExamples[] = R"(
Credentials are found as AWS's own tools find them: environment variables,
profiles of ~/.aws, web identity (EKS), container (ECS, EKS), instance metadata
(EC2); never on the command line. They are renewed as the run goes on.

For every signed instance that names an application, that function's memory size
is set before the run and put back after it, also after Ctrl-C. This takes
lambda:GetFunctionConfiguration and lambda:UpdateFunctionConfiguration; without
those rights, and without an application of that name, give --memory-size keep.

Examples:
  invocator run workload.json
  invocator run workload.json --memory-size 256
  invocator run workload.json --memory-size 128,256,512,1024
  invocator run workload.json --endpoint-url http://127.0.0.1:9000
  invocator run workload.json --profile load
  invocator run workload.json --records sample:0.01 --out results/monday
  invocator run workload.json --max-in-flight 200 --overload drop --require-kept
  invocator run workload.json --workers 4 --listen 0.0.0.0:7000
    --tls-cert coordinator.pem --tls-key coordinator.key --tls-ca ca.pem
    --token-file join.token

Exit codes: 0 finished, 2 bad usage or workload (nothing was sent), 3 not
carried out or load lost, 4 --require-kept and not kept, 130 interrupted.)";

constexpr char kPlanExamples[] = R"(
Examples:
  invocator plan workload.json
  invocator plan workload.json --workers 4 --threads 2
  invocator plan workload.json --memory-size 128,512 --prices my-prices.json
  invocator plan workload.json --events > events.csv)";

// Durations are written with a unit: 20ms, 1.5s, 2m.
CLI::Option* AddDuration(CLI::App& app, const std::string& name,
                         const std::string& about,
                         std::function<void(absl::Duration)> set) {
  return app
      .add_option_function<std::string>(
          name,
          [name, set = std::move(set)](const std::string& text) {
            absl::Duration value;
            if (!absl::ParseDuration(text, &value) ||
                value < absl::ZeroDuration() || value > absl::Hours(24 * 366)) {
              throw CLI::ValidationError(
                  name, absl::StrCat("'", text,
                                     "' is not a duration such as 20ms, 1.5s "
                                     "or 2m"));
            }
            set(value);
          },
          about)
      ->type_name("DURATION");
}

void SetRecords(const std::string& text, RunOptions& options) {
  options.write_records = text != "none";
  options.record_ratio = 1;
  if (text == "all" || text == "none") return;
  const absl::string_view view = text;
  if (absl::StartsWith(view, "sample:") &&
      absl::SimpleAtod(view.substr(7), &options.record_ratio) &&
      options.record_ratio > 0 && options.record_ratio <= 1) {
    return;
  }
  throw CLI::ValidationError("--records",
                             absl::StrCat("'", text,
                                          "' is not all, none or sample:P with "
                                          "0 < P <= 1"));
}

// scheme://host[:port], nothing behind it: paths come from the workload.
std::string CheckEndpointUrl(const std::string& url) {
  return std::string(AddressOfUrl(url).status().message());
}

std::string CheckAddress(const std::string& address) {
  return std::string(ParseAddress(address).status().message());
}

void AddPricesOption(CLI::App& app, std::string& prices) {
  app.add_option("--prices", prices,
                 "Prices to reckon the cost with, in the form of prices.json "
                 "[those built in]")
      ->type_name("FILE")
      ->check(CLI::ExistingFile);
}

CLI::App* AddRun(CLI::App& app, RunOptions& options) {
  CLI::App* run = app.add_subcommand("run", "Plays a workload");
  run->footer(kRunExamples);
  run->add_option("WORKLOAD", options.workload, "The workload file (JSON)")
      ->required();
  run->add_option("--endpoint-url", options.endpoint_url,
                  "Send every request there; path, Host header and signature "
                  "stay as they are")
      ->type_name("URL")
      ->check(CheckEndpointUrl);
  run->add_option("--out", options.out,
                  "Folder for the results, which must not exist "
                  "[runs/<test_name>-<UTC time>]")
      ->type_name("DIR");
  run->add_option_function<std::string>(
         "--records",
         [&options](const std::string& text) { SetRecords(text, options); },
         "Which invocations get a row in invocations.csv: all, none or "
         "sample:P [all]")
      ->type_name("WHICH");
  CLI::Option* threads =
      run->add_option("--threads", options.threads,
                      "Engines, each a thread [one per core]")
          ->type_name("N")
          ->check(CLI::Range(1, 1024));
  run->add_option("--max-in-flight", options.max_in_flight,
                  "Invocations in flight at a time, divided among the engines "
                  "[what the limit of open files allows]")
      ->type_name("N")
      ->check(CLI::Range(1, 1'000'000));
  run->add_option_function<std::string>(
         "--overload",
         [&options](const std::string& text) {
           options.drop_on_overload = text == "drop";
         },
         "At the in-flight limit: queue (send late, lateness shows) or drop "
         "(and count) [queue]")
      ->type_name("POLICY")
      ->check(CLI::IsMember({"queue", "drop"}));
  run->add_option_function<std::string>(
         "--stop-on",
         [&options](const std::string& text) {
           options.stop_on_auth_error = text == "auth_error";
         },
         "auth_error: when the first 50 invocations were all refused with an "
         "authentication error, the run ends (exit code 3); none: it plays on "
         "[auth_error]")
      ->type_name("WHAT")
      ->check(CLI::IsMember({"auth_error", "none"}));
  AddDuration(*run, "--drain",
              "How long to wait at the end for what is queued or in flight "
              "[the largest timeout]",
              [&options](absl::Duration d) { options.drain = d; });
  run->add_option("--warm-connections", options.warm_connections,
                  "Connections opened to each host before the start [0]")
      ->type_name("N")
      ->check(CLI::Range(0, 1'000'000));
  run->add_flag("--http2", options.http2, "HTTP/2, many calls a connection");
  CLI::Option* ca_file =
      run->add_option("--ca-file", options.ca_file,
                      "Certificates to trust instead of the system's (PEM)")
          ->type_name("FILE")
          ->check(CLI::ExistingFile);
  run->add_option("--profile", options.profile,
                  "Profile of AWS's shared files to take credentials and "
                  "region from [AWS_PROFILE, or default]")
      ->type_name("NAME");
  CLI::Option* spin = AddDuration(
      *run, "--spin",
      "Before an instant, spin as long as waking up may take, at most this "
      "long; never when engines outnumber cores [200us]",
      [&options](absl::Duration d) { options.spin = d; });
  run->add_flag_callback(
         "--no-spin", [&options] { options.spin = absl::ZeroDuration(); },
         "Only sleep: saves CPU, and sends some 50 us late")
      ->excludes(spin);
  CLI::Option* pin = run->add_flag("--pin", options.pin,
                                   "Keep each engine on a core of its own");
  AddDuration(
      *run, "--kept-within",
      "Lateness p99 up to which the verdict is kept [1ms]",
      [&options](absl::Duration d) { options.verdict_limits.kept = d; });
  AddDuration(
      *run, "--marginal-within",
      "Lateness p99 up to which the verdict is marginal [10ms]",
      [&options](absl::Duration d) { options.verdict_limits.marginal = d; });
  CLI::Option* workers =
      run->add_option("--workers", options.workers,
                      "Wait for N invocator-worker processes instead of "
                      "invoking from this one")
          ->type_name("N")
          ->check(CLI::Range(1, 100'000));
  CLI::Option* listen =
      run->add_option("--listen", options.listen,
                      "Where they join: 127.0.0.1:7000, or with TLS and a "
                      "join token 0.0.0.0:7000")
          ->type_name("ADDR")
          ->check(CheckAddress);
  workers->needs(listen);
  listen->needs(workers);
  // The workers' own affairs.
  workers->excludes(threads);
  workers->excludes(pin);
  workers->excludes(ca_file);
  AddDuration(*run, "--gather-timeout", "How long to wait for them [5m]",
              [&options](absl::Duration d) { options.gather_timeout = d; })
      ->needs(workers);
  run->add_option_function<std::string>(
         "--on-worker-loss",
         [&options](const std::string& text) {
           options.on_worker_loss = text == "abort"    ? OnWorkerLoss::kAbort
                                    : text == "replan" ? OnWorkerLoss::kReplan
                                                       : OnWorkerLoss::kFinish;
         },
         "When a worker is lost: finish (the others go on), abort, or replan "
         "(the others also play what was planned for it) [finish]")
      ->type_name("POLICY")
      ->check(CLI::IsMember({"finish", "abort", "replan"}))
      ->needs(workers);
  AddSecurityOptions(*run, options.security,
                     "Listen beyond this machine without TLS or join token");
  for (const char* name :
       {"--tls-cert", "--tls-key", "--tls-ca", "--token-file", "--insecure"}) {
    run->get_option(name)->needs(listen);
  }
  AddMemoryOptions(*run, options);
  AddPricesOption(*run, options.prices);
  run->add_flag("--require-kept", options.require_kept,
                "Exit with 4 unless the verdict is kept");
  return run;
}

CLI::App* AddPlan(CLI::App& app, PlanOptions& options) {
  CLI::App* plan = app.add_subcommand(
      "plan", "Validates a workload and prints what would happen");
  plan->footer(kPlanExamples);
  plan->add_option("WORKLOAD", options.workload, "The workload file (JSON)")
      ->required();
  plan->add_option("--workers", options.workers, "Workers to plan for [1]")
      ->type_name("N")
      ->check(CLI::Range(1, 100'000));
  plan->add_option("--threads", options.threads, "Engines of each worker [1]")
      ->type_name("N")
      ->check(CLI::Range(1, 1024));
  plan->add_flag("--events", options.events,
                 "Print every invocation as CSV instead");
  AddMemorySizeOption(*plan, options.memory,
                      "Memory size to estimate the cost with, as of run; "
                      "several, for each [128]");
  AddPricesOption(*plan, options.prices);
  return plan;
}

}  // namespace

Command ParseCommandLine(int argc, char** argv) {
  CLI::App app(kAbout, "invocator");
  app.set_version_flag("--version", "invocator " INVOCATOR_VERSION);
  app.footer(kExamples);
  // Checked below: CLI11 would not name a command it does not know.
  app.require_subcommand(0, 1);
  RunOptions run_options;
  PlanOptions plan_options;
  const CLI::App* run = AddRun(app, run_options);
  const CLI::App* plan = AddPlan(app, plan_options);
  RestoreOptions restore_options;
  const CLI::App* restore = AddRestoreCommand(app, restore_options);
  try {
    app.parse(argc, argv);
    VerdictLimits& limits = run_options.verdict_limits;
    if (run->count("--marginal-within") == 0) {
      limits.marginal = std::max(limits.marginal, limits.kept);
    }
    if (limits.marginal < limits.kept) {
      throw CLI::ValidationError("--marginal-within",
                                 "is less than --kept-within");
    }
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kExitOk : kExitBadUsage;
  }
  if (run->parsed()) return run_options;
  if (plan->parsed()) return plan_options;
  if (restore->parsed()) return restore_options;
  std::fputs(app.help().c_str(), stderr);
  return kExitBadUsage;
}

}  // namespace invocator
