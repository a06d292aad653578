#include "coordinator/books/threshold.h"

#include <cstddef>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "common/words/decimal.h"
#include "common/words/foreign_text.h"

namespace invocator {
namespace {

constexpr absl::string_view kComparisons[] = {"<", "<=", ">", ">="};

absl::string_view AggregateName(Aggregate aggregate) {
  constexpr absl::string_view kNames[] = {"", "min", "mean", "max", "p"};
  return kNames[static_cast<size_t>(aggregate)];
}

struct Unit {
  absl::string_view name;
  double ns;
  size_t decimals;  // down to whole nanoseconds
};
constexpr Unit kUnits[] = {
    {"s", 1e9, 9}, {"ms", 1e6, 6}, {"us", 1e3, 3}, {"ns", 1, 0}};
// Values up to `most` / 10^decimals.
struct Range {
  size_t decimals;
  int64_t most;
  absl::string_view most_words;
  absl::string_view fineness;
};
constexpr Range kCounts = {0, 1'000'000'000'000'000, "1000000000000000",
                           "a whole number"};
constexpr Range kPercents = {6, 100'000'000, "100%", "at most 6 decimals"};
constexpr Range kNumbers = {9, 1'000'000'000'000'000'000, "1000000000",
                            "at most 9 decimals"};

constexpr Range Latencies(const Unit& unit) {
  return {unit.decimals, Histogram::kMaxNs,
          "3600s, the longest measured latency", "whole nanoseconds"};
}

std::vector<Metric> MakeMetrics() {
#define INVOCATOR_LATENCY(name) {#name, MetricKind::kLatency, &Totals::name}
  std::vector<Metric> metrics = {
      INVOCATOR_LATENCY(lateness),
      INVOCATOR_LATENCY(service),
      INVOCATOR_LATENCY(response),
      INVOCATOR_LATENCY(first_byte),
      INVOCATOR_LATENCY(cold_service),
      INVOCATOR_LATENCY(cold_response),
      INVOCATOR_LATENCY(warm_service),
      INVOCATOR_LATENCY(warm_response),
      INVOCATOR_LATENCY(init),
      INVOCATOR_LATENCY(blocked),
      {"sent", MetricKind::kSent},
      {"failed", MetricKind::kFailed},
      {"dropped", MetricKind::kDropped},
      {"unsent", MetricKind::kUnsent},
      {"cold", MetricKind::kCold},
      {"sent_rate", MetricKind::kSentRate},
      {"ok_rate", MetricKind::kOkRate},
      {"cost", MetricKind::kCost},
      {"max_in_flight", MetricKind::kMaxInFlight},
  };
#undef INVOCATOR_LATENCY
  for (size_t i = 0; i < kOutcomes; ++i) {
    const auto outcome = static_cast<Outcome>(i);
    metrics.push_back(
        {OutcomeName(outcome), MetricKind::kOutcome, nullptr, outcome});
  }
  return metrics;
}

bool IsBlank(char c) { return c == ' ' || c == '\t'; }
bool IsComparisonCharacter(char c) {
  return c == '<' || c == '>' || c == '=' || c == '!';
}
bool IsSign(char c) { return c == '+' || c == '-'; }
bool IsNumberCharacter(char c) {
  return absl::ascii_isdigit(static_cast<unsigned char>(c)) || c == '.';
}

std::string Shortened(absl::string_view text) {
  constexpr size_t kMostBytes = 40;
  return CleanLine(text, kMostBytes);
}
std::string Quoted(absl::string_view text) {
  return text.empty() ? "the end" : absl::StrCat("\"", Shortened(text), "\"");
}

class CheckParser {
 public:
  CheckParser(absl::string_view text, NearestWordFinder nearest)
      : text_(text), nearest_(nearest) {}

  absl::StatusOr<Threshold> Parse() {
    for (auto step : {&CheckParser::ReadMetric, &CheckParser::ReadAggregate,
                      &CheckParser::ReadComparison, &CheckParser::ReadLimit}) {
      SkipBlanks();
      if (absl::Status status = (this->*step)(); !status.ok()) return status;
    }
    return threshold_;
  }

  absl::StatusOr<ParsedSubject> ParseFirstSubject() {
    SkipBlanks();
    absl::Status status = ReadMetric();
    SkipBlanks();
    if (status.ok() && threshold_.metric.kind == MetricKind::kLatency) {
      status = ReadAggregate();
      SkipBlanks();
    }
    if (!status.ok()) return status;
    return ParsedSubject{threshold_, at_};
  }

