// Reads the head of an answer in the form that nearly all have: whole at once,
// HTTP/1.1, with one Content-Length and no other header that changes where the
// answer ends. Leaves any other head to the parser (worker/exchange/
// answer_parser.h), which must take every head read here, with the same facts,
// and keep its connection. Costs a third of that. Pure.
#ifndef INVOCATOR_WORKER_EXCHANGE_PLAIN_HEAD_H_
#define INVOCATOR_WORKER_EXCHANGE_PLAIN_HEAD_H_

#include <cstddef>
#include <cstdint>
#include <optional>

#include "absl/strings/string_view.h"
#include "common/plan/cold_start.h"
#include "worker/exchange/response.h"

namespace invocator {

struct PlainHead {
  size_t bytes = 0;  // of the head, with its blank line
  uint64_t content_length = 0;
};

// Reads the head at the beginning of `answer`, to a request other than HEAD,
// and takes its facts. nullopt, with any facts, if it is incomplete, has
// another form, or is no head. `source`: as AddHeader's.
std::optional<PlainHead> ReadPlainHead(absl::string_view answer,
                                       const ColdStartSource* source,
                                       ResponseFacts& facts);

}  // namespace invocator

#endif  // INVOCATOR_WORKER_EXCHANGE_PLAIN_HEAD_H_
