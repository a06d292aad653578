// A request as it came over the wire: nothing is decoded or repaired, since the
// signature covers the raw form.
//
// Borrows the connection's memory: valid until the connection reads again.
#ifndef INVOCATOR_GATEWAY_REQUEST_H_
#define INVOCATOR_GATEWAY_REQUEST_H_

#include <algorithm>
#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"

namespace invocator {

struct ReceivedRequest {
  absl::string_view method;
  absl::string_view path;   // begins with '/'
  absl::string_view query;  // without '?'
  std::vector<std::pair<absl::string_view, absl::string_view>> headers;
  absl::string_view body;

  // Number of headers with that name, in any case.
  size_t Count(absl::string_view name) const {
    return static_cast<size_t>(
        std::count_if(headers.begin(), headers.end(), [&](const auto& header) {
          return absl::EqualsIgnoreCase(header.first, name);
        }));
  }

  // The first header of that name, in any case.
  std::optional<absl::string_view> Header(absl::string_view name) const {
    for (const auto& [its_name, value] : headers) {
      if (absl::EqualsIgnoreCase(its_name, name)) return value;
    }
    return std::nullopt;
  }
};

}  // namespace invocator

#endif  // INVOCATOR_GATEWAY_REQUEST_H_
