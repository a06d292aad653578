// Any bytes: refused, or a histogram that survives the round trip.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "common/wire/histogram_codec.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using invocator::FromWire;
  using invocator::Histogram;
  using invocator::ToWire;
  invocator::wire::Histogram message;
  if (!message.ParseFromArray(data, static_cast<int>(size))) return 0;
  const absl::StatusOr<Histogram> histogram = FromWire(message);
  if (!histogram.ok()) return 0;
  for (double ratio : {0.0, 0.5, 0.99, 1.0}) {
    const int64_t quantile = histogram->QuantileNs(ratio);
    if (quantile < histogram->min_ns()) std::abort();
    if (quantile > histogram->max_ns()) std::abort();
  }
  const absl::StatusOr<Histogram> again = FromWire(ToWire(*histogram));
  if (!again.ok() || again->count() != histogram->count()) std::abort();
  const absl::StatusOr<uint64_t> count = invocator::CheckWire(message);
  if (!count.ok() || *count != histogram->count()) std::abort();
  return 0;
}
