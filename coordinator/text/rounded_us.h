// Writes latencies as numbers of microseconds with four significant digits.
// Pure.
#ifndef INVOCATOR_COORDINATOR_TEXT_ROUNDED_US_H_
#define INVOCATOR_COORDINATOR_TEXT_ROUNDED_US_H_

#include <cstdint>
#include <string>

namespace invocator {

// Appends "20.04" for 20'037 ns, "12350000" for 12.345'678 s.
// REQUIRES: 0 <= ns
void AppendRoundedUs(int64_t ns, std::string& text);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_TEXT_ROUNDED_US_H_
