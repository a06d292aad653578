#include "coordinator/timeline/hdr_payload.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <bit>
#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <utility>

#include "absl/strings/escaping.h"
#include "common/arrivals/rng.h"
#include "common/wire/histogram_codec.h"

namespace invocator {
namespace {

using testing::HasSubstr;

// The cell of an hour, the largest value.
constexpr int kLastCell = 24204;
constexpr int64_t kMaxCount = std::numeric_limits<int64_t>::max();

using Cells = std::map<int, uint64_t>;

Histogram HistogramOf(const Cells& cells) {
  Histogram histogram;
  for (const auto& [index, count] : cells) {
    histogram.Add(Histogram::CellLowestNs(index), count);
  }
  return histogram;
}

Cells CellsOf(const Histogram& histogram) {
  Cells cells;
  histogram.ForEachCell(
      [&](int index, uint64_t count) { cells[index] = count; });
  return cells;
}

void Append(std::string& to, uint64_t value, int bytes) {
  while (bytes-- > 0) to += static_cast<char>(value >> (8 * bytes));
}

std::string Deflated(const std::string& text) {
  std::string packed(compressBound(text.size()), '\0');
  uLongf size = packed.size();
  EXPECT_EQ(compress(reinterpret_cast<Bytef*>(packed.data()), &size,
                     reinterpret_cast<const Bytef*>(text.data()), text.size()),
            Z_OK);
  return packed.substr(0, size);
}

std::string Wrapped(const std::string& zlib_data,
                    uint32_t cookie = 0x1c849314) {
  std::string bytes;
  Append(bytes, cookie, 4);
  Append(bytes, zlib_data.size(), 4);
  return absl::Base64Escape(bytes + zlib_data);
}

// A payload field by field, by default one of an empty histogram.
struct Payload {
  uint32_t cookie = 0x1c849313;
  uint32_t missing_bytes = 0;
  uint32_t offset = 0;
  uint32_t digits = 3;
  uint64_t lowest = 1'000;
  uint64_t highest = 3'600'000'000'000;
  double ratio = 1;
  std::string counts = "";

