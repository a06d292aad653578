// Parses the Authorization header of SigV4. Source: IAM user guide, "Create a
// signed AWS API request"; refusals use AWS's words as quoted in public.
#ifndef INVOCATOR_GATEWAY_AUTHORIZATION_H_
#define INVOCATOR_GATEWAY_AUTHORIZATION_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace invocator {

// Borrows the header's memory.
struct Authorization {
  absl::string_view access_key_id;
  absl::string_view date;  // of the scope
  absl::string_view region;
  absl::string_view service;
  absl::string_view terminator;
  std::vector<absl::string_view> signed_headers;
  absl::string_view signature;

  bool Signs(absl::string_view header) const;  // in any case
};

// `has_date`: whether the request has a date header, since AWS names all
// missing parts in one message. INVALID_ARGUMENT with AWS's message; with a
// message of ours for faults that a lenient reader accepts: a repeated or
// unknown parameter, and signed headers that are not in lower case, sorted, and
// each once.
absl::StatusOr<Authorization> ParseAuthorization(absl::string_view value,
                                                 bool has_date);

// YYYYMMDDTHHMMSSZ, or nullopt.
std::optional<absl::Time> ParseAmzDate(absl::string_view text);

// True for text that could be a region. Other text is never sent back or put
// into an ARN.
bool IsRegionWord(absl::string_view region);

}  // namespace invocator

#endif  // INVOCATOR_GATEWAY_AUTHORIZATION_H_
