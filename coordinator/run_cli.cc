#include "coordinator/run_cli.h"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <functional>
#include <map>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/channel/security.h"
#include "common/http/address.h"
#include "common/http/service_url.h"
#include "coordinator/choice_option.h"
#include "coordinator/memory_cli.h"
#include "coordinator/web/web_server.h"

namespace invocator {
namespace {

constexpr char kRunExamples[] = R"(
Credentials come from the sources that AWS's own tools use: environment
variables, profiles of ~/.aws, web identity (EKS), container (ECS, EKS),
instance metadata (EC2); never from the command line. They are renewed during
the run.

For every signed instance that names an application, the run sets that
function's memory size and restores it at its end, also after Ctrl-C. This
requires lambda:GetFunctionConfiguration and lambda:UpdateFunctionConfiguration.
Without these permissions, or if the function does not exist, give --memory-size
keep. If neither option nor workload gives a size, a run at a terminal asks
before it changes a function of AWS; --yes answers.

Examples:
  invocator run workload.json
  invocator run workload.json --memory-size 256
  invocator run workload.json --memory-size 128,256,512,1024
  invocator run workload.json --endpoint-url http://127.0.0.1:9000
  invocator run workload.json --profile load
  invocator run workload.json --records sample:0.01 --out results/monday
  invocator run workload.json --until 'response p99 within 5%'
  invocator run workload.json --max-in-flight 200 --overload drop --require-kept
  invocator run workload.json --workers 4 --listen 0.0.0.0:7000
    --tls-cert coordinator.pem --tls-key coordinator.key --tls-ca ca.pem
    --token-file join.token

Exit codes: 0 finished, 2 bad usage or workload (nothing was sent), 3 not
carried out or load lost, 4 schedule not kept (with --require-kept), 5 a
threshold missed or without data, 130 interrupted.)";

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

std::string CheckServiceUrl(const std::string& url) {
  return std::string(ParseServiceUrl(url).status().message());
}

std::string CheckAddress(const std::string& address) {
  return std::string(ParseAddress(address).status().message());
}

std::string CheckWebAddress(const std::string& address) {
  return std::string(ParseWebAddress(address).status().message());
}

// Destination and origin of the calls.
void AddCallOptions(CLI::App& run, RunOptions& options) {
  run.add_option("--endpoint-url", options.endpoint_url,
                 "URL to send every request to; its path is prefixed to the "
                 "request's. Host header and signature are unchanged")
      ->type_name("URL")
      ->check(CheckServiceUrl);
  run.add_option("--control-endpoint-url", options.control_endpoint_url,
                 "Lambda API for reading and setting memory sizes [the Invoke "
                 "calls' endpoint: --endpoint-url, the instance's host, "
                 "AWS_ENDPOINT_URL_LAMBDA, AWS_ENDPOINT_URL, the profile's; "
                 "else AWS]")
      ->type_name("URL")
      ->check(CheckServiceUrl);
  run.add_flag("--http2", options.http2,
               "Use HTTP/2, with many calls per connection");
  AddTargetOptions(run, options.target);
  AddProfileOption(run, options.profile);
  AddChoice<bool>(
      run, "--stop-on", options.stop_on_auth_error,
      {{"auth_error", true}, {"none", false}},
      "auth_error: end the run (exit code 3) if the first 50 invocations are "
      "all refused with an authentication error; none: go on [auth_error]")
      ->type_name("WHAT");
}

// How the plan is played.
void AddLoadOptions(CLI::App& run, RunOptions& options) {
  run.add_option("--threads", options.threads,
                 "Engines, each a thread [one per core]")
      ->type_name("N")
      ->check(CLI::Range(1, 1024));
  run.add_flag("--pin", options.pin, "Pin each engine to a separate core");
  CLI::Option* spin = AddDuration(
      run, "--spin",
      "Longest time to spin before a call is due; spins as long as waking up "
      "may take, never if engines outnumber cores [200us]",
      [&options](absl::Duration d) { options.spin = d; });
  run.add_flag_callback(
         "--no-spin", [&options] { options.spin = absl::ZeroDuration(); },
         "Only sleep: saves CPU, sends about 50 us late")
      ->excludes(spin);
  run.add_option("--warm-connections", options.warm_connections,
                 "Connections to open to each host before the start [0]")
      ->type_name("N")
      ->check(CLI::Range(0, 1'000'000));
  AddChoice<IoMode>(run, "--io", options.io, {kIoModes.begin(), kIoModes.end()},
                    "Event loop of the engines: uring (io_uring), epoll, or "
                    "auto: io_uring where the kernel allows it [auto]")
      ->type_name("LOOP");
  run.add_option("--connections", options.connections,
                 "HTTP/2 connections to each host, opened before the start and "
                 "divided among the engines; calls wait for a stream rather "
                 "than open more [one for each engine, when it is needed]")
      ->type_name("N")
      ->check(CLI::Range(1, 1'000'000))
      ->needs(run.get_option("--http2"));
  run.add_option("--max-in-flight", options.max_in_flight,
                 "Limit of invocations in flight, divided among the engines "
                 "[as many as the limit of open files allows]")
      ->type_name("N")
      ->check(CLI::Range(1, 1'000'000));
  AddChoice<bool>(
      run, "--overload", options.drop_on_overload,
      {{"queue", false}, {"drop", true}},
      "At the in-flight limit: queue (send late, lateness shows) or drop "
      "(and count) [queue]")
      ->type_name("POLICY");
  AddDuration(run, "--drain",
              "Time to wait at the end for queued and in-flight invocations "
              "[the largest timeout]",
              [&options](absl::Duration d) { options.drain = d; });
}

// Results and the limits of the verdict.
void AddResultOptions(CLI::App& run, RunOptions& options) {
  run.add_option("--out", options.out,
                 "Folder for the results; must not exist yet "
                 "[runs/<test_name>-<UTC time>]")
      ->type_name("DIR");
  run.add_option_function<std::string>(
         "--records",
         [&options](const std::string& text) { SetRecords(text, options); },
         "Invocations with a row in invocations.csv: all, none or sample:P "
         "[all]")
      ->type_name("WHICH");
  AddChoice<bool>(
      run, "--progress", options.progress_as_json,
      {{"text", false}, {"json", true}},
      "Progress on stderr: text for people, or one JSON object a second [text]")
      ->type_name("FORMAT");
  run.add_flag_callback(
      "--no-report", [&options] { options.write_report = false; },
      "Do not write report.html, the page with the results");
  VerdictLimits& limits = options.verdict_limits;
  AddDuration(run, "--kept-within",
              "Largest p99 lateness for the verdict \"kept\" [1ms]",
              [&limits](absl::Duration d) { limits.kept = d; });
  CLI::Option* marginal =
      AddDuration(run, "--marginal-within",
                  "Largest p99 lateness for the verdict \"marginal\" [10ms]",
                  [&limits](absl::Duration d) { limits.marginal = d; });
  run.add_option("--threshold", options.thresholds,
                 "Threshold of the whole run, in addition to the workload's: "
                 "'response p99 < 300ms', 'ok >= 99.9%', 'throttled < 10'; may "
                 "be repeated")
      ->type_name("CHECK")
      ->allow_extra_args(false);
  run.add_option("--until", options.until,
                 "End the run early, once a latency is known well enough: "
                 "'response p99 within 5%' (of lateness, service, response or "
                 "first_byte); with several, once all are")
      ->type_name("GOAL")
      ->allow_extra_args(false);
  run.add_option("--fail-if", options.fail_if,
                 "Exit with 5 if a version's change from the first version is "
                 "beyond this, its whole 95 % interval: 'b response p99 +5%', "
                 "'b ok -0.5pp'; may be repeated")
      ->type_name("CHANGE")
      ->allow_extra_args(false);
  AddReportOptions(run, options.junit, options.markdown);
  run.add_flag("--require-kept", options.require_kept,
               "Exit with 4 unless the verdict is kept");
  run.callback([&limits, marginal] {
    if (marginal->count() == 0) {
      limits.marginal = std::max(limits.marginal, limits.kept);
    }
    if (limits.marginal < limits.kept) {
      throw CLI::ValidationError("--marginal-within",
                                 "is less than --kept-within");
    }
  });
}

// The live page and /metrics.
void AddLiveOptions(CLI::App& run, LiveOptions& options) {
  const std::string about_address =
      "port 0: any free port. Addresses other than loopback need TLS";
  CLI::Option* dashboard =
      run.add_option_function<std::string>(
             "--dashboard",
             [&options](const std::string& address) {
               options.dashboard = address.empty() ? "127.0.0.1:0" : address;
             },
             "Serve a live page of the run, and /metrics; " + about_address +
                 " [127.0.0.1:0]")
          ->type_name("ADDR")
          ->expected(0, 1)
          ->check([](const std::string& address) {
            return address.empty() ? "" : CheckWebAddress(address);
          });
  CLI::Option* metrics =
      run.add_option("--metrics", options.metrics,
                     "Serve only /metrics, for Prometheus; " + about_address)
          ->type_name("ADDR")
          ->check(CheckWebAddress)
          ->excludes(dashboard);
  CLI::Option* linger =
      AddDuration(run, "--metrics-linger",
                  "Time to keep serving /metrics after the run's end [0s]",
                  [&options](absl::Duration d) { options.metrics_linger = d; });
  CLI::Option* token =
      run.add_option("--metrics-token-file", options.metrics_token_file,
                     "File with the bearer token that /metrics requires; "
                     "needed for addresses other than loopback")
          ->type_name("FILE");
  CLI::Option* cert =
      run.add_option("--dashboard-tls-cert", options.tls_cert,
                     "Certificate of the live page and /metrics (PEM)")
          ->type_name("FILE");
  CLI::Option* key = run.add_option("--dashboard-tls-key", options.tls_key,
                                    "Its private key (PEM)")
                         ->type_name("FILE");
  cert->needs(key);
  key->needs(cert);
  for (CLI::Option* option : {linger, token, cert, key}) {
    option->check([](const std::string& text) {
      return std::string(text.empty() ? "is empty" : "");
    });
  }
  run.parse_complete_callback([dashboard, metrics, linger, token, cert] {
    for (const CLI::Option* option : {linger, token, cert}) {
      if (option->count() > 0 && dashboard->count() + metrics->count() == 0) {
        throw CLI::ValidationError(option->get_name(),
                                   "needs --dashboard or --metrics");
      }
    }
  });
}

void AddFleetOptions(CLI::App& run, RunOptions& options) {
  CLI::Option* workers =
      run.add_option("--workers", options.workers,
                     "Wait for N invocator-worker processes to invoke, instead "
                     "of invoking from this one")
          ->type_name("N")
          ->check(CLI::Range(1, 100'000));
  CLI::Option* listen =
      run.add_option(
             "--listen", options.listen,
             "Address to listen on for workers: 127.0.0.1:7000, or with "
             "TLS and a join token 0.0.0.0:7000")
          ->type_name("ADDR")
          ->check(CheckAddress);
  workers->needs(listen);
  listen->needs(workers);
  // The workers' own affairs.
  for (const char* name :
       {"--threads", "--pin", "--ca-file", "--client-cert", "--unix-socket"}) {
    workers->excludes(run.get_option(name));
  }
  AddDuration(run, "--gather-timeout",
              "Time to wait for the workers to join [5m]",
              [&options](absl::Duration d) { options.gather_timeout = d; })
      ->needs(workers);
  AddChoice<OnWorkerLoss>(
      run, "--on-worker-loss", options.on_worker_loss,
      {{"finish", OnWorkerLoss::kFinish},
       {"abort", OnWorkerLoss::kAbort},
       {"replan", OnWorkerLoss::kReplan}},
      "When a worker is lost: finish (the others go on), abort, or replan "
      "(the others also play its remaining share) [finish]")
      ->type_name("POLICY")
      ->needs(workers);
  AddSecurityOptions(run, options.security,
                     "Listen beyond this machine without TLS or join token");
  for (const char* name :
       {"--tls-cert", "--tls-key", "--tls-ca", "--token-file", "--insecure"}) {
    run.get_option(name)->needs(listen);
  }
}

void AddStopAtEof(CLI::App& run, RunOptions& options) {
  run.add_flag("--stop-at-eof", options.stop_at_eof,
               "Stop as on Ctrl-C when standard input ends, so that the run "
               "does not outlive the program at the other end of the pipe")
      ->check([&options](const std::string&) -> std::string {
        if (options.workload == "-") {
          return "standard input is the workload";
        }
        return isatty(STDIN_FILENO) != 0 ? "standard input is a terminal" : "";
      });
}

}  // namespace

void AddProfileOption(CLI::App& app, std::string& profile) {
  app.add_option("--profile", profile,
                 "Profile of AWS's shared files to take credentials and "
                 "region from [AWS_PROFILE, or default]")
      ->type_name("NAME");
}

void AddReportOptions(CLI::App& app, std::string& junit,
                      std::string& markdown) {
  app.add_option(
         "--junit", junit,
         "JUnit XML file to write thresholds and verdict to, for GitLab "
         "and Jenkins")
      ->type_name("FILE");
  app.add_option("--markdown", markdown,
                 "Markdown file to append a report to, for GitHub: "
                 "$GITHUB_STEP_SUMMARY")
      ->type_name("FILE");
}

void AddPricesOption(CLI::App& app, std::string& prices) {
  app.add_option("--prices", prices,
                 "Price file for cost estimates, same format as prices.json "
                 "[built-in prices]")
      ->type_name("FILE")
      ->check(CLI::ExistingFile);
}

CLI::App* AddRunCommand(CLI::App& app, RunOptions& options) {
  CLI::App* run = app.add_subcommand("run", "Plays a workload");
  run->footer(kRunExamples);
  run->add_option("WORKLOAD", options.workload,
                  "The workload file (JSON); - is standard input")
      ->required();
  AddCallOptions(*run, options);
  AddLoadOptions(*run, options);
  AddResultOptions(*run, options);
  AddMemoryOptions(*run, options);
  AddPricesOption(*run, options.prices);
  AddLiveOptions(*run, options.live);
  AddFleetOptions(*run, options);
  AddStopAtEof(*run, options);
  return run;
}

}  // namespace invocator
