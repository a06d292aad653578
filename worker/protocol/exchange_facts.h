// Facts about one exchange, finished or not, that its record and its failure
// sample need: the same for HTTP/1.1 and HTTP/2.
//
// Borrows answer and body from the exchange.
#ifndef INVOCATOR_WORKER_PROTOCOL_EXCHANGE_FACTS_H_
#define INVOCATOR_WORKER_PROTOCOL_EXCHANGE_FACTS_H_

#include <cstdint>

#include "worker/exchange/kept_body.h"
#include "worker/exchange/response.h"

namespace invocator {

struct ExchangeFacts {
  const ResponseFacts& answer;
  const KeptBody& body;
  int64_t first_byte_ns;  // Record::kNever if none came
  // Heads and bodies, without the framing of chunks or frames. HTTP/2 heads
  // count as encoded.
  uint64_t bytes_sent;
  uint64_t bytes_received;
};

}  // namespace invocator

#endif  // INVOCATOR_WORKER_PROTOCOL_EXCHANGE_FACTS_H_
