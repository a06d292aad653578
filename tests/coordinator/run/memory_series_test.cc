#include "coordinator/run/memory_series.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_split.h"

namespace invocator {
namespace {

MemorySizeResult ResultOf(uint32_t memory_mb, int64_t service_ns) {
  MemorySizeResult result;
  result.memory_mb = memory_mb;
  Totals& total = result.report.total;
  total.sent = 11;
  total.outcomes[static_cast<size_t>(Outcome::kOk)] = 10;
  for (int i = 0; i < 10; ++i) {
    total.service.Add(service_ns);
    total.response.Add(2 * service_ns);
  }
  Cost cost;
  cost.currency = "USD";
  cost.requests = 10;
  cost.billed = 10;
  cost.total_nano = 2'000 + 2 * memory_mb;
  result.report.cost = cost;
  return result;
}

TEST(MemorySeriesTest, SizesStandSideBySide) {
  std::vector<MemorySizeResult> results;
  results.push_back(ResultOf(128, 80'000'000));
  results.push_back(ResultOf(1024, 10'000'000));
  const std::string table = CompareMemorySizes(results);
  const std::vector<std::string> lines = absl::StrSplit(table, '\n');
  ASSERT_EQ(lines.size(), 4u);
  EXPECT_EQ(lines[0],
            "memory   sent  ok  not ok  service mean      p50      p90      "
            "p99  response p99  cost per million  verdict");
  EXPECT_EQ(lines[1],
            "128 MB     11  10       1       80.0 ms  80.0 ms  80.0 ms  "
            "80.0 ms        160 ms         0.226 USD  kept");
  EXPECT_EQ(lines[2].substr(0, 7), "1024 MB");
}

TEST(MemorySeriesTest, WhatIsBilledIsComparedWhereItIsKnown) {
  std::vector<MemorySizeResult> results;
  results.push_back(ResultOf(128, 80'000'000));
  results.push_back(ResultOf(1024, 10'000'000));
  Totals& total = results[1].report.total;
  total.billed_count = 8;
  total.billed_ms = 84;
  total.cold_service.Add(10'000'000, 3);
  const std::string table = CompareMemorySizes(results);
  const std::vector<std::string> lines = absl::StrSplit(table, '\n');
  EXPECT_EQ(lines[0].substr(lines[0].find("response p99")),
            "response p99  billed mean  cold  cost per million  verdict");
  EXPECT_EQ(lines[1].substr(lines[1].rfind("160 ms")),
            "160 ms            -     0         0.226 USD  kept");
  EXPECT_EQ(lines[2].substr(lines[2].rfind("20.0 ms")),
            "20.0 ms      10.5 ms     3         0.405 USD  kept");
}

}  // namespace
}  // namespace invocator
