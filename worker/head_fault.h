// Finds what breaks the head of an HTTP/1.x answer: where, and which rule of
// RFC 9112. For people; the parser has refused it already. Pure.
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

// `head`: from the beginning of a line on, perhaps cut at its end, where
// nothing is wrong yet. `has_status_line`: its first line is to be one.
// Nullopt if nothing is found wrong up to the blank line.
std::optional<HeadFault> FindHeadFault(absl::string_view head,
                                       bool has_status_line);

}  // namespace invocator

#endif  // INVOCATOR_WORKER_HEAD_FAULT_H_
