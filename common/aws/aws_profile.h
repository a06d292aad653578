// Profiles of AWS's shared files, ~/.aws/config and ~/.aws/credentials: the INI
// dialect of AWS's own tools, as botocore and aws-c-sdkutils read it. Pure:
// parses text, opens no files.
//
// Accepts every file that any of AWS's tools accepts: sections and keys may
// repeat (the last key wins), ':' may stand for '=', all lines may be indented
// alike. A line indented deeper than the key above it continues that key's
// value. Inline comments need a blank before them.
#ifndef INVOCATOR_COMMON_AWS_AWS_PROFILE_H_
#define INVOCATOR_COMMON_AWS_AWS_PROFILE_H_

#include <map>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace invocator {

// Keys are lower-case. A continued value keeps the file's line breaks.
using AwsProfile = std::map<std::string, std::string>;
using AwsProfiles = std::map<std::string, AwsProfile>;

enum class AwsFileKind {
  kConfig,       // [default], [profile NAME], [services NAME]; no other section
  kCredentials,  // [NAME]
};

struct AwsFile {
  AwsProfiles profiles;
  // Sections named by a profile's key "services". Key: a service's id; value:
  // the lines nested below it.
  AwsProfiles services;
};

// INVALID_ARGUMENT, "file:line: problem" without quoting the line, for a line
// that is neither section nor key, and for a key before the first section.
absl::StatusOr<AwsFile> ParseAwsFile(absl::string_view file,
                                     absl::string_view text, AwsFileKind kind);

// For a key that both files have, the credentials file wins.
AwsProfiles MergeProfiles(AwsProfiles config, const AwsProfiles& credentials);

// The value of a key; "" if absent.
std::string ValueOf(const AwsProfile& profile, absl::string_view key);

// The value of `nested` among the "key = value" lines nested below `key`, as in
// a [services] section; "" if either key is absent. INVALID_ARGUMENT if `key`
// has no nested lines, or lines of another form: AWS's tools refuse them, and
// ignoring them could drop an intended value.
absl::StatusOr<std::string> NestedValueOf(const AwsProfile& section,
                                          absl::string_view key,
                                          absl::string_view nested);

}  // namespace invocator

#endif  // INVOCATOR_COMMON_AWS_AWS_PROFILE_H_
