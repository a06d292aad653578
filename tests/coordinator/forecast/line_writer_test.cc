#include "coordinator/forecast/line_writer.h"

#include <gtest/gtest.h>

#include <sstream>
#include <string>

namespace invocator {
namespace {

TEST(LineWriter, WritesNumbersInFull) {
  std::ostringstream out;
  LineWriter writer(out);
  writer.Integer(0);
  writer.Text(",");
  writer.Integer(UINT64_MAX);
  writer.Text(",");
  writer.Decimal(0);
  writer.Text(",");
  writer.Decimal(1. / 3);
  writer.Text(",");
  writer.Decimal(999'999'999'999'999'872.0);
  writer.Text(",");
  writer.Time(INT64_MAX);
  writer.Text(",");
  writer.Time(7);
  EXPECT_EQ(out.str(), "");
  writer.Flush();
  EXPECT_EQ(out.str(),
            "0,18446744073709551615,0.000000,0.333333,"
            "999999999999999872.000000,9223372036.854775807,0.000000007");
}

// Numbers and text meet the buffer's end at every distance from it.
TEST(LineWriter, LosesNothingAtTheBuffersEnd) {
  std::ostringstream out;
  std::string expected;
  LineWriter writer(out);
  for (size_t length = 0; length < 100; ++length) {
    const std::string filling(65'500 + length, 'x');
    writer.Text(filling);
    writer.Decimal(2.5);
    writer.Integer(12);
    writer.Time(1'000'000'000);
    writer.Text(filling);
    expected += filling + "2.500000" + "12" + "1.000000000" + filling;
  }
  writer.Flush();
  EXPECT_EQ(out.str(), expected);
}

}  // namespace
}  // namespace invocator
