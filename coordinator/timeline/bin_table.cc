#include "coordinator/timeline/bin_table.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_format.h"
#include "common/result/histogram.h"

namespace invocator {
namespace {

constexpr size_t kStart = 0;
constexpr size_t kWidth = 1;
constexpr size_t kFirstOther = 2;

bool AreDigits(absl::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return absl::ascii_isdigit(static_cast<unsigned char>(c));
  });
}

// Of "20500.125", in thousandths. Nullopt for text of another form.
std::optional<int64_t> ParseThousandths(absl::string_view text) {
  constexpr size_t kPlaces = 3;
  const size_t point = text.find('.');
  if (point == absl::string_view::npos) return std::nullopt;
  const absl::string_view whole = text.substr(0, point);
  const absl::string_view places = text.substr(point + 1);
  int64_t number = 0;
  if (!AreDigits(whole) || !AreDigits(places) || places.size() != kPlaces ||
      !absl::SimpleAtoi(absl::StrCat(whole, places), &number)) {
    return std::nullopt;
  }
  return number;
}

}  // namespace

std::string BinSecondsText(double seconds) {
  return absl::StrFormat("%.1f", seconds);
}

BinTable::BinTable(absl::string_view text, const std::string& file,
                   const TimeBins& bins, std::vector<std::string> columns)
    : reader_(TextSource(text), file),
      bins_(bins),
      columns_({"start_s", "width_s"}) {
  std::move(columns.begin(), columns.end(), std::back_inserter(columns_));
}

absl::StatusOr<BinTable> BinTable::Open(absl::string_view text,
                                        const std::string& file,
                                        const TimeBins& bins,
                                        std::vector<std::string> columns) {
  BinTable table(text, file, bins, std::move(columns));
  absl::Status status = table.ReadHeader();
  if (!status.ok()) return status;
  return table;
}

absl::Status BinTable::ReadHeader() {
  absl::StatusOr<bool> found = reader_.Next();
  if (!found.ok()) return found.status();
  const std::vector<absl::string_view>& header = reader_.fields();
  for (const std::string& column : columns_) {
    const auto at = std::find(header.begin(), header.end(), column);
    if (at == header.end()) {
      return Error("has no column \"", column, "\", expected one");
    }
    if (std::find(at + 1, header.end(), column) != header.end()) {
      return Error("has two columns \"", column, "\", expected one");
    }
    places_.push_back(static_cast<size_t>(at - header.begin()));
  }
  return absl::OkStatus();
}

bool BinTable::IsOf(uint32_t bin) const {
  return reader_.fields()[places_[kStart]] == BinSecondsText(bins_.StartS(bin));
}

absl::Status BinTable::ExpectBin(uint32_t bin) const {
  const auto expect = [this](size_t column, double seconds) {
    const absl::string_view found = reader_.fields()[places_[column]];
    const std::string expected = BinSecondsText(seconds);
    if (found == expected) return absl::OkStatus();
    return Error(columns_[column], " is ", QuotedField(found), ", expected ",
                 expected);
  };
  absl::Status status = expect(kStart, bins_.StartS(bin));
  return status.ok() ? expect(kWidth, bins_.width_s()) : status;
}

absl::string_view BinTable::Text(size_t column) const {
  return reader_.fields()[places_[kFirstOther + column]];
}

absl::Status BinTable::ExpectText(size_t column, absl::string_view text) const {
  if (Text(column) == text) return absl::OkStatus();
  return Error(columns_[kFirstOther + column], " is ",
               QuotedField(Text(column)), ", expected ", QuotedField(text));
}

absl::StatusOr<uint64_t> BinTable::Count(size_t column) const {
  uint64_t count = 0;
  if (AreDigits(Text(column)) && absl::SimpleAtoi(Text(column), &count) &&
      count <= kMaxBinCount) {
    return count;
  }
  return Error(columns_[kFirstOther + column], " is ",
               QuotedField(Text(column)), ", expected a count of at most ",
               kMaxBinCount);
}

absl::StatusOr<std::optional<int64_t>> BinTable::LatencyNs(
    size_t column) const {
  if (Text(column).empty()) return std::nullopt;
  const std::optional<int64_t> ns = ParseThousandths(Text(column));
  if (ns && *ns <= Histogram::kMaxNs) return ns;
  return Error(columns_[kFirstOther + column], " is ",
               QuotedField(Text(column)),
               ", expected microseconds with three decimals, at most ",
               Histogram::kMaxNs / 1'000, ".000");
}

}  // namespace invocator
