#include "coordinator/report/markdown_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "tests/support/reports.h"
#include "tests/support/thresholds.h"

namespace invocator {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

ThresholdResult Judged(absl::string_view check, const Totals& totals,
                       const std::string& instance = "") {
  ThresholdResult result = Judge(ParsedThreshold(check), {totals});
  result.instance = instance;
  return result;
}

TEST(MarkdownReport, ReadsLikeThis) {
  RunReport report = SampleReport();
  report.book_errors = {"alpha: sent 3"};
  EXPECT_EQ(
      MarkdownReport(report, {Judged("response p99 < 300ms", report.total),
                              Judged("ok >= 99.9%", report.total, "alpha")}),
      R"(### `sample`: schedule marginal, thresholds 1 of 2 met

90 of 100 calls succeeded in 12.5 s.

- `one thing`
- `another`
- books: `alpha: sent 3`

| threshold | of | state | measured |
| --- | --- | --- | --- |
| `ok >= 99.9%` | `alpha` | **missed** | 90.00 % (90 of 100) |
| `response p99 < 300ms` | run | met | 20.1 ms (100 calls, too few: 95 % confidence needs 368) |

| | calls | mean | p50 | p90 | p99 | p99.9 | max |
| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
| lateness | 100 | 100 us | 100 us | 100 us | 100 us | 100 us | 100 us |
| service | 100 | 18.5 ms | 20.0 ms | 20.0 ms | 20.0 ms | 20.0 ms | 20.0 ms |
| first byte | 100 | 17.5 ms | 19.0 ms | 19.0 ms | 19.0 ms | 19.0 ms | 19.0 ms |
| response | 100 | 18.6 ms | 20.1 ms | 20.1 ms | 20.1 ms | 20.1 ms | 20.1 ms |
)");
}

TEST(MarkdownReport, WithoutThresholdsHasNoTableOfThem) {
  const std::string text = MarkdownReport(SampleReport(), {});
  EXPECT_THAT(text, HasSubstr("### `sample`: schedule marginal\n"));
  EXPECT_THAT(text, Not(HasSubstr("threshold")));
}

TEST(MarkdownReport, AStoppedRunSaysWhy) {
  RunReport report = SampleReport();
  report.stopped = "all were refused";
  report.interrupted = true;
  const std::string text = MarkdownReport(report, {});
  EXPECT_THAT(text, HasSubstr("- stopped: `all were refused`\n"));
  EXPECT_THAT(text, HasSubstr("in 12.5 s, interrupted.\n"));
}

TEST(CodeSpan, HasNothingThatEndsItOrItsCell) {
  EXPECT_EQ(CodeSpan("a`b``|c\\"), "`a'b''\u00A6c\\`");
  EXPECT_EQ(CodeSpan("a\nb\r\n\x1B"), "`a b  \xEF\xBF\xBD`");
  EXPECT_EQ(CodeSpan("<script>[x](http://h) @all #1"),
            "`<script>[x](http://h) @all #1`");
  EXPECT_EQ(CodeSpan(""), "` `");
  EXPECT_LT(CodeSpan(std::string(100'000, 'x')).size(), 400u);
}

// Splits at backquotes: only our own text may be outside of code spans.
TEST(MarkdownReport, HostileNamesStandInCodeSpansOnly) {
  const std::string hostile =
      "`|\n\n<img src=x>[x](http://evil.example)\\|@all **b** ``` | ~~~";
  RunReport report = SampleReport();
  const auto rows_of = [](const std::string& text) {
    return std::count(text.begin(), text.end(), '|');
  };
  const auto rendered = [&](const std::string& name) {
    report.test_name = name;
    report.verdict.reasons = {name};
    report.book_errors = {name};
    report.stopped = name;
    return MarkdownReport(report, {Judged("ok > 1", report.total, name)});
  };
  const std::string text = rendered(hostile);
  EXPECT_EQ(rows_of(text), rows_of(rendered("plain")));
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    const std::vector<std::string> parts = absl::StrSplit(line, '`');
    EXPECT_EQ(parts.size() % 2, 1u) << line;
    for (size_t i = 0; i < parts.size(); i += 2) {
      for (const char* foreign : {"<", "[", "evil", "@", "\\", "~"}) {
        EXPECT_THAT(parts[i], Not(HasSubstr(foreign)));
      }
    }
  }
}

TEST(MarkdownReport, LongListsAreCut) {
  RunReport report = SampleReport();
  report.book_errors.assign(100'000, std::string(1'000, 'x'));
  report.verdict.reasons.assign(100'000, std::string(1'000, 'y'));
  const std::vector<ThresholdResult> results(
      100'000, Judged("ok > 1000", report.total, std::string(256, 'n')));
  const std::string text = MarkdownReport(report, results);
  EXPECT_LT(text.size(), size_t{1} << 20);
  EXPECT_THAT(text, HasSubstr("- books: and 99980 more, see summary.json\n"));
  EXPECT_THAT(text,
              HasSubstr("\nand 99800 thresholds more, see summary.json\n"));
}

}  // namespace
}  // namespace invocator
