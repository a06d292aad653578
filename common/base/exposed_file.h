// Files of secrets that more people may read than their owner.
#ifndef INVOCATOR_COMMON_BASE_EXPOSED_FILE_H_
#define INVOCATOR_COMMON_BASE_EXPOSED_FILE_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace invocator {

// Words about a file that group or others may read, with what to do; empty if
// nobody but its owner may, and for what is no plain file. The group may read a
// file of root's that is shared with us by it, as keys in /etc/ssl are.
std::string ExposedFileWarning(absl::string_view option,
                               const std::string& path);

// Appends it to `warnings`, unless it is empty.
void WarnIfExposed(absl::string_view option, const std::string& path,
                   std::vector<std::string>& warnings);

}  // namespace invocator

#endif  // INVOCATOR_COMMON_BASE_EXPOSED_FILE_H_
