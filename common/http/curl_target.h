// Applies TargetOptions to libcurl handles.
#ifndef INVOCATOR_COMMON_HTTP_CURL_TARGET_H_
#define INVOCATOR_COMMON_HTTP_CURL_TARGET_H_

#include <curl/curl.h>

#include "common/http/target_options.h"

namespace invocator {

// Sets the options on a handle. With a unix socket it uses no proxy and looks
// up no name.
void SetTarget(CURL* easy, const TargetOptions& target);

}  // namespace invocator

#endif  // INVOCATOR_COMMON_HTTP_CURL_TARGET_H_
