// Output of `invocator-worker --check-credentials`: the source of the
// credentials, never the credentials.
#ifndef INVOCATOR_WORKER_CREDENTIALS_REPORT_H_
#define INVOCATOR_WORKER_CREDENTIALS_REPORT_H_

#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/credentials/credentials_chain.h"

namespace invocator {

// `region`: "" if none was found.
std::string CredentialsReport(const ChosenCredentials& chosen,
                              absl::string_view region, absl::Time now);

}  // namespace invocator

#endif  // INVOCATOR_WORKER_CREDENTIALS_REPORT_H_