  std::string Plain() const {
    std::string plain;
    Append(plain, cookie, 4);
    Append(plain, counts.size() + missing_bytes, 4);
    Append(plain, offset, 4);
    Append(plain, digits, 4);
    Append(plain, lowest, 8);
    Append(plain, highest, 8);
    Append(plain, std::bit_cast<uint64_t>(ratio), 8);
    return plain + counts;
  }
  std::string Text() const { return Wrapped(Deflated(Plain())); }
};

Payload OfCounts(std::string counts) {
  Payload payload;
  payload.counts = std::move(counts);
  return payload;
}

std::string ErrorOf(const std::string& text) {
  const auto histogram = FromHdrPayload(text);
  if (histogram.ok()) return "none";
  EXPECT_EQ(histogram.status().code(), absl::StatusCode::kInvalidArgument);
  return std::string(histogram.status().message());
}

// PyPI hdrhistogram 0.10.8, h = HdrHistogram(1000, 3600000000000, 3):
//   h.record_value(h.get_value_from_index(index), count), h.encode()
constexpr char kOfHdrHistogram[] =
    "HISTFAAAAC14nJNpmSzMwMDAxwABzFDqBRC7GexYwGD/ASLC9FuehW3qLaYGEHAAAM5QCpo=";

TEST(HdrPayloadTest, ReadsWhatHdrHistogramWrites) {
  const auto histogram = FromHdrPayload(kOfHdrHistogram);
  ASSERT_TRUE(histogram.ok()) << histogram.status();
  EXPECT_EQ(
      CellsOf(*histogram),
      (Cells{{0, 1}, {2047, 2}, {2048, 3}, {kLastCell, uint64_t{1} << 40}}));
}

TEST(HdrPayloadTest, ReadsTheFormThatTheSpecificationDescribes) {
  // 1, then a zero, then a run of 2046 zeros, then 2 and 3.
  const auto histogram =
      FromHdrPayload(OfCounts({"\x02\x00\xfb\x1f\x04\x06", 6}).Text());
  ASSERT_TRUE(histogram.ok()) << histogram.status();
  EXPECT_EQ(CellsOf(*histogram), (Cells{{0, 1}, {2048, 2}, {2049, 3}}));
}

TEST(HdrPayloadTest, EveryCountSurvives) {
  for (int index : {0, 1, 2047, 2048, 3071, 3072, kLastCell}) {
    for (int bits = 0; bits <= 62; ++bits) {
      const Cells cells = {{index, uint64_t{1} << bits}};
      const auto histogram = FromHdrPayload(ToHdrPayload(HistogramOf(cells)));
      ASSERT_TRUE(histogram.ok()) << histogram.status();
      ASSERT_EQ(CellsOf(*histogram), cells);
      ASSERT_EQ(histogram->count(), uint64_t{1} << bits);
    }
  }
  const Cells most = {{7, kMaxCount}};
  EXPECT_EQ(CellsOf(*FromHdrPayload(ToHdrPayload(HistogramOf(most)))), most);
}

TEST(HdrPayloadTest, AHistogramWithACountInEveryCellSurvives) {
  StreamRng rng(1, "cells");
  Cells cells;
  for (int index = 0; index <= kLastCell; ++index) {
    cells[index] = 1 + (rng.Next() >> 16);
  }
  const auto histogram = FromHdrPayload(ToHdrPayload(HistogramOf(cells)));
  ASSERT_TRUE(histogram.ok()) << histogram.status();
  EXPECT_EQ(CellsOf(*histogram), cells);
}

TEST(HdrPayloadTest, TheEmptyHistogramSurvives) {
  // The Java library writes a zero for the first cell, the Python one nothing.
  for (const std::string& text :
       {ToHdrPayload({}), OfCounts("").Text(), OfCounts({"\0", 1}).Text(),
        OfCounts({"\xff\xff\x02", 3}).Text()}) {
    const auto histogram = FromHdrPayload(text);
    ASSERT_TRUE(histogram.ok()) << histogram.status();
    EXPECT_EQ(histogram->count(), 0u);
    EXPECT_EQ(histogram->max_ns(), 0);
    EXPECT_EQ(histogram->sum_ns(), 0);
  }
}

TEST(HdrPayloadTest, StatisticsAreThoseOfTheCells) {
  Histogram exact;
  exact.Add(1'000, 3);
  exact.Add(2'000'000);
  const auto histogram = FromHdrPayload(ToHdrPayload(exact));
  ASSERT_TRUE(histogram.ok()) << histogram.status();
  EXPECT_EQ(histogram->min_ns(), 512);
  EXPECT_EQ(histogram->max_ns(), 2'000'895);  // 1,024 ns from 1,999,872
  EXPECT_EQ(histogram->sum_ns(), 3 * 768 + 2'000'384);
  EXPECT_EQ(histogram->clamped(), 0u);
}

TEST(HdrPayloadTest, WhatIsReadIsAHistogramThatAddCouldHaveMade) {
  for (const Cells& cells :
       {Cells{}, Cells{{0, 1}}, Cells{{kLastCell, 5}},
        Cells{{0, 1'000'000}, {kLastCell, 1}}, Cells{{2047, kMaxCount}}}) {
    const auto histogram = FromHdrPayload(ToHdrPayload(HistogramOf(cells)));
    ASSERT_TRUE(histogram.ok()) << histogram.status();
    const auto count = CheckWire(ToWire(*histogram));
    EXPECT_TRUE(count.ok()) << count.status();
  }
}

TEST(HdrPayloadTest, OtherParametersAreRefused) {
  EXPECT_EQ(ErrorOf(Payload{.offset = 1}.Text()),
            "histogram has normalizing index offset 1, expected 0");
  EXPECT_EQ(ErrorOf(Payload{.digits = 2}.Text()),
            "histogram has significant digits 2, expected 3");
  EXPECT_EQ(ErrorOf(Payload{.lowest = 1}.Text()),
            "histogram has lowest discernible value 1, expected 1000");
  EXPECT_EQ(ErrorOf(Payload{.highest = 3'600'000'000}.Text()),
            "histogram has highest trackable value 3600000000, expected "
            "3600000000000");
  EXPECT_EQ(ErrorOf(Payload{.ratio = 0.5}.Text()),
            "histogram has conversion ratio from integer to double 0.5, "
            "expected 1");
}

TEST(HdrPayloadTest, OnlyV2CookiesAreTaken) {
  EXPECT_EQ(ErrorOf(Payload{.cookie = 0x1c849301}.Text()),
            "histogram has cookie 0x1c849301, expected 0x1c849313 (V2)");
  const std::string zlib_data = Deflated(Payload{}.Plain());
  EXPECT_EQ(ErrorOf(Wrapped(zlib_data, 0x1c849302)),
            "histogram has cookie 0x1c849302, expected 0x1c849314 (V2)");
  EXPECT_EQ(ErrorOf(Wrapped(zlib_data, 0x1c849304)), "none");
}

TEST(HdrPayloadTest, LengthsMustAgree) {
  EXPECT_EQ(ErrorOf(Payload{.missing_bytes = 2}.Text()),
            "histogram announces 2 bytes of counts, has 0");
  EXPECT_EQ(ErrorOf(Wrapped(Deflated(Payload{}.Plain().substr(0, 39)))),
            "histogram inflates to 39 bytes, expected at least 40");
  EXPECT_EQ(ErrorOf(Wrapped(Deflated(Payload{}.Plain()) + "xyz")),
            "histogram has 3 bytes after its zlib data");
  EXPECT_EQ(ErrorOf(absl::Base64Escape("1234567")),
            "histogram has 7 bytes, expected at least 8");
  std::string bytes;
  ASSERT_TRUE(absl::Base64Unescape(Payload{}.Text(), &bytes));
  EXPECT_THAT(ErrorOf(absl::Base64Escape(bytes + "x")),
              HasSubstr(" bytes of zlib data, has "));
}

TEST(HdrPayloadTest, CountsMustFit) {
  const std::string to_last = {"\x97\xfa\x02", 3};      // 24,204 zeros
  const std::string beyond_last = {"\x99\xfa\x02", 3};  // 24,205
  const std::string most = "\xfe" + std::string(8, '\xff');
  EXPECT_EQ(ErrorOf(OfCounts(to_last + "\x02").Text()), "none");
  EXPECT_EQ(ErrorOf(OfCounts(beyond_last + "\x02").Text()),
            "histogram has a count at index 24205, expected at most 24204, "
            "that of 3600000000000 ns");
  EXPECT_EQ(ErrorOf(OfCounts(most).Text()), "none");
  EXPECT_EQ(ErrorOf(OfCounts(most + "\x02").Text()),
            "histogram has counts that add up to more than "
            "9223372036854775807");
  for (const std::string& counts :
       {std::string("\x81\x80\x03", 3),      // 24,577 zeros
        std::string("\xff\xff\x02\x01", 4),  // 24,576 and one
        std::string(24'577, '\x00'),         // one by one
        std::string("\xff\xff\x02\x00", 4),  // and a count
        std::string(9, '\xff'),              // 2^63 zeros
        "\x02" + std::string(9, '\xff')}) {
    EXPECT_EQ(ErrorOf(OfCounts(counts).Text()),
              "histogram has more than 24576 counts");
  }
  EXPECT_EQ(ErrorOf(OfCounts("\x02\x80").Text()),
            "histogram ends within a count");
  EXPECT_EQ(ErrorOf(OfCounts(std::string(8, '\xff')).Text()),
            "histogram ends within a count");
}

TEST(HdrPayloadTest, ABombIsNotInflated) {
  EXPECT_EQ(ErrorOf(Wrapped(Deflated(std::string(1 << 26, '\0')))),
            "histogram inflates to more than 221224 bytes");
}

TEST(HdrPayloadTest, WhatIsNoZlibDataIsRefused) {
  EXPECT_EQ(ErrorOf(Wrapped("zlib")),
            "histogram does not inflate: zlib error -3");
  const std::string whole = Deflated(Payload{}.Plain());
  for (size_t size = 0; size < whole.size(); ++size) {
    EXPECT_THAT(ErrorOf(Wrapped(whole.substr(0, size))),
                HasSubstr("does not inflate"));
  }
}

TEST(HdrPayloadTest, OtherSpellingsOfBase64AreRefused) {
  const std::string text = ToHdrPayload({});
  ASSERT_EQ(ErrorOf(text), "none");
  ASSERT_EQ(text.back(), '=');
  for (const std::string& other :
       {text + " ", " " + text, text + "=", text.substr(0, text.size() - 1),
        text.substr(0, text.size() - 1) + ".", "*" + text, text + "\r",
        std::string("HIST"), std::string()}) {
    EXPECT_NE(ErrorOf(other), "none") << other;
  }
}

}  // namespace
}  // namespace invocator
