#include "coordinator/cost/cost_report.h"

#include <cmath>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "common/words/listing.h"

namespace invocator {
namespace {

constexpr double kNano = 1e9;
constexpr size_t kColumns = 100;

bool IsDuration(CostKind kind) {
  return kind == CostKind::kLambdaDuration ||
         kind == CostKind::kEstimatedLambdaDuration;
}

double GbS(uint64_t mb_ms) { return static_cast<double>(mb_ms) / 1024 / 1000; }

// A number of a whole nano-unit is written as that, with no digits behind.
double Units(int64_t nano) { return static_cast<double>(nano) / kNano; }

std::string Amount(int64_t nano) {
  const double value = Units(nano);
  if (nano == 0) return "0";
  // 0.9995 and more are 1.00 with three digits.
  if (value >= 0.9995) return absl::StrFormat("%.2f", value);
  const int decimals = 2 - static_cast<int>(std::floor(std::log10(value)));
  return absl::StrFormat("%.*f", decimals > 9 ? 9 : decimals, value);
}

Json ItemJson(const CostItem& item) {
  Json json = {{"instance", item.instance}, {"what", CostKindName(item.kind)}};
  const double price = static_cast<double>(item.price_pico) / 1e12;
  if (IsDuration(item.kind)) {
    json["gb_s"] = GbS(item.quantity);
    json["mb_ms"] = item.quantity;
    json["price_per_gb_s"] = price;
  } else {
    json["requests"] = item.quantity;
    json["price_per_million"] = static_cast<double>(item.price_pico) / 1e6;
  }
  json["amount"] = Units(item.amount_nano);
  return json;
}

Json ItemList(const Cost& cost) {
  Json items = Json::array();
  for (const CostItem& item : cost.items) items.push_back(ItemJson(item));
  return items;
}

}  // namespace

std::string FormatMoney(int64_t nano, absl::string_view currency) {
  return absl::StrCat(Amount(nano), " ", currency);
}

std::string CostWords(const Cost& cost) {
  // In uint128's place: a sum for people.
  double requests = 0, durations = 0, mb_ms = 0;
  for (const CostItem& item : cost.items) {
    (IsDuration(item.kind) ? durations : requests) +=
        static_cast<double>(item.amount_nano);
    if (IsDuration(item.kind)) mb_ms += static_cast<double>(item.quantity);
  }
  const absl::string_view basis = CostBasis(cost);
  std::string words = absl::StrCat(basis == "exact"       ? ""
                                   : basis == "estimated" ? "about "
                                                          : "at least ",
                                   FormatMoney(cost.total_nano, cost.currency),
                                   ": ", Counted(cost.requests, "request"), " ",
                                   Amount(std::llround(requests)));
  if (cost.billed + cost.estimated > 0) {
    absl::StrAppendFormat(&words, ", %.6g GB-s %s", mb_ms / 1024 / 1000,
                          Amount(std::llround(durations)));
  }
  if (cost.billed > 0 && cost.estimated > 0) {
    absl::StrAppend(&words, " (", Counted(cost.estimated, "call"),
                    " estimated)");
  }
  if (basis == "requests_only") words += ", without their GB-s";
  return words;
}

std::string PerMillionWords(const Cost& cost) {
  if (cost.requests == 0) return "-";
  const absl::string_view basis = CostBasis(cost);
  return absl::StrCat(basis == "exact"       ? ""
                      : basis == "estimated" ? "~"
                                             : ">=",
                      FormatMoney(cost.PerMillionNano(), cost.currency));
}

std::string AssumptionLines(const Cost& cost, absl::string_view indent) {
  const std::string text = absl::StrJoin(cost.assumptions, "; ");
  std::string lines;
  size_t column = 0;
  for (const absl::string_view word :
       absl::StrSplit(text, ' ', absl::SkipEmpty())) {
    const bool fits = column > 0 && column + 1 + word.size() <= kColumns;
    if (!fits) absl::StrAppend(&lines, column > 0 ? "\n" : "", indent);
    absl::StrAppend(&lines, fits ? " " : "", word);
    column = (fits ? column + 1 : indent.size()) + word.size();
  }
  return lines.empty() ? lines : lines + "\n";
}

Json CostJson(const Cost& cost, const Cost* measured) {
  Json json = {
      {"currency", cost.currency},
      {"total", Units(cost.total_nano)},
      {"per_million_requests",
       Units((measured != nullptr ? *measured : cost).PerMillionNano())},
      {"basis", CostBasis(cost)},
      {"requests", cost.requests},
      {"not_charged", cost.not_charged},
      {"durations",
       {{"billed", cost.billed},
        {"estimated", cost.estimated},
        {"unknown", cost.unknown}}}};
  json["items"] = ItemList(cost);
  if (measured != nullptr) {
    json["measured_total"] = Units(measured->total_nano);
    json["measured_items"] = ItemList(*measured);
  }
  json["assumptions"] = cost.assumptions;
  json["prices"] = {{"date", cost.price_date}, {"source", cost.price_source}};
  return json;
}

}  // namespace invocator
