// Credentials of an EC2 instance's role, and its region, from its metadata
// service, version 2 (EC2 user guide, "Retrieve security credentials from
// instance metadata").
#ifndef INVOCATOR_COMMON_CREDENTIALS_IMDS_CREDENTIALS_H_
#define INVOCATOR_COMMON_CREDENTIALS_IMDS_CREDENTIALS_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/aws/aws_profile.h"
#include "common/aws/credentials.h"
#include "common/base/environment.h"
#include "common/credentials/source_io.h"

namespace invocator {

struct ImdsOptions {
  bool disabled = false;
  bool v1_disabled = false;
  std::string endpoint;  // scheme and authority, no trailing '/'
  absl::Duration timeout = absl::Seconds(1);  // of each request
  int attempts = 1;
};

// From the AWS_EC2_METADATA_* and AWS_METADATA_SERVICE_* variables and the
// profile's keys of the same meaning; a number out of range counts as unset.
ImdsOptions ReadImdsOptions(const Environment& variable,
                            const AwsProfile& profile);

// NOT_FOUND if there is no metadata service or no role, else the service's
// error. Returns expired credentials too, to be fetched again in some minutes:
// AWS serves such credentials while it cannot renew them.
absl::StatusOr<FoundCredentials> FetchImdsCredentials(
    const ImdsOptions& options, const SourceIo& io, const GiveUp& give_up);

// The instance's region; if the service has no region, derived from the zone
// ("us-east-1a" is in us-east-1), as botocore does. Errors as above, and
// INVALID_ARGUMENT for an answer that is not a region's name.
absl::StatusOr<std::string> FetchImdsRegion(const ImdsOptions& options,
                                            const SourceIo& io,
                                            const GiveUp& give_up);

}  // namespace invocator

#endif  // INVOCATOR_COMMON_CREDENTIALS_IMDS_CREDENTIALS_H_
