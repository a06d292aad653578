#include "gateway/slowdown.h"

#include <algorithm>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/aws/function_name.h"

namespace invocator {
namespace {

constexpr double kMinPercent = -99;
constexpr double kMaxPercent = 10'000;

absl::Status BadSlowdown(absl::string_view text) {
  return absl::InvalidArgumentError(absl::StrCat(
      "'", text, "': expected version=3% or function:version=3%, from ",
      kMinPercent, "% (faster) to ", kMaxPercent, "%"));
}

absl::StatusOr<Slowdown> ParseSlowdown(absl::string_view text) {
  const size_t equals = std::min(text.rfind('='), text.size());
  absl::string_view amount = text.substr(std::min(equals + 1, text.size()));
  double percent = 0;
  if (!absl::ConsumeSuffix(&amount, "%") ||
      !absl::SimpleAtod(amount, &percent) ||
      !(percent >= kMinPercent && percent <= kMaxPercent)) {
    return BadSlowdown(text);
  }
  const absl::string_view version = text.substr(0, equals);
  const bool of_one = version.find(':') != version.npos;
  // Through the same door as a call's qualifier.
  const absl::StatusOr<FunctionName> parsed = ParseFunctionName(
      of_one ? std::string(version) : absl::StrCat("any:", version));
  if (!parsed.ok() || parsed->qualifier.empty()) return BadSlowdown(text);
  return Slowdown{of_one ? parsed->name : "", parsed->qualifier,
                  1 + percent / 100};
}

}  // namespace

absl::StatusOr<std::vector<Slowdown>> ParseSlowdowns(
    const std::vector<std::string>& texts) {
  std::vector<Slowdown> slowdowns;
  for (const std::string& text : texts) {
    absl::StatusOr<Slowdown> slowdown = ParseSlowdown(text);
    if (!slowdown.ok()) return slowdown.status();
    const bool known = std::any_of(
        slowdowns.begin(), slowdowns.end(), [&](const Slowdown& earlier) {
          return earlier.function == slowdown->function &&
                 earlier.version == slowdown->version;
        });
    if (known) {
      return absl::InvalidArgumentError(
          absl::StrCat("'", text, "': this version has been named before"));
    }
    slowdowns.push_back(*std::move(slowdown));
  }
  return slowdowns;
}

double SlowdownFactor(const std::vector<Slowdown>& slowdowns,
                      absl::string_view function, absl::string_view version) {
  double factor = 1;
  for (const Slowdown& slowdown : slowdowns) {
    if (slowdown.version != version) continue;
    if (slowdown.function == function) return slowdown.factor;
    if (slowdown.function.empty()) factor = slowdown.factor;
  }
  return factor;
}

}  // namespace invocator
