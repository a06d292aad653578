#include "gateway/asked_role.h"

#include <vector>

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/credentials/credentials_answer.h"

namespace invocator {
namespace {

constexpr size_t kMinArnBytes = 20;
constexpr size_t kMaxArnBytes = 2048;
constexpr size_t kMaxNameBytes = 64;  // of a role as of a session
constexpr int kMinSeconds = 900;
constexpr int kMaxSeconds = 43'200;
constexpr int kDefaultSeconds = 3600;

absl::Status Invalid(absl::string_view quoted, absl::string_view name,
                     absl::string_view constraint) {
  return absl::InvalidArgumentError(
      absl::StrCat("1 validation error detected: Value ", quoted, " at '", name,
                   "' failed to satisfy constraint: Member must ", constraint));
}

std::string Quoted(absl::string_view value) {
  return absl::StrCat("'", Quotable(value), "'");
}

absl::Status CheckLength(absl::string_view value, absl::string_view name,
                         size_t least, size_t most) {
  if (value.empty()) return MissingParameter(name);
  if (value.size() < least) {
    return Invalid(
        Quoted(value), name,
        absl::StrCat("have length greater than or equal to ", least));
  }
  if (value.size() > most) {
    return Invalid(Quoted(value), name,
                   absl::StrCat("have length less than or equal to ", most));
  }
  return absl::OkStatus();
}

// [\w+=,.@-]*, in which IAM writes names.
bool IsName(absl::string_view text) {
  return absl::c_all_of(text, [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
           absl::StrContains("_+=,.@-", c);
  });
}

struct RoleArn {
  absl::string_view partition;
  absl::string_view account;
  absl::string_view name;
};

// Borrows `arn`.
absl::StatusOr<RoleArn> ParseRoleArn(absl::string_view arn) {
  const absl::Status length =
      CheckLength(arn, "roleArn", kMinArnBytes, kMaxArnBytes);
  if (!length.ok()) return length;
  const std::vector<absl::string_view> parts = absl::StrSplit(arn, ':');
  const std::vector<absl::string_view> path = absl::StrSplit(parts.back(), '/');
  const absl::string_view name = path.back();
  if (parts.size() != 6 || parts[0] != "arn" || parts[1].empty() ||
      !IsName(parts[1]) || parts[2] != "iam" || !parts[3].empty() ||
      parts[4].size() != 12 || !absl::c_all_of(parts[4], absl::ascii_isdigit) ||
      path.size() < 2 || path[0] != "role" || !absl::c_all_of(path, IsName) ||
      name.empty() || name.size() > kMaxNameBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat(Quotable(arn), " is invalid"));
  }
  return RoleArn{parts[1], parts[4], name};
}

absl::StatusOr<absl::Duration> ParseLife(absl::string_view text) {
  constexpr absl::string_view kParameter = "durationSeconds";
  if (text.empty()) return absl::Seconds(kDefaultSeconds);
  int seconds = 0;
  if (!absl::SimpleAtoi(text, &seconds)) {
    return Invalid(Quoted(text), kParameter, "be an integer");
  }
  if (seconds < kMinSeconds) {
    return Invalid(
        Quoted(text), kParameter,
        absl::StrCat("have value greater than or equal to ", kMinSeconds));
  }
  if (seconds > kMaxSeconds) {
    return Invalid(
        Quoted(text), kParameter,
        absl::StrCat("have value less than or equal to ", kMaxSeconds));
  }
  return absl::Seconds(seconds);
}

}  // namespace

absl::Status MissingParameter(absl::string_view name) {
  return Invalid("null", name, "not be null");
}

absl::StatusOr<AskedRole> ReadAskedRole(const Form& form) {
  const std::string arn = ValueOf(form, "RoleArn");
  const absl::StatusOr<RoleArn> role = ParseRoleArn(arn);
  if (!role.ok()) return role.status();
  const std::string session_name = ValueOf(form, "RoleSessionName");
  const absl::Status length =
      CheckLength(session_name, "roleSessionName", 2, kMaxNameBytes);
  if (!length.ok()) return length;
  if (!IsName(session_name)) {
    return Invalid(Quoted(session_name), "roleSessionName",
                   "satisfy regular expression pattern: [\\w+=,.@-]*");
  }
  const absl::StatusOr<absl::Duration> life =
      ParseLife(ValueOf(form, "DurationSeconds"));
  if (!life.ok()) return life.status();
  return AskedRole{
      arn, std::string(role->name),
      absl::StrCat("arn:", role->partition, ":sts::", role->account,
                   ":assumed-role/", role->name, "/", session_name),
      *life};
}

}  // namespace invocator
