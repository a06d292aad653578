#include "coordinator/report/junit.h"

#include <cstddef>
#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/time/time.h"
#include "common/words/foreign_text.h"
#include "coordinator/report/shown_interval.h"
#include "coordinator/report/threshold_text.h"

namespace invocator {
namespace {

enum class CaseState { kPassed, kFailure, kError, kSkipped };

struct TestCase {
  std::string class_name;
  std::string name;
  CaseState state = CaseState::kPassed;
  std::string type;
  std::string message;  // if passed: output
};

std::string Escaped(absl::string_view text) {
  return absl::StrReplaceAll(CleanLine(text), {{"&", "&amp;"},
                                               {"<", "&lt;"},
                                               {">", "&gt;"},
                                               {"\"", "&quot;"},
                                               {"'", "&apos;"}});
}

std::string ClassName(const RunReport& report, absl::string_view scope) {
  return CleanLine(absl::StrCat(report.test_name, report.variant, ".", scope));
}

TestCase ScheduleCase(const RunReport& report, bool require_kept) {
  const Verdict& verdict = report.verdict;
  const bool is_kept =
      verdict.state == VerdictState::kKept ||
      (verdict.state == VerdictState::kMarginal && !require_kept);
  return {ClassName(report, "total"), "schedule kept",
          is_kept ? CaseState::kPassed : CaseState::kFailure, "schedule",
          absl::StrCat("schedule ", VerdictName(verdict.state), ": ",
                       absl::StrJoin(verdict.reasons, "; "))};
}

TestCase BooksCase(const RunReport& report) {
  return {ClassName(report, "total"), "books balance",
          report.book_errors.empty() ? CaseState::kPassed : CaseState::kFailure,
          "books", absl::StrJoin(report.book_errors, "; ")};
}

TestCase EndingCase(const RunReport& report) {
  std::vector<std::string> reasons = report.losses;
  if (report.interrupted) reasons.push_back("interrupted");
  if (!report.stopped.empty()) reasons.push_back(report.stopped);
  return {ClassName(report, "total"), "run carried out",
          reasons.empty() ? CaseState::kPassed : CaseState::kFailure, "ending",
          absl::StrJoin(reasons, "; ")};
}

CaseState StateOf(const ThresholdResult& result) {
  switch (result.state) {
    case ThresholdState::kMet:
      return CaseState::kPassed;
    case ThresholdState::kMissed:
      return CaseState::kFailure;
    case ThresholdState::kNoData:
      break;
  }
  return result.fails() ? CaseState::kError : CaseState::kSkipped;
}

TestCase ThresholdCase(const RunReport& report, const ThresholdResult& result) {
  const CaseState state = StateOf(result);
  std::string message =
      absl::StrCat(SubjectText(result.threshold), ": ", MeasuredText(result));
  if (state != CaseState::kPassed) {
    absl::StrAppend(&message, ", expected ", LimitText(result.threshold));
  }
  return {
      ClassName(report, result.instance.empty() ? "total" : result.instance),
      CheckText(result.threshold), state, "threshold", std::move(message)};
}

TestCase VersionCase(const RunReport& report, const VersionCheck& check) {
  return {ClassName(report, check.instance),
          absl::StrCat("fail-if ", ChangeLimitText(check.limit.limit)),
          check.is_beyond ? CaseState::kFailure : CaseState::kPassed, "fail-if",
          check.change ? std::string(absl::StripAsciiWhitespace(
                             VersionChangeLine(*check.change)))
                       : "not known by bin"};
}

// Makes the names of cases unique within their class: "ok > 1 (2)".
void NumberEqualNames(std::vector<TestCase>& cases) {
  std::set<std::pair<std::string, std::string>> taken;
  for (TestCase& one : cases) {
    const std::string name = one.name;
    for (int n = 2; !taken.emplace(one.class_name, one.name).second; ++n) {
      one.name = absl::StrCat(name, " (", n, ")");
    }
  }
}

std::string CaseXml(const TestCase& one, absl::string_view time) {
  std::string xml = absl::StrFormat(
      "    <testcase classname=\"%s\" name=\"%s\" time=\"%s\">\n",
      Escaped(one.class_name), Escaped(one.name), time);
  const std::string message = Escaped(one.message);
  switch (one.state) {
    case CaseState::kPassed:
      if (!message.empty()) {
        absl::StrAppend(&xml, "      <system-out>", message, "</system-out>\n");
      }
      break;
    case CaseState::kSkipped:
      absl::StrAppend(&xml, "      <skipped message=\"", message, "\"/>\n");
      break;
    case CaseState::kFailure:
    case CaseState::kError: {
      const absl::string_view element =
          one.state == CaseState::kFailure ? "failure" : "error";
      absl::StrAppend(&xml, "      <", element, " type=\"", one.type,
                      "\" message=\"", message, "\">", message, "</", element,
                      ">\n");
      break;
    }
  }
  return xml + "    </testcase>\n";
}

std::string Properties(const RunReport& report) {
  const Totals books = report.Books();
  const std::pair<const char*, std::string> properties[] = {
      {"run_id", report.run_id},
      {"seed", absl::StrCat(report.seed)},
      {"schedule_digest_planned",
       absl::StrCat(absl::Hex(books.planned_digest, absl::kZeroPad16))},
      {"schedule_digest_sent",
       absl::StrCat(absl::Hex(books.sent_digest, absl::kZeroPad16))},
      {"planned", absl::StrCat(books.planned)},
      {"sent", absl::StrCat(books.sent)},
      {"verdict", std::string(VerdictName(report.verdict.state))},
  };
  std::string xml = "    <properties>\n";
  for (const auto& [name, value] : properties) {
    absl::StrAppend(&xml, "      <property name=\"", name, "\" value=\"",
                    Escaped(value), "\"/>\n");
  }
  return xml + "    </properties>\n";
}

}  // namespace

std::string JUnitXml(const RunReport& report,
                     const std::vector<ThresholdResult>& results,
                     bool require_kept) {
  std::vector<TestCase> cases = {ScheduleCase(report, require_kept),
                                 BooksCase(report), EndingCase(report)};
  for (const ThresholdResult& result : results) {
    cases.push_back(ThresholdCase(report, result));
  }
  for (const VersionCheck& check : report.version_checks) {
    cases.push_back(VersionCase(report, check));
  }
  NumberEqualNames(cases);
  // Every case is judged on the whole run.
  const std::string time = absl::StrFormat("%.3f", report.completed_span_s);
  size_t counts[4] = {};
  std::string body = Properties(report);
  for (const TestCase& one : cases) {
    ++counts[static_cast<size_t>(one.state)];
    absl::StrAppend(&body, CaseXml(one, time));
  }
  // UTC, since Jenkins' schema allows no time zone in a timestamp.
  return absl::StrFormat(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<testsuites>\n"
      "  <testsuite name=\"%s\" tests=\"%d\" failures=\"%d\" errors=\"%d\" "
      "skipped=\"%d\" time=\"%s\" timestamp=\"%s\">\n"
      "%s"
      "  </testsuite>\n"
      "</testsuites>\n",
      Escaped(report.test_name + report.variant), cases.size(),
      counts[static_cast<size_t>(CaseState::kFailure)],
      counts[static_cast<size_t>(CaseState::kError)],
      counts[static_cast<size_t>(CaseState::kSkipped)], time,
      absl::FormatTime("%Y-%m-%dT%H:%M:%S", report.started_at,
                       absl::UTCTimeZone()),
      body);
}

}  // namespace invocator
