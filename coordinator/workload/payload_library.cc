#include "coordinator/workload/payload_library.h"

#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "coordinator/text/relative_file.h"
#include "coordinator/text/text_file.h"
#include "coordinator/workload/payload_reader.h"

namespace invocator {
namespace fs = std::filesystem;

absl::StatusOr<size_t> PayloadLibrary::Load(const std::string& path) {
  const absl::StatusOr<std::string> full_path =
      FindRelativeFile(folder_, path, "a JSON file");
  if (!full_path.ok()) return full_path.status();
  // Links, and several spellings of one path, name one file.
  std::error_code error;
  const fs::path canonical = fs::canonical(*full_path, error);
  auto [entry, is_new] = loaded_.try_emplace(
      error ? *full_path : canonical.string(), absl::UnknownError(""));
  if (is_new) entry->second = Read(*full_path);
  return entry->second;
}

absl::StatusOr<size_t> PayloadLibrary::Read(const std::string& full_path) {
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
