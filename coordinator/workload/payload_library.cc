#include "coordinator/workload/payload_library.h"

#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "common/words/utf8.h"
#include "coordinator/json/json.h"
#include "coordinator/text/text_file.h"
#include "coordinator/workload/payload_reader.h"

namespace invocator {
namespace fs = std::filesystem;

namespace {

// Hint for a file that is missing in the workload's folder but exists in the
// working folder, to which paths are relative in other tools.
std::string WorkingFolderHint(const std::string& path,
                              const std::string& folder) {
  std::error_code error;
  if (!fs::is_regular_file(path, error)) return "";
  const fs::path from = fs::absolute(folder.empty() ? "." : folder, error);
  const fs::path right = fs::relative(path, from, error);
  return absl::StrCat(
      "; the working folder has one, but paths are relative to the workload's ",
      "folder",
      right.empty() ? ""
                    : absl::StrCat(": expected ", ShortQuote(right.string())));
}

}  // namespace

absl::StatusOr<size_t> PayloadLibrary::Load(const std::string& path) {
  // A zero byte would end the name early, and name another file.
  if (path.empty() || HasControlCharacter(path)) {
    return absl::InvalidArgumentError("not the name of a file");
  }
  const fs::path full_path = fs::path(folder_) / path;
  std::error_code error;
  const fs::path canonical = fs::canonical(full_path, error);
  if (error) {
    return absl::NotFoundError(absl::StrCat(
        full_path.string(), ": cannot be opened: ", error.message(),
        WorkingFolderHint(path, folder_)));
  }
  auto [entry, is_new] =
      loaded_.try_emplace(canonical.string(), absl::UnknownError(""));
  if (is_new) entry->second = Read(full_path.string());
  return entry->second;
}

absl::StatusOr<size_t> PayloadLibrary::Read(const std::string& full_path) {
  std::error_code error;
  const fs::file_status status = fs::status(full_path, error);
  // A pipe would be waited for, a device never end.
  if (!error && !fs::is_regular_file(status)) {
    return absl::InvalidArgumentError(absl::StrCat(
        full_path, ": is ", fs::is_directory(status) ? "a folder" : "no file",
        ", expected a JSON file"));
  }
  absl::StatusOr<std::string> text = ReadTextFile(full_path, kMaxJsonFileBytes);
  if (!text.ok()) return text.status();
  if (IsPrivateFile(full_path)) has_private_ = true;
  absl::StatusOr<PayloadSet> bodies = ReadPayloads(full_path, *text);
  if (!bodies.ok()) return bodies.status();
  return Keep(full_path, *std::move(bodies));
}

absl::StatusOr<size_t> PayloadLibrary::Add(const std::string& name,
                                           std::string body) {
  if (body.size() > kMaxBodyBytes) {
    return absl::InvalidArgumentError(absl::StrCat(
        "a body of ", body.size(), " bytes, expected at most ", kMaxBodyBytes));
  }
  PayloadSet bodies;
  bodies.push_back(std::move(body));
  return Keep(name, std::move(bodies));
}

absl::StatusOr<size_t> PayloadLibrary::Keep(const std::string& name,
                                            PayloadSet bodies) {
  for (const std::string& body : bodies) {
    bytes_ += body.size() + sizeof(std::string);
  }
  if (bytes_ > kMaxPayloadBytes) {
    return absl::InvalidArgumentError(absl::StrCat(
        name, ": the bodies of all payloads take more than the allowed ",
        kMaxPayloadBytes, " bytes of memory"));
  }
  sets_.push_back(std::move(bodies));
  names_.push_back(fs::path(name).filename().string());
  return sets_.size() - 1;
}

}  // namespace invocator
