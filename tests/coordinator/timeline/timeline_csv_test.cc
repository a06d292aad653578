#include "coordinator/timeline/timeline_csv.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace invocator {
namespace {

constexpr int64_t kMs = 1'000'000;

// A call of 20.5 ms that is scheduled, sent and done in one bin.
BinTotals OneCall() {
  BinTotals bin;
  bin.sent = 1;
  bin.Of(Outcome::kOk) = 1;
  bin.cold = 1;
  bin.lateness.Add(kMs / 2);
  bin.service.Add(20 * kMs);
  bin.response.Add(20 * kMs + kMs / 2);
  return bin;
}

TEST(TimelineCsv, ReadsLikeThis) {
  Timeline timeline(TimeBins(0.2), ChooseLanes({3, 1}), {{1, 2}, {1}},
                    /*workers=*/1);
  timeline.Add(0, 0, 0, OneCall());
  BinTotals late;
  late.sent = 2;
  late.dropped = 3;
  late.Of(Outcome::kThrottled) = 1;
  late.first_byte.Add(1'234'567);
  late.lateness.Add(99 * kMs);
  timeline.Add(0, 1, 1, late);
  timeline.AddLost(0, 0, 1, 2);
  // Cells are empty if no call has their latency.
  EXPECT_EQ(
      TimelineCsv(timeline, {"f", "say \"hi\", g"}),
      "start_s,width_s,instance,planned,sent,completed,dropped,ok,failed,cold,"
      "in_flight,response_p50_us,response_p90_us,response_p99_us,"
      "response_max_us,lateness_p99_us,lateness_max_us,service_p50_us,"
      "service_p99_us,first_byte_p50_us,first_byte_p99_us,http_error,throttled,"
      "auth_error,function_error,timeout,connect_error,tls_error,"
      "protocol_error,aborted,lost\n"
      "0.0,0.1,,2,1,1,0,1,0,1,0,20500.000,20500.000,20500.000,20500.000,"
      "500.000,500.000,20000.000,20000.000,,,0,0,0,0,0,0,0,0,0,0\n"
      "0.0,0.1,f,1,1,1,0,1,0,1,0,20500.000,20500.000,20500.000,20500.000,"
      ",,,,,,0,0,0,0,0,0,0,0,0,0\n"
      "0.0,0.1,\"say \"\"hi\"\", g\",1,0,0,0,0,0,0,0,,,,,,,,,,,"
      "0,0,0,0,0,0,0,0,0,0\n"
      "0.1,0.1,,2,4,1,3,0,3,0,1,,,,,99000.000,99000.000,,,1234.567,1234.567,"
      "0,1,0,0,0,0,0,0,0,2\n"
      "0.1,0.1,f,2,2,0,0,0,2,0,0,,,,,,,,,,,0,0,0,0,0,0,0,0,0,2\n"
      "0.1,0.1,\"say \"\"hi\"\", g\",0,2,1,3,0,1,0,1,,,,,,,,,,,"
      "0,1,0,0,0,0,0,0,0,0\n");
}

TEST(TimelineCsv, RowsAreOfWholeBinsUpToTheLast) {
  Timeline timeline(TimeBins(1'300), ChooseLanes({1}), {}, 1);  // of 2 s
  timeline.Add(0, 0, 1'301, OneCall());
  const std::vector<std::string> lines =
      absl::StrSplit(TimelineCsv(timeline, {"f"}), '\n');
  ASSERT_EQ(lines.size(), 1 + 2 * 651 + 1u);
  EXPECT_THAT(lines[2 * 650 + 1], testing::StartsWith("1300.0,2.0,,0,1,1,"));
  EXPECT_THAT(lines[2 * 650 + 2], testing::StartsWith("1300.0,2.0,f,0,1,1,"));
  EXPECT_EQ(lines.back(), "");
}

TEST(WorkersCsv, ReadsLikeThis) {
  Timeline timeline(TimeBins(0.2), ChooseLanes({1}), {}, /*workers=*/2);
  timeline.Add(1, 0, 1, OneCall());
  EXPECT_EQ(WorkersCsv(timeline, {"a,b", "c"}),
            "start_s,width_s,worker,sent,lateness_p99_us,lateness_max_us\n"
            "0.0,0.1,\"a,b\",0,,\n"
            "0.0,0.1,c,0,,\n"
            "0.1,0.1,\"a,b\",0,,\n"
            "0.1,0.1,c,1,500.000,500.000\n");
}

TEST(WorkersCsv, WorkersBeyond64AreOthers) {
  constexpr size_t kWorkers = 70;
  Timeline timeline(TimeBins(0.1), ChooseLanes({1}), {}, kWorkers);
  std::vector<std::string> names;
  for (size_t i = 0; i < kWorkers; ++i) {
    names.push_back(absl::StrCat("w", i));
    timeline.Add(i, 0, 0, OneCall());
  }
  const std::vector<std::string> lines =
      absl::StrSplit(WorkersCsv(timeline, names), '\n');
  ASSERT_EQ(lines.size(), 1 + 65 + 1u);
  EXPECT_EQ(lines[64], "0.0,0.1,w63,1,500.000,500.000");
  EXPECT_EQ(lines[65], "0.0,0.1,(others),6,500.000,500.000");
}

}  // namespace
}  // namespace invocator
