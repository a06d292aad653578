#include "common/wire/histogram_codec.h"

#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace invocator {
namespace {

// A sum of doubles may be off by its rounding, which grows with the count.
constexpr double kSumTolerance = 1e-6;

template <typename... Args>
absl::Status Invalid(const Args&... args) {
  return absl::InvalidArgumentError(absl::StrCat("histogram: ", args...));
}

absl::Status CheckStatistics(const wire::Histogram& message, int first_cell,
                             int last_cell, uint64_t count) {
  // The comparison with the cells bounds both; CellIndex needs them in range.
  const int64_t min_ns = message.min_ns();
  const int64_t max_ns = message.max_ns();
  if (min_ns < 0 || max_ns > Histogram::kMaxNs || min_ns > max_ns) {
    return Invalid("min_ns ", min_ns, " and max_ns ", max_ns,
                   ", expected 0 <= min <= max <= ", Histogram::kMaxNs);
  }
  if (Histogram::CellIndex(min_ns) != first_cell) {
    return Invalid("min_ns ", min_ns, " is not in the first cell, ",
                   first_cell);
  }
  if (Histogram::CellIndex(max_ns) != last_cell) {
    return Invalid("max_ns ", max_ns, " is not in the last cell, ", last_cell);
  }
  const double least = static_cast<double>(min_ns) * static_cast<double>(count);
  const double most = static_cast<double>(max_ns) * static_cast<double>(count);
  const double sum_ns = message.sum_ns();
  if (!(sum_ns >= least * (1 - kSumTolerance) &&
        sum_ns <= most * (1 + kSumTolerance))) {
    return Invalid("sum_ns ", sum_ns, ", expected between ", least, " and ",
                   most);
  }
  if (message.clamped() > count) {
    return Invalid("clamped ", message.clamped(), " of ", count, " values");
  }
  return absl::OkStatus();
}

}  // namespace

wire::Histogram ToWire(const Histogram& histogram) {
  wire::Histogram message;
  int previous = 0;
  histogram.ForEachCell([&](int index, uint64_t count) {
    message.add_index_deltas(static_cast<uint32_t>(index - previous));
    message.add_counts(count);
    previous = index;
  });
  message.set_min_ns(histogram.min_ns());
  message.set_max_ns(histogram.max_ns());
  message.set_sum_ns(histogram.sum_ns());
  message.set_clamped(histogram.clamped());
  return message;
}

absl::StatusOr<uint64_t> CheckWire(const wire::Histogram& message) {
  const int cells = message.index_deltas_size();
  if (cells != message.counts_size()) {
    return Invalid(cells, " indices for ", message.counts_size(), " counts");
  }
  if (cells == 0) {
    if (message.min_ns() != 0 || message.max_ns() != 0 ||
        message.sum_ns() != 0 || message.clamped() != 0) {
      return Invalid("empty, but with statistics");
    }
    return 0;
  }
  int64_t index = 0;
  uint64_t total = 0;
  for (int i = 0; i < cells; ++i) {
    const uint32_t delta = message.index_deltas(i);
    if (i > 0 && delta == 0) return Invalid("index ", index, " comes twice");
    index += delta;
    if (index >= Histogram::kCells) {
      return Invalid("index ", index, ", expected less than ",
                     Histogram::kCells);
    }
    const uint64_t count = message.counts(i);
    if (count == 0) return Invalid("count 0 at index ", index);
    if (__builtin_add_overflow(total, count, &total)) {
      return Invalid("counts overflow 64 bits at index ", index);
    }
  }
  absl::Status status =
      CheckStatistics(message, static_cast<int>(message.index_deltas(0)),
                      static_cast<int>(index), total);
  if (!status.ok()) return status;
  return total;
}

void AddChecked(const wire::Histogram& message, Histogram& into) {
  if (message.counts().empty()) return;
  int64_t min_ns = message.min_ns();
  int64_t max_ns = message.max_ns();
  if (into.count() > 0) {
    min_ns = std::min(min_ns, into.min_ns());
    max_ns = std::max(max_ns, into.max_ns());
  }
  int index = 0;
  for (int i = 0; i < message.counts_size(); ++i) {
    index += static_cast<int>(message.index_deltas(i));
    into.AddCell(index, message.counts(i));
  }
  into.SetStatistics(min_ns, max_ns, into.sum_ns() + message.sum_ns(),
                     into.clamped() + message.clamped());
}

absl::StatusOr<Histogram> FromWire(const wire::Histogram& message) {
  const absl::StatusOr<uint64_t> count = CheckWire(message);
  if (!count.ok()) return count.status();
  Histogram histogram;
  AddChecked(message, histogram);
  return histogram;
}

}  // namespace invocator
