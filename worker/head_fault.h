// Finds the fault in the head of an HTTP/1.x answer that the parser refused:
// its place and the broken rule of RFC 9112, for people. Pure.
#ifndef INVOCATOR_WORKER_HEAD_FAULT_H_
#define INVOCATOR_WORKER_HEAD_FAULT_H_

#include <cstddef>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace invocator {

struct HeadFault {
  size_t offset;  // of the first byte that is wrong
  std::string rule;
};

// `head` begins at a line's start and may end anywhere; an incomplete last line
// is no fault. `has_status_line`: the first line must be a status line. Nullopt
// if there is no fault up to the blank line.
std::optional<HeadFault> FindHeadFault(absl::string_view head,
                                       bool has_status_line);

}  // namespace invocator

#endif  // INVOCATOR_WORKER_HEAD_FAULT_H_
