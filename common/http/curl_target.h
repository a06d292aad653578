// TargetOptions for libcurl.
#ifndef INVOCATOR_COMMON_HTTP_CURL_TARGET_H_
#define INVOCATOR_COMMON_HTTP_CURL_TARGET_H_

#include <curl/curl.h>

#include "common/http/target_options.h"

namespace invocator {

// Has the handle go to its target so. With a unix socket no proxy is asked, and
// no name looked up.
void SetTarget(CURL* easy, const TargetOptions& target);

}  // namespace invocator

#endif  // INVOCATOR_COMMON_HTTP_CURL_TARGET_H_
