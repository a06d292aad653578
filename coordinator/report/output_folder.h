// The folder a run writes its results to: new, never one that exists.
#ifndef INVOCATOR_COORDINATOR_REPORT_OUTPUT_FOLDER_H_
#define INVOCATOR_COORDINATOR_REPORT_OUTPUT_FOLDER_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "coordinator/text/text_file.h"

namespace invocator {

// Creates `wanted`, or runs/<test_name>-<UTC time> if it is empty, with the
// suffix behind it, and returns its path; its parents, too. ALREADY_EXISTS, or
// the system's reason, naming the folder that cannot be created.
absl::StatusOr<std::string> CreateOutputFolder(
    const std::string& wanted, absl::string_view test_name, absl::Time now,
    absl::string_view suffix = "", Readers readers = Readers::kUmask);

// Removes a folder that CreateOutputFolder made, with what is in it: after a
// run that never started, the next try may have its name.
void RemoveOutputFolder(const std::string& path);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_REPORT_OUTPUT_FOLDER_H_
