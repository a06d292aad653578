// Converts a record to the library's struct. Pure.
#ifndef INVOCATOR_COORDINATOR_API_INVOCATION_H_
#define INVOCATOR_COORDINATOR_API_INVOCATION_H_

#include <string>

#include "common/result/record.h"
#include "coordinator/api/invoke_types.h"

namespace invocator {

Invocation InvocationOf(const std::string& worker, const std::string& instance,
                        const Record& record);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_API_INVOCATION_H_
