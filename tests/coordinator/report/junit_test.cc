#include "coordinator/report/junit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>
#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/words/utf8.h"
#include "coordinator/json/suggestion.h"
#include "tests/support/reports.h"
#include "tests/support/thresholds.h"

namespace invocator {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

ThresholdResult Judged(absl::string_view check, const Totals& totals,
                       const std::string& instance = "",
                       bool optional = false) {
  Threshold threshold = ParsedThreshold(check);
  threshold.optional = optional;
  ThresholdResult result = Judge(threshold, {totals});
  result.instance = instance;
  return result;
}

TEST(JUnitXml, ALimitOnAVersionIsACaseOfThatVersion) {
  RunReport report = SampleReport();
  report.version_checks.resize(2);
  for (VersionCheck& check : report.version_checks) {
    check.limit = *ParseVersionLimit("b response p99 +5%", {"b"}, NearestWord);
    check.instance = "x@b";
  }
  report.version_checks[0].is_beyond = true;
  VersionChange& change = report.version_checks[0].change.emplace();
  change.subject = report.version_checks[0].limit.limit.subject;
  change.before = 20e6;
  change.after = 25e6;
  change.change.relative.emplace().estimate = 0.25;
  const std::string xml = JUnitXml(report, {});
  EXPECT_THAT(
      xml, HasSubstr("<testcase classname=\"sample.x@b\" name=\"fail-if "
                     "response p99 +5%\" time=\"12.500\">\n      <failure "
                     "type=\"fail-if\" message=\"response p99      20.0 ms to "
                     "25.0 ms    +25.00 %\">"));
  EXPECT_THAT(xml, HasSubstr("name=\"fail-if response p99 +5% (2)\""));
  EXPECT_THAT(xml, HasSubstr("tests=\"5\" failures=\"1\""));
}

TEST(JUnitXml, ReadsLikeThis) {
  const RunReport report = SampleReport();
  const Totals& total = report.total;
  EXPECT_EQ(JUnitXml(report, {Judged("response p99 < 300ms", total),
                              Judged("ok >= 99.9%", total, "alpha"),
                              Judged("init p95 < 2s", total),
                              Judged("init p95 < 2s", total, "beta", true)}),
            R"(<?xml version="1.0" encoding="UTF-8"?>
<testsuites>
  <testsuite name="sample" tests="7" failures="1" errors="1" skipped="1" time="12.500" timestamp="2023-11-14T22:13:20">
    <properties>
      <property name="run_id" value="00c0ffee00c0ffee"/>
      <property name="seed" value="4294967295"/>
      <property name="schedule_digest_planned" value="000000000001fdda"/>
      <property name="schedule_digest_sent" value="000000000001fdda"/>
      <property name="planned" value="100"/>
      <property name="sent" value="100"/>
      <property name="verdict" value="marginal"/>
    </properties>
    <testcase classname="sample.total" name="schedule kept" time="12.500">
      <system-out>schedule marginal: one thing; another</system-out>
    </testcase>
    <testcase classname="sample.total" name="books balance" time="12.500">
    </testcase>
    <testcase classname="sample.total" name="run carried out" time="12.500">
    </testcase>
    <testcase classname="sample.total" name="response p99 &lt; 300ms" time="12.500">
      <system-out>response p99: 20.1 ms (100 calls, too few: 95 % confidence needs 368)</system-out>
    </testcase>
    <testcase classname="sample.alpha" name="ok &gt;= 99.9%" time="12.500">
      <failure type="threshold" message="ok: 90.00 % (90 of 100), expected &gt;= 99.9%">ok: 90.00 % (90 of 100), expected &gt;= 99.9%</failure>
    </testcase>
    <testcase classname="sample.total" name="init p95 &lt; 2s" time="12.500">
      <error type="threshold" message="init p95: no calls, expected &lt; 2s">init p95: no calls, expected &lt; 2s</error>
    </testcase>
    <testcase classname="sample.beta" name="init p95 &lt; 2s" time="12.500">
      <skipped message="init p95: no calls, optional, expected &lt; 2s"/>
    </testcase>
  </testsuite>
</testsuites>
)");
}

TEST(JUnitXml, AMissedScheduleAndWrongBooksAreFailures) {
  RunReport report = SampleReport();
  report.verdict = {VerdictState::kMissed, {"lateness p99 is 12 ms"}};
  report.book_errors = {"alpha: sent 3", "beta: sent 4"};
  const std::string xml = JUnitXml(report, {});
  EXPECT_THAT(xml, HasSubstr("tests=\"3\" failures=\"2\" errors=\"0\""));
  EXPECT_THAT(xml, HasSubstr("name=\"schedule kept\" time=\"12.500\">\n      "
                             "<failure type=\"schedule\" message=\"schedule "
                             "missed: lateness p99 is 12 ms\">"));
  EXPECT_THAT(xml, HasSubstr("<failure type=\"books\" message=\"alpha: sent 3; "
                             "beta: sent 4\">"));
}

TEST(JUnitXml, HostileNamesStayText) {
  RunReport report = SampleReport();
  report.test_name = "]]></testsuite><!-- & \"'\n\x01\xFF\xEF\xBF\xBE";
  const std::string xml = JUnitXml(
      report, {Judged("ok > 1", report.total, "<x a='\"&amp;\t\x1B\xC2\x85")});
  EXPECT_THAT(xml,
              HasSubstr("<testsuite name=\"]]&gt;&lt;/testsuite&gt;&lt;!-- "
                        "&amp; &quot;&apos; \xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF"
                        "\xBD\" tests="));
  EXPECT_THAT(xml, HasSubstr(".&lt;x a=&apos;&quot;&amp;amp; \xEF\xBF\xBD \""));
  EXPECT_EQ(FirstInvalidUtf8(xml), std::nullopt);
}

TEST(JUnitXml, EveryCharacterOfANameIsOneThatXmlAllows) {
  RunReport report = SampleReport();
  for (int byte = 0; byte < 256; ++byte) {
    report.test_name += static_cast<char>(byte);
  }
  report.test_name += "\xED\xA0\x80\xEF\xBF\xBF\xF4\x90\x80\x80\xE2\x80\xAE";
  const std::string xml = JUnitXml(report, {});
  absl::string_view rest = xml;
  while (!rest.empty()) {
    const auto first = FirstCodePoint(rest);
    ASSERT_TRUE(first.has_value());
    const char32_t c = first->value;
    EXPECT_TRUE(c == '\n' || (c >= 0x20 && c <= 0xD7FF) ||
                (c >= 0xE000 && c <= 0xFFFD) || c >= 0x10000)
        << std::hex << static_cast<uint32_t>(c);
    rest.remove_prefix(first->bytes);
  }
}

TEST(JUnitXml, NoTwoCasesHaveTheSameClassAndName) {
  const RunReport report = SampleReport();
  std::vector<ThresholdResult> results;
  for (const char* instance : {"", "", "total", "a", "a", "b\x01", "b\x02"}) {
    results.push_back(Judged("ok > 1", report.total, instance));
  }
  const std::string xml = JUnitXml(report, results);
  EXPECT_THAT(xml, HasSubstr("classname=\"sample.total\" name=\"ok &gt; 1\""));
  EXPECT_THAT(xml,
              HasSubstr("classname=\"sample.total\" name=\"ok &gt; 1 (2)\""));
  EXPECT_THAT(xml,
              HasSubstr("classname=\"sample.total\" name=\"ok &gt; 1 (3)\""));
  const std::regex pattern("<testcase classname=\"[^\"]*\" name=\"[^\"]*\"");
  std::set<std::string> names;
  int cases = 0;
  for (std::sregex_iterator at(xml.begin(), xml.end(), pattern), end; at != end;
       ++at) {
    ++cases;
    EXPECT_TRUE(names.insert(at->str()).second) << at->str();
  }
  EXPECT_EQ(cases, 10);
  EXPECT_THAT(xml, HasSubstr("tests=\"10\""));
}

}  // namespace
}  // namespace invocator
