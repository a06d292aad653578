#include "worker/exchange/lambda_report.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/strip.h"
#include "common/result/record.h"

namespace invocator {
namespace {

using Json = nlohmann::json;

constexpr size_t kMaxLogBytes = 8192;
constexpr size_t kMaxBase64Bytes = (kMaxLogBytes + 2) / 3 * 4;
constexpr auto kMaxMs = static_cast<double>(kMaxBilledMs);
constexpr auto kMaxMb = static_cast<double>(kMaxMemoryMb);

// The parts of a report as they are found; a report once they are complete.
struct Found {
  std::optional<double> billed_ms, billed_restore_ms, memory_mb, used_mb,
      init_ms, restore_ms;
  bool wrong = false;  // something that is no number where one belongs

  std::optional<LambdaReport> ToReport() const;
};

std::optional<int64_t> Whole(const std::optional<double>& number, double most) {
  // NaN is in no range.
  if (!number || !(*number >= 0 && *number <= most)) return std::nullopt;
  const double whole = std::trunc(*number);
  if (whole != *number) return std::nullopt;
  return static_cast<int64_t>(whole);
}

std::optional<LambdaReport> Found::ToReport() const {
  const auto billed = Whole(billed_ms, kMaxMs);
  const auto restored = Whole(billed_restore_ms.value_or(0), kMaxMs);
  const auto memory = Whole(memory_mb, kMaxMb);
  const auto used = Whole(used_mb, kMaxMb);
  const std::optional<double> init = init_ms ? init_ms : restore_ms;
  if (wrong || !billed || !restored || !memory || *memory == 0 || !used ||
      *billed + *restored > static_cast<int64_t>(kMaxBilledMs) ||
      (init && !(*init >= 0 && *init <= kMaxMs))) {
    return std::nullopt;
  }
  LambdaReport report;
  report.billed_ms = *billed + *restored;
  report.memory_mb = static_cast<uint32_t>(*memory);
  report.memory_used_mb = static_cast<uint32_t>(*used);
  if (init) report.init_us = std::llround(*init * 1e3);
  return report;
}

// "Billed Duration: 16 ms" into its place.
void TakeField(absl::string_view field, Found& found) {
  const std::pair<absl::string_view, std::optional<double>*> fields[] = {
      {"Billed Duration: ", &found.billed_ms},
      {"Billed Restore Duration: ", &found.billed_restore_ms},
      {"Memory Size: ", &found.memory_mb},
      {"Max Memory Used: ", &found.used_mb},
      {"Init Duration: ", &found.init_ms},
      {"Restore Duration: ", &found.restore_ms},
  };
  for (const auto& [name, place] : fields) {
    absl::string_view value = field;
    if (!absl::ConsumePrefix(&value, name)) continue;
    double number = 0;
    if ((!absl::ConsumeSuffix(&value, " ms") &&
         !absl::ConsumeSuffix(&value, " MB")) ||
        !absl::SimpleAtod(value, &number)) {
      found.wrong = true;
    }
    *place = number;
    return;
  }
}

std::optional<LambdaReport> ParseTextLine(absl::string_view line) {
  Found found;
  while (!line.empty()) {
    const size_t end = std::min(line.find('\t'), line.size());
    TakeField(absl::StripAsciiWhitespace(line.substr(0, end)), found);
    line.remove_prefix(std::min(end + 1, line.size()));
  }
  return found.ToReport();
}

std::optional<LambdaReport> ParseJsonLine(absl::string_view line) {
  const Json json = Json::parse(line.begin(), line.end(), /*cb=*/nullptr,
                                /*allow_exceptions=*/false);
  if (!json.is_object()) return std::nullopt;
  const auto type = json.find("type");
  if (type == json.end() || *type != "platform.report") return std::nullopt;
  const auto record = json.find("record");
  if (record == json.end() || !record->is_object()) return std::nullopt;
  const auto metrics = record->find("metrics");
  if (metrics == record->end() || !metrics->is_object()) return std::nullopt;
  Found found;
  const std::pair<const char*, std::optional<double>*> members[] = {
      {"billedDurationMs", &found.billed_ms},
      {"billedRestoreDurationMs", &found.billed_restore_ms},
      {"memorySizeMB", &found.memory_mb},
      {"maxMemoryUsedMB", &found.used_mb},
      {"initDurationMs", &found.init_ms},
      {"restoreDurationMs", &found.restore_ms},
  };
  for (const auto& [name, place] : members) {
    const auto value = metrics->find(name);
    if (value == metrics->end()) continue;
    if (value->is_number()) {
      *place = value->get<double>();
    } else {
      found.wrong = true;
    }
  }
  return found.ToReport();
}

}  // namespace

std::optional<LambdaReport> ParseLambdaReport(absl::string_view log) {
  // From the end: a function's own output comes before.
  while (!log.empty()) {
    const size_t before = log.rfind('\n');
    const absl::string_view line = absl::StripAsciiWhitespace(
        before == absl::string_view::npos ? log : log.substr(before + 1));
    log = log.substr(0, before == absl::string_view::npos ? 0 : before);
    if (absl::StartsWith(line, "REPORT RequestId: ")) {
      return ParseTextLine(line);
    }
    if (absl::StartsWith(line, "{") &&
        absl::StrContains(line, "platform.report")) {
      return ParseJsonLine(line);
    }
  }
  return std::nullopt;
}

std::optional<LambdaReport> ParseLogResult(absl::string_view base64) {
  std::string log;
  if (base64.size() > kMaxBase64Bytes || !absl::Base64Unescape(base64, &log)) {
    return std::nullopt;
  }
  return ParseLambdaReport(log);
}

}  // namespace invocator
