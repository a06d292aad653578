#include "coordinator/timeline/timeline_rows.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "coordinator/timeline/bin_table.h"

namespace invocator {
namespace {

// In this order: a name, latencies, counts, outcomes.
enum Column : size_t {
  kInstance,
  kResponseP99,
  kResponseMax,
  kLatenessP99,
  kLatenessMax,
  kServiceP99,
  kFirstByteP99,
  kPlanned,
  kSent,
  kDropped,
  kCold,
  kFirstOutcome,
};

std::vector<std::string> Columns() {
  std::vector<std::string> columns = {"instance",
                                      "response_p99_us",
                                      "response_max_us",
                                      "lateness_p99_us",
                                      "lateness_max_us",
                                      "service_p99_us",
                                      "first_byte_p99_us",
                                      "planned",
                                      "sent",
                                      "dropped",
                                      "cold"};
  for (size_t i = 0; i < kOutcomes; ++i) {
    columns.emplace_back(OutcomeName(static_cast<Outcome>(i)));
  }
  return columns;
}

class RowReader {
 public:
  explicit RowReader(BinTable& table) : table_(table) {}

  // `instance`: empty for the whole run.
  absl::StatusOr<TimelineRow> Read(uint32_t bin, const std::string& instance) {
    status_ = table_.ExpectBin(bin);
    if (status_.ok()) status_ = table_.ExpectText(kInstance, instance);
    TimelineRow row;
    row.counts.planned = Count(kPlanned);
    row.counts.sent = Count(kSent);
    row.counts.dropped = Count(kDropped);
    row.counts.cold = Count(kCold);
    for (size_t i = 0; i < kOutcomes; ++i) {
      row.counts.outcomes[i] = Count(kFirstOutcome + i);
    }
    row.response = {LatencyNs(kResponseP99), LatencyNs(kResponseMax)};
    row.lateness = {LatencyNs(kLatenessP99), LatencyNs(kLatenessMax)};
    row.service.p99_ns = LatencyNs(kServiceP99);
    row.first_byte.p99_ns = LatencyNs(kFirstByteP99);
    if (!status_.ok()) return status_;
    return row;
  }

 private:
  uint64_t Count(size_t column) { return Checked(table_.Count(column)); }
  std::optional<int64_t> LatencyNs(size_t column) {
    return Checked(table_.LatencyNs(column));
  }
  template <typename Value>
  Value Checked(absl::StatusOr<Value> value) {
    if (status_.ok()) status_ = value.status();
    return value.ok() ? *value : Value();
  }

  BinTable& table_;
  absl::Status status_;  // of the row: its first error
};

// Checks that the lanes add up to the whole.
absl::Status CheckSum(const BinTable& table, const TimelineBin& bin) {
  BinCounts sum;
  for (const TimelineRow& lane : bin.lanes) sum.Merge(lane.counts);
  const std::string difference = CountsDiffer(sum, bin.whole.counts);
  if (difference.empty()) return absl::OkStatus();
  return table.Error("sum of the bin's ", difference,
                     ", as its row without an instance has");
}

}  // namespace

std::string CountsDiffer(const BinCounts& found, const BinCounts& expected) {
  std::string text;
  const auto compare = [&text](absl::string_view column, uint64_t a,
                               uint64_t b) {
    if (a == b || !text.empty()) return;
    text = absl::StrCat(column, " is ", a, ", expected ", b);
  };
  compare("planned", found.planned, expected.planned);
  compare("sent", found.sent, expected.sent);
  compare("dropped", found.dropped, expected.dropped);
  compare("cold", found.cold, expected.cold);
  for (size_t i = 0; i < kOutcomes; ++i) {
    compare(OutcomeName(static_cast<Outcome>(i)), found.outcomes[i],
            expected.outcomes[i]);
  }
  return text;
}

absl::StatusOr<std::vector<TimelineBin>> ParseTimelineCsv(
    absl::string_view text, const std::string& file, const TimeBins& bins,
    const std::vector<std::string>& lane_names) {
  absl::StatusOr<BinTable> table = BinTable::Open(text, file, bins, Columns());
  if (!table.ok()) return table.status();
  RowReader reader(*table);
  std::vector<TimelineBin> found;
  while (true) {
    const auto at = static_cast<uint32_t>(found.size());
    absl::StatusOr<bool> more = table->Next();
    if (!more.ok()) return more.status();
    if (!*more && at >= bins.planned()) return found;
    if (!*more) {
      return table->Error("ends after ", at, " bins, expected at least ",
                          bins.planned());
    }
    if (at == bins.count()) {
      return table->Error("has more than ", at, " bins");
    }
    TimelineBin bin;
    absl::StatusOr<TimelineRow> row = reader.Read(at, "");
    if (!row.ok()) return row.status();
    bin.whole = *row;
    for (const std::string& name : lane_names) {
      more = table->Next();
      if (!more.ok()) return more.status();
      if (!*more) {
        return table->Error("ends within a bin, expected the row of ",
                            QuotedField(name));
      }
      row = reader.Read(at, name);
      if (!row.ok()) return row.status();
      bin.lanes.push_back(*row);
    }
    absl::Status status = CheckSum(*table, bin);
    if (!status.ok()) return status;
    found.push_back(std::move(bin));
  }
}

}  // namespace invocator
