// Makes a workload that may be sent around: without header values, bodies,
// names of payload files, values of queries and credentials in URLs. Pure.
#ifndef INVOCATOR_COORDINATOR_WEB_SHOWN_WORKLOAD_H_
#define INVOCATOR_COORDINATOR_WEB_SHOWN_WORKLOAD_H_

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"
#include "coordinator/json/json.h"

namespace invocator {

inline constexpr size_t kMostShownInstances = 200;

// The workload as it may be shown: what is hidden becomes a word such as "(3
// values)". Only keys of a list are shown, and only values of their expected
// type; everything else is hidden. Long lists are hidden, too, and instances
// beyond kMostShownInstances left out, their number in
// "instances_left_out". Null if `workload` is no object.
Json ShownWorkload(const Json& workload);

// A URL, or the path of one, without user, password and values of its query:
// "https://(hidden)@host/path?name=(hidden)".
std::string ShownUrl(absl::string_view url);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_WEB_SHOWN_WORKLOAD_H_
