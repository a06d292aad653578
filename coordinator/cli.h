// The command line of `invocator`.
#ifndef INVOCATOR_COORDINATOR_CLI_H_
#define INVOCATOR_COORDINATOR_CLI_H_

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "coordinator/memory/memory_size.h"
#include "coordinator/memory/restore_command.h"
#include "coordinator/review/check_command.h"
#include "coordinator/review/compare_command.h"
#include "coordinator/review/report_command.h"
#include "coordinator/run/run_options.h"
#include "coordinator/trace/trace_command.h"

namespace invocator {

enum class PlanOutput {
  kSummary,
  kEvents,   // CSV of every invocation
  kSeconds,  // CSV of every second
  kCheck,    // test of the schedule
};

struct PlanOptions {
  std::string workload;
  uint32_t workers = 1;
  uint32_t threads = 1;
  PlanOutput output = PlanOutput::kSummary;
  MemorySizeOption memory;  // for the cost estimate
  std::string prices;       // empty: built-in prices
  std::string profile;      // of AWS's shared files; empty: their default
};

// The requested command, or the exit code if nothing is left to do.
using Command =
    std::variant<RunOptions, PlanOptions, CheckOptions, CompareOptions,
                 ReportOptions, RestoreOptions, TraceOptions, int>;

// Prints help and version to stdout, errors to stderr (exit code 2).
Command ParseCommandLine(int argc, char** argv);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_CLI_H_