  absl::StatusOr<ParsedSubject> ParseSubjectAlone() {
    ends_at_sign_ = true;
    auto subject = ParseFirstSubject();
    if (!subject.ok()) return subject;
    if (!Rest().empty() && !IsSign(Rest().front())) {
      return Expected(Rest(),
                      absl::StrCat("+ or - after ", SubjectText(threshold_)),
                      Rest());
    }
    return subject;
  }

 private:
  absl::string_view Rest() const { return text_.substr(at_); }

  void SkipBlanks() {
    while (at_ < text_.size() && IsBlank(text_[at_])) ++at_;
  }
  template <typename Belongs>
  absl::string_view Take(Belongs belongs) {
    const size_t begin = at_;
    while (at_ < text_.size() && belongs(text_[at_])) ++at_;
    return text_.substr(begin, at_ - begin);
  }
  absl::string_view TakeWord() {
    return Take([this](char c) {
      return !IsBlank(c) && !IsComparisonCharacter(c) &&
             !(ends_at_sign_ && IsSign(c));
    });
  }

  // `place`: the wrong part, or the empty place of a missing one, in text_.
  absl::Status Error(absl::string_view place, absl::string_view what) const {
    return CheckError(text_, place, what);
  }
  absl::Status Expected(absl::string_view place, absl::string_view what,
                        absl::string_view found) const {
    return ExpectedInCheck(text_, place, what, found);
  }

  absl::Status ReadMetric() {
    const absl::string_view word = TakeWord();
    std::vector<absl::string_view> names;
    for (const Metric& metric : Metrics()) {
      threshold_.metric = metric;
      if (metric.name == word) return absl::OkStatus();
      names.push_back(metric.name);
    }
    if (const auto known = nearest_(word, absl::MakeSpan(names))) {
      return Error(word, absl::StrCat("unknown metric ", Quoted(word),
                                      ", did you mean \"", *known, "\"?"));
    }
    return Expected(word, absl::StrCat("one of: ", absl::StrJoin(names, ", ")),
                    word);
  }

  absl::Status ReadAggregate() {
    const absl::string_view word = TakeWord();
    const Metric& metric = threshold_.metric;
    if (metric.kind != MetricKind::kLatency) {
      if (word.empty()) return absl::OkStatus();
      return Expected(word,
                      absl::StrCat("<, <=, > or >= after ", metric.name,
                                   ", which is not a latency"),
                      word);
    }
    for (Aggregate named :
         {Aggregate::kMin, Aggregate::kMean, Aggregate::kMax}) {
      threshold_.aggregate = named;
      if (word == AggregateName(named)) return absl::OkStatus();
    }
    absl::string_view percent = word;
    if (!absl::ConsumePrefix(&percent, "p") || !IsDecimal(percent)) {
      return Expected(word,
                      absl::StrCat("min, mean, max or a percentile such as p99 "
                                   "after ",
                                   metric.name),
                      word.empty() ? Rest() : word);
    }
    const auto millionths = ScaledDecimal(percent, 6);
    if (!millionths || *millionths == 0 || *millionths > 100'000'000) {
      return Expected(word,
                      "a percentile above p0 and up to p100, with at most 6 "
                      "decimals",
                      word);
    }
    threshold_.aggregate = Aggregate::kPercentile;
    threshold_.percentile_millionths = static_cast<uint32_t>(*millionths);
    return absl::OkStatus();
  }

  absl::Status ReadComparison() {
    const absl::string_view rest = Rest();
    const absl::string_view word = Take(IsComparisonCharacter);
    for (size_t i = 0; i < std::size(kComparisons); ++i) {
      threshold_.comparison = static_cast<Comparison>(i);
      if (kComparisons[i] == word) return absl::OkStatus();
    }
    return Expected(rest, "<, <=, > or >=", word.empty() ? rest : word);
  }

  absl::Status ReadLimit() {
    const absl::string_view rest = Rest();
    const absl::string_view digits = Take(IsNumberCharacter);
    if (!IsDecimal(digits)) {
      return Expected(rest, "a number such as 300 or 0.5", rest);
    }
    SkipBlanks();
    const absl::string_view unit = absl::StripTrailingAsciiWhitespace(Rest());
    const Metric& metric = threshold_.metric;
    if (metric.kind == MetricKind::kLatency) return ReadLatency(digits, unit);
    threshold_.is_share = metric.IsCount() && unit == "%";
    if (threshold_.is_share) return SetLimit(digits, kPercents);
    if (!unit.empty()) {
      return Expected(unit,
                      absl::StrCat(metric.IsCount() ? "% or " : "",
                                   "nothing after ", Shortened(digits)),
                      unit);
    }
    const bool is_whole =
        metric.IsCount() || metric.kind == MetricKind::kMaxInFlight;
    return SetLimit(digits, is_whole ? kCounts : kNumbers);
  }

