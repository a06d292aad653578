// Folder for a run's results: always new, never an existing one.
#ifndef INVOCATOR_COORDINATOR_REPORT_OUTPUT_FOLDER_H_
#define INVOCATOR_COORDINATOR_REPORT_OUTPUT_FOLDER_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "coordinator/text/text_file.h"

namespace invocator {

// Creates `wanted`, or runs/<test_name>-<UTC time> if it is empty (of the next
// free millisecond), with `suffix` appended, and any missing parents. Returns
// the path. ALREADY_EXISTS, or the system's error, naming the folder that
// cannot be created.
absl::StatusOr<std::string> CreateOutputFolder(
    const std::string& wanted, absl::string_view test_name, absl::Time now,
    absl::string_view suffix = "", Readers readers = Readers::kUmask);

// Removes a folder that CreateOutputFolder made, with its contents. For a run
// that never started: the next try may then use the same name.
void RemoveOutputFolder(const std::string& path);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_REPORT_OUTPUT_FOLDER_H_
