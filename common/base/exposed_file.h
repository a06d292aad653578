// Detects secret files that others than their owner may read.
#ifndef INVOCATOR_COMMON_BASE_EXPOSED_FILE_H_
#define INVOCATOR_COMMON_BASE_EXPOSED_FILE_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace invocator {

// Warning, with a remedy, about a file that group or others may read; empty if
// only its owner may, and for anything but a plain file. If root owns the file
// and we are not root, its group may read it: keys in /etc/ssl are shared this
// way.
std::string ExposedFileWarning(absl::string_view option,
                               const std::string& path);

// Appends that warning to `warnings`, unless it is empty.
void WarnIfExposed(absl::string_view option, const std::string& path,
                   std::vector<std::string>& warnings);

}  // namespace invocator

#endif  // INVOCATOR_COMMON_BASE_EXPOSED_FILE_H_
