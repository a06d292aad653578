#include "coordinator/cost/price_table.h"

#include <cmath>
#include <optional>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/civil_time.h"
#include "common/words/utf8.h"
#include "coordinator/json/field_reader.h"
#include "coordinator/json/suggestion.h"
#include "coordinator/json/workload_issues.h"
#include "coordinator/text/text_file.h"

namespace invocator {
namespace {

constexpr absl::string_view kTableKeys[] = {
    "currency", "date", "source", "assume", "default_region", "regions",
};
constexpr absl::string_view kAssumeKeys[] = {"architecture", "api_gateway"};
constexpr absl::string_view kRegionKeys[] = {
    "lambda_requests_per_million",
    "lambda_gb_second",
    "api_gateway_requests_per_million",
};
constexpr absl::string_view kArchitectures[] = {"x86_64", "arm64"};
constexpr absl::string_view kApiGateways[] = {"rest", "http"};

constexpr NumberRange kPerMillion = {0, 1e6};
constexpr NumberRange kPerGbSecond = {0, 1};
constexpr double kPicoOfPerMillion = 1e6;
constexpr double kPicoOfUnit = 1e12;
constexpr size_t kMaxSourceBytes = 1000;
constexpr size_t kMaxRegions = 1000;

int64_t Pico(std::optional<double> price, double factor) {
  return price ? std::llround(*price * factor) : 0;
}

bool IsCurrency(absl::string_view text) {
  return text.size() == 3 && absl::c_all_of(text, [](char c) {
           return absl::ascii_isupper(static_cast<unsigned char>(c));
         });
}

bool IsDate(absl::string_view text) {
  absl::CivilDay day;
  return text.size() == 10 && absl::ParseCivilTime(text, &day);
}

bool IsRegionName(absl::string_view text) {
  return !text.empty() && text.size() <= 64 && absl::c_all_of(text, [](char c) {
    return absl::ascii_islower(static_cast<unsigned char>(c)) ||
           absl::ascii_isdigit(static_cast<unsigned char>(c)) || c == '-';
  });
}

class TableReader {
 public:
  TableReader(const Json& root, WorkloadIssues& issues)
      : issues_(issues), fields_(root, "", issues) {}

  PriceTable Read() {
    table_.currency =
        ReadWord("currency", "three upper-case letters, as USD",
                 [](const std::string& s) { return IsCurrency(s); });
    table_.date = ReadWord("date", "a date as 2026-09-20",
                           [](const std::string& s) { return IsDate(s); });
    table_.source = ReadWord(
        "source",
        absl::StrCat("where the prices are from, in 1 to ", kMaxSourceBytes,
                     " bytes without control characters"),
        [](const std::string& s) {
          return !s.empty() && s.size() <= kMaxSourceBytes &&
                 !HasControlCharacter(s);
        });
    ReadAssumptions();
    ReadRegions();
    ReadDefaultRegion();
    fields_.RefuseUnknownKeys(kTableKeys);
    return std::move(table_);
  }

 private:
  template <typename Predicate>
  std::string ReadWord(absl::string_view key, absl::string_view expectation,
                       Predicate is_right) {
    fields_.Require(key, expectation);
    std::optional<std::string> word = fields_.String(key);
    if (word && !is_right(*word)) fields_.ValueError(key, expectation);
    return std::move(word).value_or("");
  }

  // The object at a key that has to be there; null after an error.
  static const Json* ObjectAt(FieldReader& fields, absl::string_view key,
                              absl::string_view expectation) {
    fields.Require(key, expectation);
    const Json* value = fields.Find(key);
    if (value == nullptr) return nullptr;
    if (value->is_object() && !value->empty()) return value;
    fields.ValueError(key, expectation);
    return nullptr;
  }

  void ReadAssumptions() {
    const Json* assume = ObjectAt(fields_, "assume",
                                  "an object with \"architecture\" and "
                                  "\"api_gateway\"");
    if (assume == nullptr) return;
    FieldReader fields(*assume, "assume", issues_);
    const auto read = [&](absl::string_view key,
                          absl::Span<const absl::string_view> choices) {
      fields.Require(
          key, absl::StrCat("\"", absl::StrJoin(choices, "\" or \""), "\""));
      const std::optional<size_t> choice = fields.Choice(key, choices);
      return choice ? std::string(choices[*choice]) : "";
    };
    table_.architecture = read("architecture", kArchitectures);
    table_.api_gateway = read("api_gateway", kApiGateways);
    fields.RefuseUnknownKeys(kAssumeKeys);
  }

