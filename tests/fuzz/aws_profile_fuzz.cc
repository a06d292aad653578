// AWS's shared files and the command lines in them, written by anybody: read or
// refused, without a word of the file in the error.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "absl/strings/match.h"
#include "common/aws/aws_profile.h"
#include "common/credentials/profile_credentials.h"
#include "common/process/command_line.h"

using invocator::AwsFileKind;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  for (AwsFileKind kind : {AwsFileKind::kConfig, AwsFileKind::kCredentials}) {
    const auto file = invocator::ParseAwsFile("file", text, kind);
    if (!file.ok()) {
      if (!absl::StartsWith(file.status().message(), "file:")) abort();
      continue;
    }
    size_t bytes = 0;
    for (const auto& [name, section] : file->services) {
      for (const auto& [key, value] : section) {
        bytes += key.size() + value.size();
        const auto url = invocator::NestedValueOf(section, key, "endpoint_url");
        if (url.ok() && url->size() > value.size()) abort();
      }
    }
    for (const auto& [name, profile] : file->profiles) {
      for (const auto& [key, value] : profile) {
        bytes += key.size() + value.size();
      }
      invocator::KindOf(profile, /*is_source=*/false).IgnoreError();
      invocator::KindOf(profile, /*is_source=*/true).IgnoreError();
      const std::string line =
          invocator::ValueOf(profile, "credential_process");
      const auto words = invocator::SplitCommandLine(line);
      if (!words.ok()) continue;
      size_t word_bytes = 0;
      for (const std::string& word : *words) word_bytes += word.size();
      if (word_bytes > line.size()) abort();
    }
    if (bytes > size) abort();
  }
  return 0;
}
