// Request ids, as AWS gives them.
#ifndef INVOCATOR_GATEWAY_REQUEST_ID_H_
#define INVOCATOR_GATEWAY_REQUEST_ID_H_

#include <random>
#include <string>

namespace invocator {

// A UUID, version 4 of RFC 9562.
std::string NewRequestId(std::mt19937_64& generator);

}  // namespace invocator

#endif  // INVOCATOR_GATEWAY_REQUEST_ID_H_
