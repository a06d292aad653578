#include "coordinator/review/run_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <functional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "common/arrivals/rng.h"
#include "coordinator/review/kept_block.h"
#include "coordinator/review/kept_histograms.h"
#include "coordinator/text/text_file.h"
#include "tests/support/kept_runs.h"

namespace invocator {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Json = KeptFolder::Json;

constexpr char kHostileName[] = "a/b, \"c\" %2F <i> \xC3\xBC | `x`";

// Cold and warm starts, a blocking plan, bills, and a name that needs quoting
// in CSV, tags and Markdown.
RunReport FullReport() {
  RunReport report = ReportWithTails(987'654'321);
  report.sent_span_s = 10.123456789;
  report.max_in_flight = 17;
  report.instances[0].first = kHostileName;
  Totals& totals = report.instances[0].second;
  totals.cold = 2;
  totals.warm = 60;
  totals.cold_service.Add(300'000'123, 2);
  totals.cold_response.Add(310'000'456, 2);
  totals.warm_service.Add(5'000'789, 60);
  totals.warm_response.Add(6'001'234, 60);
  totals.init.Add(250'000'000, 2);
  totals.own_lateness.Add(90'001, 70);
  totals.blocked.Add(9'999, 70);
  totals.billed_count = 60;
  totals.billed_ms = 1'024;
  totals.billed_mb_ms = 131'072;
  totals.memory_used_mb = 80;
  report.total = Totals();
  for (const auto& [name, each] : report.instances) report.total.Merge(each);
  Cost cost;
  cost.currency = "USD";
  cost.total_nano = 1'234'567'891;
  cost.requests = 90;
  cost.billed = 60;
  cost.unknown = 30;
  cost.applies = true;
  cost.items.push_back(
      {kHostileName, CostKind::kLambdaRequests, 90, 1, 1'234'567'891});
  report.cost = cost;
  return report;
}

void ExpectEqualTotals(const Totals& found, const Totals& written) {
  EXPECT_EQ(found.planned, written.planned);
  EXPECT_EQ(found.sent, written.sent);
  EXPECT_EQ(found.dropped, written.dropped);
  EXPECT_EQ(found.unsent, written.unsent);
  EXPECT_EQ(found.outcomes, written.outcomes);
  EXPECT_EQ(found.cold, written.cold);
  EXPECT_EQ(found.warm, written.warm);
  EXPECT_EQ(found.billed_count, written.billed_count);
  EXPECT_EQ(found.billed_ms, written.billed_ms);
  EXPECT_EQ(found.planned_digest, written.planned_digest);
  EXPECT_EQ(found.sent_digest, written.sent_digest);
  for (const HistogramPlace& place : kHistogramPlaces) {
    SCOPED_TRACE(std::string(place.name));
    const Histogram& a = found.*place.member;
    const Histogram& b = written.*place.member;
    EXPECT_EQ(a.count(), b.count());
    EXPECT_EQ(a.min_ns(), b.min_ns());
    EXPECT_EQ(a.max_ns(), b.max_ns());
    EXPECT_EQ(a.clamped(), b.clamped());
    EXPECT_NEAR(a.MeanNs(), b.MeanNs(), 1e-12 * b.MeanNs());
    for (const double ratio : {0.0, 0.5, 0.9, 0.99, 0.999, 1.0}) {
      EXPECT_EQ(a.QuantileNs(ratio), b.QuantileNs(ratio)) << ratio;
    }
  }
}

TEST(RunFolder, ReadsWhatTheRunReported) {
  const RunReport written = FullReport();
  const KeptRun run = KeptFolder(written).Read();
  const RunReport& found = run.report;
  EXPECT_EQ(found.run_id, "00c0ffee00c0ffee");
  EXPECT_EQ(found.test_name, "sample");
  EXPECT_EQ(found.seed, 4'294'967'295u);
  EXPECT_EQ(found.started_at, written.started_at);
  EXPECT_EQ(found.verdict.state, VerdictState::kMarginal);
  EXPECT_EQ(found.verdict.reasons, written.verdict.reasons);
  EXPECT_EQ(found.max_in_flight, 17u);
  EXPECT_EQ(found.completed_span_s, 12.5);
  EXPECT_EQ(found.RatesOf(found.total).planned, 100 / 10.0);
  EXPECT_EQ(found.RatesOf(found.total).sent, 100 / 10.123456789);
  EXPECT_EQ(found.RatesOf(found.total).completed, 100 / 12.5);
  ASSERT_TRUE(found.cost);
  EXPECT_EQ(found.cost->total_nano, 1'234'567'891);
  EXPECT_EQ(found.cost->items.at(0).instance, kHostileName);
  EXPECT_EQ(found.cost->items.at(0).amount_nano, 1'234'567'891);
  EXPECT_THAT(found.book_errors, IsEmpty());
  EXPECT_THAT(found.losses, IsEmpty());
  ExpectEqualTotals(found.total, written.total);
  ASSERT_EQ(found.instances.size(), 2u);
  for (size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(found.instances[i].first, written.instances[i].first);
    ExpectEqualTotals(found.instances[i].second, written.instances[i].second);
  }
}

TEST(RunFolder, PercentilesEndAtTheExactMaximum) {
  RunReport report = SampleReport();
  report.total.lateness.Add(123'456'789);
  // The cell ends at 123,469,823.
  const KeptRun run = KeptFolder(report).Read();
  EXPECT_EQ(run.report.total.lateness.QuantileNs(1), 123'456'789);
}

TEST(RunFolder, RatesAndPercentilesAreOfTheMeasuredPhase) {
  RunReport report = SampleReport();
  report.warmup_s = 2;
  for (size_t i = 0; i < report.instances.size(); ++i) {
    report.warmup.push_back(SampleTotals(5, 1));
    report.warmup_total.Merge(report.warmup.back());
  }
  report.warmup_total.response.Add(3'000'000'000, 3);
  const KeptRun run = KeptFolder(report).Read();
  EXPECT_EQ(run.report.total.sent, 100u);
  EXPECT_EQ(run.report.Books().sent, 112u);
  EXPECT_EQ(run.report.BooksOf(1).sent, 36u);
  EXPECT_EQ(run.report.RatesOf(run.report.total).sent, 100 / 8.0);
  EXPECT_EQ(run.report.total.response.max_ns(), 20'100'000);
  EXPECT_THAT(run.report.book_errors, IsEmpty());
}

TEST(RunFolder, NothingThatTheRunNeededHasToBeThere) {
  const KeptFolder folder(SampleReport());
  folder.Edit("workload.json", [](Json& workload) {
    workload["thresholds"] = {"response p99 < 300ms"};
    workload["instances"]["beta"] = {
        {"host", "abc.lambda-url.eu-north-7.on.aws"},
        {"payload", "payloads/gone.json"},
        {"headers", {{"x-key", {{"env", "INVOCATOR_NO_SUCH_VARIABLE"}}}}},
        {"thresholds", {{{"check", "failed < 3"}, {"optional", true}}}}};
  });
  const WorkloadThresholds thresholds = folder.Read().thresholds;
  ASSERT_EQ(thresholds.run.size(), 1u);
  EXPECT_EQ(CheckText(thresholds.run[0]), "response p99 < 300ms");
  ASSERT_EQ(thresholds.instances.size(), 2u);
  EXPECT_THAT(thresholds.instances[0], IsEmpty());
  EXPECT_EQ(CheckText(thresholds.instances[1].at(0)), "failed < 3");
  EXPECT_TRUE(thresholds.instances[1].at(0).optional);
}

TEST(RunFolder, ALostWorkerIsALossAlsoWithoutItsReason) {
  RunReport report = SampleReport();
  report.workers[0].lost = true;
  EXPECT_THAT(KeptFolder(report).Read().report.losses,
              testing::ElementsAre("worker local was lost"));
  report.losses = {"no heartbeat for 5 s: it may have sent 3 invocations"};
  EXPECT_EQ(KeptFolder(report).Read().report.losses, report.losses);
}

TEST(RunFolder, BooksThatDoNotBalanceAreSeenAgain) {
  const KeptFolder folder(SampleReport());
  folder.Edit("summary.json", [](Json& summary) {
    summary["instances"]["beta"]["outcomes"]["ok"] = 29;
  });
  EXPECT_THAT(folder.Read().report.book_errors,
              testing::ElementsAre(
                  "instance beta: sent 30 is not the sum of outcomes 29"));
}

TEST(RunFolder, AFolderWithoutARunSaysWhatIsMissing) {
  EXPECT_THAT(ReadRunFolder("/tmp/no/such/folder").status().message(),
              "/tmp/no/such/folder: is not the folder of a run");
  for (const std::string name :
       {"summary.json", "histograms.hlog", "workload.json"}) {
    const KeptFolder folder(SampleReport());
    std::filesystem::remove(folder.Path(name));
    EXPECT_EQ(folder.Error(),
              absl::StrCat("RUN/", name,
                           ": is missing, expected a file of a finished run"));
    // Reading a pipe without a writer would block.
    ASSERT_EQ(mkfifo(folder.Path(name).c_str(), 0600), 0);
    EXPECT_THAT(folder.Error(), HasSubstr("is not a file")) << name;
  }
}

struct BrokenSummary {
  std::function<void(Json&)> change;
  const char* error;
};

TEST(RunFolder, ABrokenSummaryIsRefusedWithPathAndValue) {
  const BrokenSummary cases[] = {
      {[](Json& s) { s["schema_version"] = 2; },
       "RUN/summary.json: schema_version: expected 1, found 2"},
      {[](Json& s) { s.erase("schema_version"); },
       "schema_version: missing, expected a count"},
      {[](Json& s) { s = Json::array(); }, "expected an object, found []"},
      {[](Json& s) { s["planned"] = -1; },
       "planned: expected an integer from 0 to 18446744073709551615, found -1"},
      {[](Json& s) { s["sent"] = 1.5; }, "sent: expected an integer"},
      {[](Json& s) { s["outcomes"]["okay"] = 1; },
       "outcomes.okay: unknown key"},
      {[](Json& s) { s["outcomes"] = "none"; },
       "outcomes: expected an object, found \"none\""},
      {[](Json& s) { s["started_at"] = "yesterday"; },
       "started_at: expected an instant"},
      {[](Json& s) { s["duration_s"] = 1e300; },
       "duration_s: expected a number"},
      {[](Json& s) { s["schedule_digest"]["sent"] = "0x00000000000000"; },
       "schedule_digest.sent: expected 16 hexadecimal digits"},
      {[](Json& s) { s["response_us"]["max"] = 3.7e9; },
       "response_us.max: expected a number from 0 to 3600000000"},
      {[](Json& s) { s["response_us"]["mean"] = 1; },
       "response_us.mean: expected min <= mean <= max"},
      {[](Json& s) { s["response_us"]["clamped"] = 101; },
       "response_us.clamped: expected at most the count, 100, found 101"},
      {[](Json& s) { s.erase("response_us"); },
       "response_us: missing, expected an object"},
      {[](Json& s) {
         s["cold_starts"] = {{"cold", 60}, {"warm", 41}};
       },
       "cold_starts: expected at most 100 calls"},
      {[](Json& s) { s["rate_per_s"]["sent"] = 1e-300; },
       "rate_per_s.sent: 1e-300 does not fit 100 calls"},
      {[](Json& s) { s["instances"]["beta"] = nullptr; },
       "instances.beta: expected an object, found null"},
      {[](Json& s) { s["instances"].erase("beta"); },
       "RUN/workload.json: instances.beta: is not in summary.json"},
      {[](Json& s) { s["instances"]["gamma"] = s["instances"]["beta"]; },
       "RUN/workload.json: instances: lack \"gamma\""},
      {[](Json& s) { s["warmup_s"] = 1; },
       "measured: missing, expected an object"},
      {[](Json& s) { s["verdict"]["state"] = "keptt"; },
       "did you mean \"kept\"?"},
      {[](Json& s) {
         s["verdict"]["reasons"] = {"a", 7};
       },
       "verdict.reasons[1]: expected a string, found 7"},
      {[](Json& s) { s["workers"] = {1}; },
       "workers[0]: expected an object, found 1"},
      {[](Json& s) {
         s["aborted_by"] = {{"check", "ok > 99%"}};
       },
       "aborted_by: workload.json has no threshold \"ok > 99%\" with \"abort\" "
       "of the run"},
      {[](Json& s) {
         s["cost"] = {{"total", 1e12}};
       },
       "cost.total: expected a number"},
  };
  for (const BrokenSummary& one : cases) {
    const KeptFolder folder(SampleReport());
    folder.Edit("summary.json", one.change);
    EXPECT_THAT(folder.Error(), HasSubstr(one.error));
  }
}

TEST(RunFolder, ASummaryCutShortIsRefused) {
  const KeptFolder folder(SampleReport());
  const std::string text = folder.Text("summary.json");
  for (size_t size = 0; size + 2 < text.size(); size += 37) {
    folder.Write("summary.json", text.substr(0, size));
    EXPECT_THAT(folder.Error(), HasSubstr("RUN/summary.json:")) << size;
  }
}

TEST(RunFolder, AnyByteMayBeWrong) {
  const KeptFolder folder(FullReport());
  StreamRng rng(4711, "bytes");
  for (const std::string name :
       {"summary.json", "histograms.hlog", "workload.json"}) {
    const std::string text = folder.Text(name);
    for (int i = 0; i < 200; ++i) {
      std::string broken = text;
      broken[rng.Next() % text.size()] = static_cast<char>(rng.Next() % 256);
      folder.Write(name, broken);
      const std::string error = folder.Error();
      EXPECT_TRUE(error.empty() || error.rfind("RUN/", 0) == 0) << error;
    }
    folder.Write(name, text);
  }
  EXPECT_EQ(folder.Error(), "");
}

TEST(RunFolder, AWrongThresholdIsNamed) {
  const KeptFolder folder(SampleReport());
  folder.Edit("workload.json", [](Json& workload) {
    workload["instances"]["alpha"]["thresholds"] = {"respons p99 < 3ms"};
  });
  EXPECT_THAT(folder.Error(),
              HasSubstr("RUN/workload.json: instances.alpha.thresholds[0]: "
                        "\"respons p99 < 3ms\", character 1: unknown metric "
                        "\"respons\", did you mean \"response\"?"));
}

// Replaces each line of histograms.hlog with `tag` by change(line).
void EditLog(const KeptFolder& folder, const std::string& tag,
             const std::function<std::string(const std::string&)>& change) {
  std::string result;
  for (const auto line : absl::StrSplit(folder.Text("histograms.hlog"), '\n')) {
    const std::string text(line);
    const bool is_it = text.rfind("Tag=" + tag + ",", 0) == 0;
    const std::string edited = is_it ? change(text) : text;
    if (!edited.empty()) result += edited + "\n";
  }
  folder.Write("histograms.hlog", result);
}

TEST(RunFolder, AMissingHistogramIsAContradiction) {
  const KeptFolder folder(SampleReport());
  EditLog(folder, "measured/response/beta",
          [](const std::string&) { return ""; });
  EXPECT_EQ(folder.Error(),
            "RUN/histograms.hlog: has no measured/response/beta, but "
            "RUN/summary.json: instances.beta.response_us has count 30");
}

TEST(RunFolder, AnotherCountIsAContradiction) {
  const KeptFolder folder(SampleReport());
  folder.Edit("summary.json",
              [](Json& summary) { summary["response_us"]["count"] = 99; });
  EXPECT_THAT(folder.Error(),
              testing::ContainsRegex(
                  "RUN/histograms.hlog:[0-9]+: measured/response has count "
                  "100, but RUN/summary.json: response_us has 99"));
}

TEST(RunFolder, ExtremesLieInTheOutermostCells) {
  for (const auto& [key, value] :
       {std::pair("max", 20'200.0), std::pair("min", 5'000.0)}) {
    const KeptFolder folder(SampleReport());
    folder.Edit("summary.json", [&key = key, &value = value](Json& summary) {
      summary["response_us"][key] = value;
    });
    EXPECT_THAT(folder.Error(),
                HasSubstr(absl::StrCat("measured/response has ", key)));
  }
}

TEST(RunFolder, HistogramsStandInTheLogOnce) {
  const KeptFolder folder(SampleReport());
  EditLog(folder, "measured/response",
          [](const std::string& line) { return line + "\n" + line; });
  EXPECT_THAT(folder.Error(), HasSubstr("measured/response is there twice"));
}

TEST(RunFolder, InstancesOfTheLogAreThoseOfTheSummary) {
  const KeptFolder folder(SampleReport());
  EditLog(folder, "measured/response/beta", [](const std::string& line) {
    return absl::StrReplaceAll(line, {{"/beta,", "/gamma,"}});
  });
  EXPECT_THAT(folder.Error(), HasSubstr("instance \"gamma\" is not in "
                                        "RUN/summary.json"));
}

TEST(RunFolder, HistogramsHaveALimitOfMemory) {
  const KeptFolder folder(ReportWithTails(987'654'321));
  const std::string file = folder.Path("summary.json");
  const auto read = [&](size_t max_bytes) {
    auto summary = ParseSummary(*ReadTextFile(file, kMaxJsonFileBytes), file);
    EXPECT_TRUE(summary.ok()) << summary.status();
    return ReadKeptHistograms(folder.Path("histograms.hlog"), file, *summary,
                              max_bytes);
  };
  EXPECT_TRUE(read(1'000'000).ok());
  EXPECT_THAT(read(1'000).message(),
              HasSubstr("take more than 1000 bytes of memory"));
}

}  // namespace
}  // namespace invocator
