// Whatever the bytes, reading them ends, and what is accepted is a table whose
// prices are in range and whose default region is there.
#include <cstdint>
#include <cstdlib>

#include "coordinator/cost/price_table.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace invocator;  // NOLINT(google-build-using-namespace)
  constexpr int64_t kMostPico = 1'000'000'000'000;
  const absl::StatusOr<PriceTable> table =
      ParsePrices({reinterpret_cast<const char*>(data), size}, "fuzz");
  if (!table.ok()) {
    if (table.status().message().empty()) std::abort();
    return 0;
  }
  if (table->regions.count(table->default_region) == 0) std::abort();
  for (const auto& [name, prices] : table->regions) {
    for (const int64_t pico :
         {prices.lambda_request_pico, prices.lambda_gb_s_pico,
          prices.api_gateway_request_pico}) {
      if (pico < 0 || pico > kMostPico) std::abort();
    }
  }
  return 0;
}
