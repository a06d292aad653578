// The log: messages with time and level.
//
// Not spdlog's default logger, which in a library belongs to the host program.
// Thread-safe.
#ifndef INVOCATOR_COMMON_PROCESS_LOG_H_
#define INVOCATOR_COMMON_PROCESS_LOG_H_

#include "spdlog/logger.h"

namespace invocator {

// Each message is one clean line, without colours: "12:34:56 warning: words".
// Goes to CurrentOutput(), as Say (common/process/say.h).
spdlog::logger& Log();

}  // namespace invocator

#endif  // INVOCATOR_COMMON_PROCESS_LOG_H_
