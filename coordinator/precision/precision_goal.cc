#include "coordinator/precision/precision_goal.h"

#include <cstdint>
#include <optional>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "common/words/decimal.h"

namespace invocator {
namespace {

constexpr absl::string_view kWithin = "within";
constexpr size_t kDecimals = 6;
constexpr int64_t kMost = 100'000'000;  // 100%

// The first word of `text`, which begins with none but blanks before it.
absl::string_view FirstWord(absl::string_view text) {
  return text.substr(0, text.find_first_of(" \t"));
}

absl::Status CheckSubject(absl::string_view text, const Threshold& subject) {
  const absl::string_view metric = absl::StripLeadingAsciiWhitespace(text);
  if (subject.metric.kind != MetricKind::kLatency ||
      !subject.metric.IsKnownBySecond()) {
    return ExpectedInCheck(text, metric,
                           "lateness, service, response or first_byte, whose "
                           "precision is known",
                           subject.metric.name);
  }
  const bool has_interval =
      subject.aggregate == Aggregate::kMean ||
      (subject.aggregate == Aggregate::kPercentile && subject.Ratio() < 1);
  if (has_interval) return absl::OkStatus();
  const absl::string_view aggregate = absl::StripLeadingAsciiWhitespace(
      metric.substr(subject.metric.name.size()));
  return ExpectedInCheck(
      text, aggregate,
      "mean or a percentile below p100, whose precision is known",
      FirstWord(aggregate));
}

// `rest`: the part of `text` from the number on.
absl::StatusOr<double> ReadPercent(absl::string_view text,
                                   absl::string_view rest) {
  const size_t length = rest.find_first_not_of("0123456789.");
  const absl::string_view digits = rest.substr(0, length);
  if (!IsDecimal(digits)) {
    return ExpectedInCheck(text, rest, "a number such as 5 or 0.5", rest);
  }
  const absl::string_view unit =
      absl::StripAsciiWhitespace(rest.substr(digits.size()));
  if (unit != "%") return ExpectedInCheck(text, unit, "% at the end", unit);
  const std::optional<int64_t> scaled = ScaledDecimal(digits, kDecimals);
  double percent = 0;
  if (DecimalsOf(digits) > kDecimals || !scaled || *scaled == 0 ||
      *scaled > kMost || !absl::SimpleAtod(digits, &percent)) {
    return ExpectedInCheck(
        text, digits, "more than 0 and at most 100, with at most 6 decimals",
        digits);
  }
  return percent;
}

}  // namespace

absl::StatusOr<PrecisionGoal> ParsePrecisionGoal(absl::string_view text,
                                                 NearestWordFinder nearest) {
  const absl::StatusOr<ParsedSubject> subject =
      ParseFirstSubject(text, nearest);
  if (!subject.ok()) return subject.status();
  absl::Status status = CheckSubject(text, subject->threshold);
  if (!status.ok()) return status;
  const absl::string_view rest = text.substr(subject->length);
  const absl::string_view word = FirstWord(rest);
  if (word != kWithin) {
    return ExpectedInCheck(text, rest,
                           absl::StrCat("\"", kWithin, "\" after ",
                                        SubjectText(subject->threshold)),
                           word);
  }
  const absl::StatusOr<double> percent = ReadPercent(
      text, absl::StripLeadingAsciiWhitespace(rest.substr(word.size())));
  if (!percent.ok()) return percent.status();
  return PrecisionGoal{subject->threshold, *percent};
}

absl::StatusOr<std::vector<PrecisionGoal>> ParsePrecisionGoals(
    const std::vector<std::string>& texts, NearestWordFinder nearest) {
  if (texts.size() > kMaxPrecisionGoals) {
    return absl::InvalidArgumentError(
        absl::StrCat("--until: expected at most ", kMaxPrecisionGoals,
                     " goals, found ", texts.size()));
  }
  std::vector<PrecisionGoal> goals;
  std::vector<std::string> errors;
  for (const std::string& text : texts) {
    const absl::StatusOr<PrecisionGoal> goal =
        ParsePrecisionGoal(text, nearest);
    if (goal.ok()) {
      goals.push_back(*goal);
    } else {
      errors.push_back(absl::StrCat("--until ", goal.status().message()));
    }
  }
  if (errors.empty()) return goals;
  return absl::InvalidArgumentError(absl::StrJoin(errors, "\n"));
}

std::string GoalText(const PrecisionGoal& goal) {
  return absl::StrCat(SubjectText(goal.subject), " ", kWithin, " ",
                      DecimalText(goal.percent), "%");
}

}  // namespace invocator