  absl::Status ReadLatency(absl::string_view digits, absl::string_view word) {
    for (const Unit& unit : kUnits) {
      if (unit.name == word) return SetLimit(digits, Latencies(unit));
    }
    return Expected(
        word,
        absl::StrCat("a unit (ns, us, ms or s) after ", Shortened(digits)),
        word);
  }

  absl::Status SetLimit(absl::string_view digits, const Range& range) {
    if (DecimalsOf(digits) > range.decimals) {
      return Expected(digits, range.fineness, digits);
    }
    const std::optional<int64_t> scaled = ScaledDecimal(digits, range.decimals);
    if (!scaled || *scaled > range.most) {
      return Expected(digits, absl::StrCat("at most ", range.most_words),
                      digits);
    }
    threshold_.limit = static_cast<double>(*scaled);
    // Latencies stay whole nanoseconds; other limits are the double nearest to
    // the decimal number.
    if (threshold_.metric.kind != MetricKind::kLatency &&
        !absl::SimpleAtod(digits, &threshold_.limit)) {
      return Expected(digits, "a number", digits);
    }
    return absl::OkStatus();
  }

  absl::string_view text_;
  NearestWordFinder nearest_;
  bool ends_at_sign_ = false;
  size_t at_ = 0;
  Threshold threshold_;
};

// In the largest unit that gives at least 1.
std::string LatencyText(double limit_ns) {
  for (const Unit& unit : kUnits) {
    if (limit_ns >= unit.ns) {
      return absl::StrCat(DecimalText(limit_ns / unit.ns), unit.name);
    }
  }
  return "0s";
}

}  // namespace

bool Metric::IsKnownBySecond() const {
  switch (kind) {
    case MetricKind::kLatency:
      return latency == &Totals::lateness || latency == &Totals::service ||
             latency == &Totals::response || latency == &Totals::first_byte;
    case MetricKind::kOutcome:
      return outcome != Outcome::kLost;
    case MetricKind::kSent:
    case MetricKind::kSentRate:
    case MetricKind::kUnsent:
    case MetricKind::kCost:
      return false;
    default:
      return true;
  }
}

absl::Span<const Metric> Metrics() {
  static const std::vector<Metric> metrics = MakeMetrics();
  return metrics;
}

absl::StatusOr<Threshold> ParseThreshold(absl::string_view text,
                                         NearestWordFinder nearest) {
  return CheckParser(text, nearest).Parse();
}

absl::StatusOr<ParsedSubject> ParseSubject(absl::string_view text,
                                           NearestWordFinder nearest) {
  return CheckParser(text, nearest).ParseSubjectAlone();
}

absl::StatusOr<ParsedSubject> ParseFirstSubject(absl::string_view text,
                                                NearestWordFinder nearest) {
  return CheckParser(text, nearest).ParseFirstSubject();
}

absl::Status CheckError(absl::string_view text, absl::string_view place,
                        absl::string_view what) {
  constexpr size_t kMostBytes = 80;
  size_t character = 1;
  for (const char* c = text.data(); c != place.data(); ++c) {
    if ((static_cast<unsigned char>(*c) & 0xC0) != 0x80) ++character;
  }
  return absl::InvalidArgumentError(
      absl::StrCat("\"", CleanLine(text, kMostBytes), "\", character ",
                   character, ": ", what));
}

absl::Status ExpectedInCheck(absl::string_view text, absl::string_view place,
                             absl::string_view what, absl::string_view found) {
  return CheckError(text, place,
                    absl::StrCat("expected ", what, ", found ", Quoted(found)));
}

std::string SubjectText(const Threshold& threshold) {
  std::string text(threshold.metric.name);
  if (threshold.aggregate == Aggregate::kNone) return text;
  absl::StrAppend(&text, " ", AggregateName(threshold.aggregate));
  if (threshold.aggregate == Aggregate::kPercentile) {
    absl::StrAppend(&text, DecimalText(threshold.percentile_millionths / 1e6));
  }
  return text;
}

std::string LimitText(const Threshold& threshold) {
  return absl::StrCat(kComparisons[static_cast<size_t>(threshold.comparison)],
                      " ",
                      threshold.metric.kind == MetricKind::kLatency
                          ? LatencyText(threshold.limit)
                          : DecimalText(threshold.limit),
                      threshold.is_share ? "%" : "");
}

std::string CheckText(const Threshold& threshold) {
  return absl::StrCat(SubjectText(threshold), " ", LimitText(threshold));
}

}  // namespace invocator
