#include "worker/credentials_report.h"

#include "absl/strings/str_cat.h"
#include "common/words/foreign_text.h"

namespace invocator {

std::string CredentialsReport(const ChosenCredentials& chosen,
                              absl::string_view region, absl::Time now) {
  const Credentials& credentials = chosen.found.credentials;
  const absl::Time expires_at = chosen.found.expires_at;
  const std::string expiry =
      expires_at == absl::InfiniteFuture()
          ? (credentials.session_token.empty() ? "never" : "unknown")
          : absl::StrCat(absl::FormatTime(absl::RFC3339_sec, expires_at,
                                          absl::UTCTimeZone()),
                         ", in ",
                         absl::FormatDuration(
                             absl::Trunc(expires_at - now, absl::Seconds(1))));
  return absl::StrCat(
      "source:  ", CleanLine(chosen.source.name), "\n",
      "key id:  ", CleanLine(ShortKeyId(credentials.access_key_id)),
      credentials.session_token.empty() ? "" : ", with a session token", "\n",
      "expires: ", expiry, "\n",
      "region:  ", CleanLine(region.empty() ? "none set" : region), "\n");
}

}  // namespace invocator