  void ReadRegions() {
    constexpr absl::string_view kExpectation =
        "an object with the prices of at least one region";
    const Json* regions = ObjectAt(fields_, "regions", kExpectation);
    if (regions == nullptr) return;
    if (regions->size() > kMaxRegions) {
      fields_.Error("regions",
                    absl::StrCat("expected at most ", kMaxRegions,
                                 " regions, found ", regions->size()));
      return;
    }
    for (const auto& [name, entry] :
         regions->get_ref<const Json::object_t&>()) {
      const std::string path = MemberPath("regions", name);
      if (!IsRegionName(name)) {
        issues_.Add(path, "expected the name of a region, as us-east-1");
      }
      if (entry.is_object()) {
        table_.regions[name] = ReadRegion(entry, path);
      } else {
        issues_.AddValue(path, entry, "an object of prices");
      }
    }
  }

  RegionPrices ReadRegion(const Json& entry, const std::string& path) {
    FieldReader fields(entry, path, issues_);
    RegionPrices prices;
    fields.Require("lambda_requests_per_million",
                   absl::StrCat("a price ", kPerMillion.Words()));
    prices.lambda_request_pico =
        Pico(fields.Number("lambda_requests_per_million", kPerMillion),
             kPicoOfPerMillion);
    prices.lambda_gb_s_pico =
        Pico(ReadAssumed(fields, "lambda_gb_second", kArchitectures,
                         table_.architecture, kPerGbSecond),
             kPicoOfUnit);
    prices.api_gateway_request_pico =
        Pico(ReadAssumed(fields, "api_gateway_requests_per_million",
                         kApiGateways, table_.api_gateway, kPerMillion),
             kPicoOfPerMillion);
    fields.RefuseUnknownKeys(kRegionKeys);
    return prices;
  }

  // The price of `assumed` among those of its kinds, which are all read.
  std::optional<double> ReadAssumed(FieldReader& fields, absl::string_view key,
                                    absl::Span<const absl::string_view> kinds,
                                    const std::string& assumed,
                                    const NumberRange& range) {
    const Json* entry =
        ObjectAt(fields, key,
                 absl::StrCat("an object with a price of \"",
                              absl::StrJoin(kinds, "\" or \""), "\""));
    if (entry == nullptr) return std::nullopt;
    FieldReader prices(*entry, fields.PathOf(key), issues_);
    std::optional<double> found;
    for (const absl::string_view kind : kinds) {
      const std::optional<double> price = prices.Number(kind, range);
      if (kind == assumed) found = price;
    }
    if (!assumed.empty()) {
      prices.Require(assumed, absl::StrCat("a price ", range.Words(),
                                           ", as \"assume\" names it"));
    }
    prices.RefuseUnknownKeys(kinds);
    return found;
  }

  void ReadDefaultRegion() {
    constexpr absl::string_view kExpectation = "one of the regions";
    fields_.Require("default_region", kExpectation);
    const std::optional<std::string> region = fields_.String("default_region");
    if (!region) return;
    table_.default_region = *region;
    if (table_.regions.empty() || table_.regions.count(*region) > 0) return;
    fields_.ValueError("default_region",
                       absl::StrCat(kExpectation, " with prices below"));
  }

  WorkloadIssues& issues_;
  FieldReader fields_;
  PriceTable table_;
};

}  // namespace

const RegionPrices& PriceTable::Of(absl::string_view region) const {
  const auto own = regions.find(region);
  return own != regions.end() ? own->second
                              : regions.find(default_region)->second;
}

absl::StatusOr<PriceTable> ParsePrices(absl::string_view text,
                                       const std::string& file) {
  WorkloadIssues issues(file);
  const absl::StatusOr<Json> root = ReadObject(file, text, issues);
  if (!root.ok()) return root.status();
  PriceTable table = TableReader(*root, issues).Read();
  if (issues.has_errors()) return issues.ToStatus();
  return table;
}

absl::StatusOr<PriceTable> LoadPrices(const std::string& path) {
  if (path.empty()) return ParsePrices(BuiltInPrices(), "built-in prices");
  const absl::StatusOr<std::string> text =
      ReadTextFile(path, kMaxJsonFileBytes);
  if (!text.ok()) return absl::InvalidArgumentError(text.status().message());
  return ParsePrices(*text, path);
}

}  // namespace invocator
