// Names of files made from foreign names. Pure; thread-compatible.
#ifndef INVOCATOR_COORDINATOR_TEXT_FILE_NAMES_H_
#define INVOCATOR_COORDINATOR_TEXT_FILE_NAMES_H_

#include <map>
#include <set>
#include <string>

#include "absl/strings/string_view.h"

namespace invocator {

// `name` with '_' for every byte that is not a letter of ASCII, a digit, '-',
// '_' or '.', and for a dot at its start.
std::string FileWord(absl::string_view name);

// Hands out names that are all different, also where case makes no difference.
class FileNames {
 public:
  // "<stem><extension>", or "<stem>-2<extension>" and so on. The stem is cut to
  // 200 bytes: file systems refuse names of 256.
  std::string Next(absl::string_view stem, absl::string_view extension);

 private:
  std::set<std::string> taken_;             // in lower case
  std::map<std::string, int> next_number_;  // by name in lower case
};

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_TEXT_FILE_NAMES_H_
