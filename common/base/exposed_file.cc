#include "common/base/exposed_file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <utility>

#include "absl/strings/str_cat.h"

namespace invocator {

std::string ExposedFileWarning(absl::string_view option,
                               const std::string& path) {
  struct stat status = {};
  if (path.empty() || stat(path.c_str(), &status) != 0 ||
      !S_ISREG(status.st_mode)) {
    return "";
  }
  const bool is_shared_by_root = status.st_uid == 0 && geteuid() != 0;
  const mode_t exposing = is_shared_by_root ? S_IROTH : S_IRGRP | S_IROTH;
  if ((status.st_mode & exposing) == 0) return "";
  return absl::StrCat(option, " ", path,
                      ": others may read this secret: chmod 600 ", path);
}

void WarnIfExposed(absl::string_view option, const std::string& path,
                   std::vector<std::string>& warnings) {
  std::string warning = ExposedFileWarning(option, path);
  if (!warning.empty()) warnings.push_back(std::move(warning));
}

}  // namespace invocator
