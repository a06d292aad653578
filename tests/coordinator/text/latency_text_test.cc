#include "coordinator/text/latency_text.h"

#include <gtest/gtest.h>

#include <cstdint>

namespace invocator {
namespace {

TEST(FormatLatencyTest, ThreeDigitsAndAUnit) {
  struct Row {
    int64_t ns;
    const char* text;
  };
  const Row rows[] = {
      {0, "0"},
      {1, "0.00 us"},
      {512, "0.51 us"},
      {9'994, "9.99 us"},
      {9'995, "10.0 us"},
      {99'949, "99.9 us"},
      {99'950, "100 us"},
      {999'499, "999 us"},
      {999'500, "1.00 ms"},
      {20'300'000, "20.3 ms"},
      {999'499'999, "999 ms"},
      {999'500'000, "1.00 s"},
      {1'250'000'000, "1.25 s"},
      {3'600'000'000'000, "3600 s"},
      {-1'500'000, "-1.50 ms"},
      {INT64_MIN, "-9223372037 s"},
  };
  for (const Row& row : rows) EXPECT_EQ(FormatLatency(row.ns), row.text);
}

}  // namespace
}  // namespace invocator
