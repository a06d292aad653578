// Makes a copy of a workload that can be shared: without header values, bodies,
// names of payload files, query values and credentials in URLs. Pure.
#ifndef INVOCATOR_COORDINATOR_WEB_SHOWN_WORKLOAD_H_
#define INVOCATOR_COORDINATOR_WEB_SHOWN_WORKLOAD_H_

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"
#include "coordinator/json/json.h"

namespace invocator {

inline constexpr size_t kMostShownInstances = 200;

// The workload as it may be shown. Hidden values are replaced by text such as
// "(3 values)". Only known keys are shown, and only values of their expected
// type; everything else is hidden. Long lists are hidden, too. Instances beyond
// kMostShownInstances are left out; "instances_left_out" has their number. Null
// if `workload` is not an object.
Json ShownWorkload(const Json& workload);

// A URL, or the path of one, without user, password and query values:
// "https://(hidden)@host/path?name=(hidden)".
std::string ShownUrl(absl::string_view url);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_WEB_SHOWN_WORKLOAD_H_
