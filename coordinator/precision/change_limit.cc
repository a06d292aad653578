#include "coordinator/precision/change_limit.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "common/words/decimal.h"
#include "common/words/foreign_text.h"

namespace invocator {
namespace {

struct UnitOfChange {
  absl::string_view name;
  ChangeUnit unit;
  double scale;  // to the unit of an amount
  size_t decimals;
  int64_t most;  // / 10^decimals
  absl::string_view most_words;
};
constexpr UnitOfChange kUnits[] = {
    {"%", ChangeUnit::kPercent, 1, 6, 1'000'000'000'000, "1000000%"},
    {"pp", ChangeUnit::kPoints, 1, 6, 100'000'000, "100pp"},
    {"ns", ChangeUnit::kDuration, 1, 0, Histogram::kMaxNs, "3600s"},
    {"us", ChangeUnit::kDuration, 1e3, 3, Histogram::kMaxNs, "3600s"},
    {"ms", ChangeUnit::kDuration, 1e6, 6, Histogram::kMaxNs, "3600s"},
    {"s", ChangeUnit::kDuration, 1e9, 9, Histogram::kMaxNs, "3600s"},
};

const UnitOfChange* UnitNamed(absl::string_view name) {
  for (const UnitOfChange& unit : kUnits) {
    if (unit.name == name) return &unit;
  }
  return nullptr;
}

bool IsUnitOf(const Metric& metric, ChangeUnit unit) {
  return unit == ChangeUnit::kPercent ||
         (unit == ChangeUnit::kDuration &&
          metric.kind == MetricKind::kLatency) ||
         (unit == ChangeUnit::kPoints && metric.IsCount());
}

std::string ExpectedChange(const Metric& metric) {
  return metric.kind == MetricKind::kLatency ? "a change such as +5% or +20ms"
         : metric.IsCount()                  ? "a change such as -5% or -0.5pp"
                                             : "a change such as +5%";
}

absl::Status Expected(absl::string_view text, absl::string_view what,
                      absl::string_view found) {
  constexpr size_t kMostBytes = 80;
  return absl::InvalidArgumentError(absl::StrCat(
      "\"", CleanLine(text, kMostBytes), "\": expected ", what, ", found ",
      found.empty() ? "the end"
                    : absl::StrCat("\"", CleanLine(found, kMostBytes), "\"")));
}

}  // namespace

absl::StatusOr<ChangeLimit> ParseChangeLimit(absl::string_view text,
                                             NearestWordFinder nearest) {
  absl::StatusOr<ParsedSubject> subject = ParseSubject(text, nearest);
  if (!subject.ok()) return subject.status();
  ChangeLimit limit;
  limit.subject = subject->threshold;
  const Metric& metric = limit.subject.metric;
  limit.subject.is_share = metric.IsCount();
  const absl::string_view change =
      absl::StripTrailingAsciiWhitespace(text.substr(subject->length));
  const std::string expected = ExpectedChange(metric);
  if (change.empty()) return Expected(text, expected, change);
  limit.is_rise = change.front() == '+';
  const absl::string_view number =
      absl::StripLeadingAsciiWhitespace(change.substr(1));
  const size_t end =
      std::min(number.find_first_not_of("0123456789."), number.size());
  const absl::string_view digits = number.substr(0, end);
  const UnitOfChange* const unit =
      UnitNamed(absl::StripLeadingAsciiWhitespace(number.substr(end)));
  if (!IsDecimal(digits) || unit == nullptr || !IsUnitOf(metric, unit->unit)) {
    return Expected(text, expected, change);
  }
  limit.unit = unit->unit;
  const std::optional<int64_t> scaled =
      DecimalsOf(digits) > unit->decimals
          ? std::nullopt
          : ScaledDecimal(digits, unit->decimals);
  if (!scaled || *scaled > unit->most) {
    return Expected(text,
                    absl::StrCat("at most ", unit->most_words, " with at most ",
                                 unit->decimals, " decimals"),
                    change);
  }
  limit.amount =
      static_cast<double>(*scaled) * unit->scale / std::pow(10, unit->decimals);
  if (!limit.is_rise && limit.unit == ChangeUnit::kPercent &&
      limit.amount >= 100) {
    return Expected(text, "less than 100%, since no value falls by more",
                    change);
  }
  return limit;
}

std::string ChangeLimitText(const ChangeLimit& limit) {
  double amount = limit.amount;
  absl::string_view name = limit.unit == ChangeUnit::kPercent ? "%" : "pp";
  if (limit.unit == ChangeUnit::kDuration) {
    for (const UnitOfChange& unit : kUnits) {
      if (unit.unit != ChangeUnit::kDuration) continue;
      if (unit.name != "ns" && limit.amount < unit.scale) break;
      amount = limit.amount / unit.scale;
      name = unit.name;
    }
  }
  return absl::StrCat(SubjectText(limit.subject), limit.is_rise ? " +" : " -",
                      DecimalText(amount), name);
}

bool IsBeyond(const ChangeLimit& limit, double before, double after) {
  constexpr double kRounding = 1e-12;
  const double change = limit.is_rise ? after - before : before - after;
  const double most = limit.unit == ChangeUnit::kPercent
                          ? std::abs(before) * limit.amount / 100
                          : limit.amount;
  return change - most >
         kRounding * std::max(std::abs(before), std::abs(after));
}

}  // namespace invocator
