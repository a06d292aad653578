#include "coordinator/shapes/timestamp_text.h"

#include <algorithm>
#include <limits>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/strip.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "common/words/decimal.h"

namespace invocator {
namespace {

constexpr int64_t kNsPerS = 1'000'000'000;
constexpr int64_t kMostNs = std::numeric_limits<int64_t>::max();

// Takes decimal digits from the front of `text`.
absl::string_view TakeDigits(absl::string_view& text) {
  size_t size = 0;
  while (size < text.size() &&
         absl::ascii_isdigit(static_cast<unsigned char>(text[size]))) {
    ++size;
  }
  const absl::string_view digits = text.substr(0, size);
  text.remove_prefix(size);
  return digits;
}

// digits * 10^exponent, rounded; nullopt beyond 64 bits.
std::optional<int64_t> RoundDecimal(absl::string_view digits,
                                    int64_t exponent) {
  while (!digits.empty() && digits.front() == '0') digits.remove_prefix(1);
  if (digits.empty()) return 0;
  // Number of digits before the point.
  const int64_t whole = static_cast<int64_t>(digits.size()) + exponent;
  constexpr int64_t kMostDigits = 19;
  if (whole > kMostDigits) return std::nullopt;
  if (whole < 0) return 0;
  uint64_t value = 0;
  for (int64_t i = 0; i < whole; ++i) {
    const auto at = static_cast<size_t>(i);
    value = value * 10 +
            (at < digits.size() ? static_cast<uint64_t>(digits[at] - '0') : 0);
  }
  const auto next = static_cast<size_t>(whole);
  if (next < digits.size() && digits[next] >= '5') ++value;
  if (value > static_cast<uint64_t>(kMostNs)) return std::nullopt;
  return static_cast<int64_t>(value);
}

std::optional<int64_t> ParseNumber(absl::string_view text, int64_t power) {
  const bool negative = absl::ConsumePrefix(&text, "-");
  if (!negative) absl::ConsumePrefix(&text, "+");
  const absl::string_view whole = TakeDigits(text);
  absl::string_view fraction;
  if (absl::ConsumePrefix(&text, ".")) fraction = TakeDigits(text);
  if (whole.empty() && fraction.empty()) return std::nullopt;
  int64_t exponent = 0;
  if (absl::ConsumePrefix(&text, "e") || absl::ConsumePrefix(&text, "E")) {
    const bool below = absl::ConsumePrefix(&text, "-");
    if (!below) absl::ConsumePrefix(&text, "+");
    const absl::string_view digits = TakeDigits(text);
    // With more than four digits, no number of a realistic length is in range.
    if (digits.empty() || digits.size() > 4 ||
        !absl::SimpleAtoi(digits, &exponent)) {
      return std::nullopt;
    }
    if (below) exponent = -exponent;
  }
  if (!text.empty()) return std::nullopt;
  const std::string digits = std::string(whole) + std::string(fraction);
  const auto value = RoundDecimal(
      digits, power + exponent - static_cast<int64_t>(fraction.size()));
  if (!value) return std::nullopt;
  return negative ? -*value : *value;
}

// Takes exactly `count` digits.
std::optional<int> TakeNumber(absl::string_view& text, size_t count) {
  const absl::string_view digits = text.substr(0, count);
  int value = 0;
  if (digits.size() != count ||
      !std::all_of(digits.begin(), digits.end(), absl::ascii_isdigit) ||
      !absl::SimpleAtoi(digits, &value)) {
    return std::nullopt;
  }
  text.remove_prefix(count);
  return value;
}

// Seconds east of UTC; nullopt for text that is no zone.
std::optional<int64_t> ParseZone(absl::string_view text) {
  if (text.empty() || text == "Z" || text == "z") return 0;
  const bool west = absl::ConsumePrefix(&text, "-");
  if (!west && !absl::ConsumePrefix(&text, "+")) return std::nullopt;
  const std::optional<int> hours = TakeNumber(text, 2);
  absl::ConsumePrefix(&text, ":");
  const std::optional<int> minutes =
      text.empty() ? std::optional<int>(0) : TakeNumber(text, 2);
  if (!hours || !minutes || !text.empty() || *hours > 23 || *minutes > 59) {
    return std::nullopt;
  }
  const int64_t seconds = *hours * 3600 + *minutes * 60;
  return west ? -seconds : seconds;
}

std::optional<int64_t> ParseIso8601(absl::string_view text) {
  int parts[6];
  constexpr size_t kDigits[] = {4, 2, 2, 2, 2, 2};
  constexpr absl::string_view kAfter[] = {"-", "-", "T", ":", ":", ""};
  for (size_t i = 0; i < 6; ++i) {
    const std::optional<int> part = TakeNumber(text, kDigits[i]);
    if (!part) return std::nullopt;
    parts[i] = *part;
    if (!absl::ConsumePrefix(&text, kAfter[i]) &&
        !(i == 2 && absl::ConsumePrefix(&text, " "))) {
      return std::nullopt;
    }
  }
  const absl::CivilSecond time(parts[0], parts[1], parts[2], parts[3], parts[4],
                               parts[5]);
  // Days and hours that do not exist come out as others.
  if (time.month() != parts[1] || time.day() != parts[2] ||
      time.hour() != parts[3] || time.minute() != parts[4] ||
      time.second() != parts[5]) {
    return std::nullopt;
  }
  absl::string_view fraction;
  if (absl::ConsumePrefix(&text, ".")) {
    fraction = TakeDigits(text);
    if (fraction.empty()) return std::nullopt;
  }
  const std::optional<int64_t> zone_s = ParseZone(text);
  if (!zone_s) return std::nullopt;
  const int64_t unix_s =
      absl::ToUnixSeconds(absl::FromCivil(time, absl::UTCTimeZone())) - *zone_s;
  const std::optional<int64_t> ns =
      RoundDecimal(fraction, 9 - static_cast<int64_t>(fraction.size()));
  if (!ns || unix_s > kMostNs / kNsPerS - 1 || unix_s < -kMostNs / kNsPerS) {
    return std::nullopt;
  }
  return unix_s * kNsPerS + *ns;
}

}  // namespace

std::optional<int64_t> ParseTimestamp(absl::string_view text, TimeUnit unit) {
  constexpr int64_t kPowers[] = {9, 6, 3, 0};
  if (unit == TimeUnit::kIso8601) return ParseIso8601(text);
  return ParseNumber(text, kPowers[static_cast<size_t>(unit)]);
}

SpeedRatio RatioOf(double speed) {
  const std::string text = DecimalText(speed);
  SpeedRatio ratio;
  ratio.decimals = DecimalsOf(text);
  ratio.digits = 0;
  for (const char c : text) {
    if (c != '.')
      ratio.digits = ratio.digits * 10 + static_cast<uint64_t>(c - '0');
  }
  return ratio;
}

std::optional<int64_t> AtSpeed(uint64_t elapsed_ns, const SpeedRatio& speed,
                               int64_t until_ns) {
  __extension__ using Wide = unsigned __int128;
  Wide power = 1;
  for (size_t i = 0; i < speed.decimals; ++i) power *= 10;
  const auto digits = static_cast<Wide>(speed.digits);
  // Refuses instants at or after the end before multiplying: the products of
  // the others are below 2^56 * digits, that is 2^113.
  if (Wide{elapsed_ns} > static_cast<Wide>(until_ns) * digits / power + 1) {
    return std::nullopt;
  }
  const Wide rounded = (2 * (Wide{elapsed_ns} * power) + digits) / (2 * digits);
  if (rounded >= static_cast<Wide>(until_ns)) return std::nullopt;
  return static_cast<int64_t>(rounded);
}

}  // namespace invocator
