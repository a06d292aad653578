#include "coordinator/memory_cli.h"

#include <CLI/CLI.hpp>
#include <string>
#include <utility>

#include "common/http/service_url.h"

namespace invocator {
namespace {

constexpr char kRestoreExamples[] = R"(
Before a run changes a memory size, it writes the old one to memory.json in its
folder. So the sizes can be restored after a crash, a network failure or a run
with --no-restore-memory. Requires credentials of the account that owns the
functions; functions of another account are not changed.

Examples:
  invocator restore-memory runs/test-20261123T053602.347Z
  invocator restore-memory runs/test-20261123T053602.347Z --profile load

Exit codes: 0 nothing is left to restore, 2 bad usage or not a run's folder, 3 a
memory size could not be restored, 130 interrupted.)";

}  // namespace

void AddMemorySizeOption(CLI::App& app, MemorySizeOption& memory,
                         const std::string& about) {
  app.add_option_function<std::string>(
         "--memory-size",
         [&memory](const std::string& text) {
           absl::StatusOr<MemorySizeOption> parsed = ParseMemorySize(text);
           if (!parsed.ok()) {
             throw CLI::ValidationError("--memory-size",
                                        std::string(parsed.status().message()));
           }
           memory = *std::move(parsed);
         },
         about)
      ->type_name("MB|keep");
}

void AddMemoryOptions(CLI::App& run, RunOptions& options) {
  AddMemorySizeOption(
      run, options.memory,
      "Memory of every signed instance's application during the run, in MB. "
      "128,256,512 plays the workload once with each and compares the results "
      "(workers join each time); keep changes no function [128]");
  run.add_flag_callback(
      "--no-restore-memory", [&options] { options.restore_memory = false; },
      "Leave the memory sizes as the run set them");
  run.add_flag("--yes", options.yes,
               "Change memory sizes without asking, even if neither option nor "
               "workload gives a size");
}

CLI::App* AddRestoreCommand(CLI::App& app, RestoreOptions& options) {
  CLI::App* restore = app.add_subcommand(
      "restore-memory",
      "Restores the memory sizes that a run changed and did not restore");
  restore->footer(kRestoreExamples);
  restore->add_option("RUN_DIR", options.folder, "The run's folder")
      ->required();
  const auto check = [](const std::string& url) {
    return std::string(ParseServiceUrl(url).status().message());
  };
  restore
      ->add_option("--endpoint-url", options.endpoint_url,
                   "Lambda API to call [the one that the run used]")
      ->type_name("URL")
      ->check(check);
  restore
      ->add_option("--control-endpoint-url", options.control_endpoint_url,
                   "As for run; takes precedence over --endpoint-url")
      ->type_name("URL")
      ->check(check);
  restore
      ->add_option("--profile", options.profile,
                   "Profile of AWS's shared files to take credentials from")
      ->type_name("NAME");
  AddTargetOptions(*restore, options.target);
  return restore;
}

}  // namespace invocator
