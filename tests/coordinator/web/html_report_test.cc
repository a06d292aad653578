#include "coordinator/web/html_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/base/sha256.h"
#include "coordinator/report/summary.h"
#include "coordinator/web/page_assets.h"
#include "coordinator/web/page_json.h"
#include "tests/support/reports.h"

namespace invocator {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string Between(const std::string& text, const std::string& before,
                    const std::string& after, size_t from = 0) {
  const size_t begin = text.find(before, from) + before.size();
  return text.substr(begin, text.find(after, begin) - begin);
}

// The texts of elements that a browser would run or apply.
std::vector<std::string> Inline(const std::string& html,
                                const std::string& tag) {
  std::vector<std::string> all;
  const std::string open = absl::StrCat("<", tag, ">");
  for (size_t at = html.find(open); at != std::string::npos;
       at = html.find(open, at + 1)) {
    all.push_back(Between(html, open, absl::StrCat("</", tag, ">"), at));
  }
  return all;
}

std::string HashSource(const std::string& text) {
  const Sha256Digest digest = Sha256(text);
  return absl::StrCat(
      "'sha256-", absl::Base64Escape(std::string(digest.begin(), digest.end())),
      "'");
}

TEST(HtmlReport, PolicyAllowsTheInlineElementsAndNothingElse) {
  const std::string html = HtmlReport({"{}"}, "t");
  const std::vector<std::string> scripts = Inline(html, "script");
  const std::vector<std::string> styles = Inline(html, "style");
  ASSERT_EQ(scripts.size(), 2u);
  ASSERT_EQ(styles.size(), 1u);
  EXPECT_EQ(
      Between(html, "http-equiv=\"Content-Security-Policy\" content=\"", "\""),
      absl::StrCat("default-src 'none'; script-src ", HashSource(scripts[0]),
                   " ", HashSource(scripts[1]), "; style-src ",
                   HashSource(styles[0]),
                   "; img-src data:; base-uri 'none'; form-action 'none'"));
  // No event handlers, no style attributes, nothing loaded.
  const std::string markup(BuiltInPageAssets().html);
  EXPECT_THAT(markup, Not(HasSubstr(" style=")));
  EXPECT_THAT(markup, Not(HasSubstr(" on")));
  EXPECT_THAT(markup, Not(HasSubstr(" src=")));
}

TEST(HtmlReport, ScriptIsOneStrictFunctionWithoutComments) {
  const std::string script(BuiltInPageAssets().script);
  EXPECT_THAT(script, testing::StartsWith("(() => {\n'use strict';\n"));
  EXPECT_THAT(script, testing::EndsWith("\nstart();\n})();\n"));
  EXPECT_THAT(script, Not(HasSubstr("\n//")));
  EXPECT_THAT(script, Not(HasSubstr("\n\n")));
  // Text that looks like a comment stays.
  EXPECT_THAT(script, HasSubstr("http://www.w3.org/2000/svg"));
}

TEST(HtmlReport, AssetsDoNotEndTheirElement) {
  const PageAssets assets = BuiltInPageAssets();
  for (const absl::string_view script : {assets.script, assets.dygraphs}) {
    const std::string text = absl::AsciiStrToLower(script);
    EXPECT_THAT(text, Not(HasSubstr("</script")));
    EXPECT_THAT(text, Not(HasSubstr("<!--")));
  }
  EXPECT_THAT(std::string(assets.style), Not(HasSubstr("</")));
  EXPECT_THAT(std::string(assets.dygraphs),
              testing::AllOf(HasSubstr("dygraphs"),
                             Not(HasSubstr("sourceMappingURL"))));
}

TEST(HtmlReport, HostileDataStaysData) {
  const Json hostile = {
      {"name", "</script><img src=x onerror=alert(1)><!--<script>"},
      {"lines", "\u2028\u2029 @SCRIPT@ @CSP@ & \" '"}};
  const std::string html =
      HtmlReport({hostile.dump(), "{\"a\":1}"}, "</title><script>\"'&@DATA@");
  const std::string data = Between(
      html, "<script type=\"application/json\" id=\"data\">", "</script>");
  EXPECT_THAT(data, Not(HasSubstr("<")));
  EXPECT_THAT(data, Not(HasSubstr("\u2028")));
  EXPECT_THAT(data, Not(HasSubstr("\u2029")));
  const Json parsed = Json::parse(data);
  EXPECT_EQ(parsed["runs"][0], hostile);
  EXPECT_EQ(parsed["runs"][1]["a"], 1);
  EXPECT_THAT(html, HasSubstr("<title>&lt;/title&gt;&lt;script&gt;&quot;"
                              "&#39;&amp;@DATA@</title>"));
}

TEST(LivePage, MayAskItsServerOnly) {
  const std::string html = LivePage("t");
  const std::string policy =
      Between(html, "http-equiv=\"Content-Security-Policy\" content=\"", "\"");
  EXPECT_THAT(policy, HasSubstr("; connect-src 'self'"));
  EXPECT_EQ(LivePagePolicy(), absl::StrCat(policy, "; frame-ancestors 'none'"));
  EXPECT_THAT(html, HasSubstr("id=\"data\">{\"runs\":[],\"live\":true}<"));
}

// An hour of 20 instances with about `rate` calls per second each.
RunReport HourReport(uint32_t rate) {
  constexpr size_t kInstances = 20;
  constexpr uint32_t kSeconds = 3'600;
  constexpr uint32_t kBinS = 5;
  RunReport report = SampleReport();
  report.planned_span_s = kSeconds;
  report.instances.clear();
  report.total = {};
  const std::vector<uint64_t> planned(kSeconds / kBinS, kBinS * rate);
  for (size_t i = 0; i < kInstances; ++i) {
    report.lane_names.push_back(absl::StrCat("an-instance-", i));
    report.instances.emplace_back(report.lane_names.back(), Totals());
  }
  report.timeline.emplace(
      TimeBins(kSeconds), ChooseLanes(std::vector<uint64_t>(kInstances, 1)),
      std::vector<std::vector<uint64_t>>(kInstances, planned), 1);
  std::mt19937_64 random(9);
  std::poisson_distribution<uint64_t> calls(kBinS * rate);
  std::exponential_distribution<double> service(1 / 30e6);
  for (uint32_t second = 0; second < kSeconds; second += kBinS) {
    for (size_t i = 0; i < kInstances; ++i) {
      BinTotals bin;
      bin.sent = calls(random);
      for (uint64_t k = 0; k < bin.sent; ++k) {
        // 2 ms to about 300 ms.
        const auto ns = 2'000'000 + static_cast<int64_t>(service(random));
        const auto late_ns = static_cast<int64_t>(random() % 50'000);
        bin.Of(random() % 200 == 0 ? Outcome::kThrottled : Outcome::kOk) += 1;
        bin.cold += random() % 500 == 0 ? 1 : 0;
        bin.lateness.Add(late_ns);
        bin.service.Add(ns);
        bin.first_byte.Add(ns - 500'000);
        bin.response.Add(ns + late_ns);
      }
      report.timeline->Add(0, i, second, bin);
      report.instances[i].second.MergeBin(bin);
      report.total.MergeBin(bin);
    }
  }
  return report;
}

TEST(HtmlReport, OfAnHourOfTwentyInstancesIsSmall) {
  const RunReport report = HourReport(/*rate=*/4);
  const std::string html = HtmlReport(
      {RunPageJson(SummaryTree(report), PageInputsOf(report))}, "an hour");
  // More digits in every count make it larger: 100 calls a second by a sixth.
  EXPECT_LE(html.size(), 680'000u);
  EXPECT_GE(html.size(), 400'000u);
}

}  // namespace
}  // namespace invocator
