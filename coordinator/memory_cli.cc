#include "coordinator/memory_cli.h"

#include <CLI/CLI.hpp>
#include <string>
#include <utility>

#include "common/service_url.h"

namespace invocator {
namespace {

constexpr char kRestoreExamples[] = R"(
What a run changes is written to memory.json in its folder before it is changed,
so that it can be put back after a crash or a lost network, or when the run was
told to leave it (--no-restore-memory). It takes credentials of the account whose
functions they are; another one's are not touched.

Examples:
  invocator restore-memory runs/test-20261123T053602.347Z
  invocator restore-memory runs/test-20261123T053602.347Z --profile load

Exit codes: 0 nothing is left to restore, 2 bad usage or no run's folder, 3 a
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
      "Memory of every signed instance's application during the run, in MB; "
      "128,256,512 plays the workload once with each and compares (workers "
      "join each time); keep touches no function [128]");
  run.add_flag_callback(
      "--no-restore-memory", [&options] { options.restore_memory = false; },
      "Leave the memory sizes as the run set them");
  run.add_flag("--yes", options.yes,
               "Do not ask before memory is changed that nobody gave a size "
               "for");
}

CLI::App* AddRestoreCommand(CLI::App& app, RestoreOptions& options) {
  CLI::App* restore = app.add_subcommand(
      "restore-memory",
      "Puts back the memory sizes that a run changed and could not restore");
  restore->footer(kRestoreExamples);
  restore->add_option("RUN_DIR", options.folder, "The run's folder")
      ->required();
  const auto check = [](const std::string& url) {
    return std::string(ParseServiceUrl(url).status().message());
  };
  restore
      ->add_option("--endpoint-url", options.endpoint_url,
                   "The Lambda API, if not where the run found it")
      ->type_name("URL")
      ->check(check);
  restore
      ->add_option("--control-endpoint-url", options.control_endpoint_url,
                   "The same, as of run; goes before --endpoint-url")
      ->type_name("URL")
      ->check(check);
  restore
      ->add_option("--profile", options.profile,
                   "Profile of AWS's shared files to take credentials of")
      ->type_name("NAME");
  AddTargetOptions(*restore, options.target);
  return restore;
}

}  // namespace invocator
