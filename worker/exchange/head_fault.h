// Finds faults in the head of an HTTP/1.x answer. Describes the place and the
// broken rule of RFC 9112 for messages. Pure.
#ifndef INVOCATOR_WORKER_EXCHANGE_HEAD_FAULT_H_
#define INVOCATOR_WORKER_EXCHANGE_HEAD_FAULT_H_

#include <cstddef>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace invocator {

struct HeadFault {
  size_t offset;  // of the first byte that is wrong
  std::string rule;
};

// The fault in a head that the parser refused; nullopt if none is found up to
// the blank line. `head` begins at a line's start and may end anywhere; an
// incomplete last line is no fault. `has_status_line`: the first line must be a
// status line.
std::optional<HeadFault> FindHeadFault(absl::string_view head,
                                       bool has_status_line);

// False for final and interim answers that have no body, whatever their header
// lines say (RFC 9112, 6.3). Answers to HEAD have none either.
inline bool MayHaveBody(int status) {
  return status >= 200 && status != 204 && status != 304;
}

// The rule that a Transfer-Encoding of `value` breaks in an answer with a body;
// empty if none. Our requests have no TE header, so chunked is the only coding
// allowed (RFC 9112, 6.1 and 7.4); HTTP/1.0 has none at all.
absl::string_view FindEncodingFault(absl::string_view value, bool is_http_1_0);

}  // namespace invocator

#endif  // INVOCATOR_WORKER_EXCHANGE_HEAD_FAULT_H_
