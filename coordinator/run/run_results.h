// A run's results: opens and writes their files, computes cost and exit code.
#ifndef INVOCATOR_COORDINATOR_RUN_RUN_RESULTS_H_
#define INVOCATOR_COORDINATOR_RUN_RUN_RESULTS_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/plan/plan.h"
#include "coordinator/cost/cost.h"
#include "coordinator/cost/price_table.h"
#include "coordinator/report/csv_writer.h"
#include "coordinator/report/run_report.h"
#include "coordinator/run/run_options.h"
#include "coordinator/text/text_file.h"
#include "coordinator/workload/workload.h"

namespace invocator {

// Opens the folder's invocations.csv; null if no records are wanted.
absl::StatusOr<std::unique_ptr<CsvWriter>> OpenCsv(const RunOptions& options,
                                                   const Plan& plan,
                                                   const std::string& folder,
                                                   Readers readers);

// Sets the cost of all calls and, after a warm-up, of the measured ones.
// `stand_in`: endpoint that answered instead of AWS; empty: none.
void FillCost(const Plan& plan, const MemoryOfRun& memory,
              const PriceTable& prices, const std::string& stand_in,
              RunReport& report);

// The run as the report page has it: an element of its "runs".
std::string RunJson(const RunReport& report, const LoadedWorkload& workload,
                    const std::string& folder);

// Closes `csv` (null: none), writes the other files of the folder and the files
// named by the options. Prints errors; false after any error. `workload`: the
// one that was played.
bool WriteResults(const RunReport& report, const LoadedWorkload& workload,
                  const RunOptions& options, const std::string& folder,
                  Readers readers, CsvWriter* csv);

// The exit code of a run that was started, worst first. `restored`: of the
// memory sizes.
int ExitCodeOf(const RunReport& report, bool results_kept, bool carried_out,
               const absl::Status& restored, const RunOptions& options);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_RUN_RUN_RESULTS_H_
