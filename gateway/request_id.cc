#include "gateway/request_id.h"

#include <cstdint>

#include "absl/strings/str_cat.h"

namespace invocator {

std::string NewRequestId(std::mt19937_64& generator) {
  uint64_t high = (generator() & ~uint64_t{0xf000}) | 0x4000;
  uint64_t low = (generator() >> 2) | (uint64_t{1} << 63);
  std::string hex = absl::StrCat(absl::Hex(high, absl::kZeroPad16),
                                 absl::Hex(low, absl::kZeroPad16));
  for (size_t dash : {20u, 16u, 12u, 8u}) hex.insert(dash, 1, '-');
  return hex;
}

}  // namespace invocator
