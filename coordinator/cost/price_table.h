// Table of AWS's prices per request and per GB-second, by region, read from a
// file such as prices.json.
//
// Units: pico-units, 1e-12 of the currency; finer prices are rounded. Plain
// values: thread-compatible.
#ifndef INVOCATOR_COORDINATOR_COST_PRICE_TABLE_H_
#define INVOCATOR_COORDINATOR_COST_PRICE_TABLE_H_

#include <cstdint>
#include <map>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace invocator {

// Prices for the architecture and kind of API that the table assumes.
struct RegionPrices {
  int64_t lambda_request_pico = 0;
  int64_t lambda_gb_s_pico = 0;
  int64_t api_gateway_request_pico = 0;

  friend bool operator==(const RegionPrices&, const RegionPrices&) = default;
};

struct PriceTable {
  std::string currency;
  std::string date;    // YYYY-MM-DD
  std::string source;  // for people
  std::string architecture;
  std::string api_gateway;     // rest or http
  std::string default_region;  // one of those below
  std::map<std::string, RegionPrices, std::less<>> regions;

  // The region's prices, or the default region's if it has none.
  const RegionPrices& Of(absl::string_view region) const;
};

// INVALID_ARGUMENT; the message has one line per error, as for ParseWorkload.
absl::StatusOr<PriceTable> ParsePrices(absl::string_view text,
                                       const std::string& file);

// The same from a file; from the built-in table if `path` is empty.
absl::StatusOr<PriceTable> LoadPrices(const std::string& path);

// The text of prices.json at build time.
absl::string_view BuiltInPrices();

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_COST_PRICE_TABLE_H_
