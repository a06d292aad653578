// Certificates to trust, given by the user as a PEM file.
#ifndef INVOCATOR_WORKER_CA_FILE_H_
#define INVOCATOR_WORKER_CA_FILE_H_

#include <string>

#include "absl/status/status.h"

namespace invocator {

// OK if the file holds certificates. libcurl would notice only at the first
// connection, and every call would be a tls_error.
absl::Status CheckCaFile(const std::string& path);

}  // namespace invocator

#endif  // INVOCATOR_WORKER_CA_FILE_H_
