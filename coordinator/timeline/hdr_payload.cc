#include "coordinator/timeline/hdr_payload.h"

#include <zlib.h>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <limits>
#include <new>
#include <optional>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace invocator {
namespace {

// In older versions the second digit from the right is the width of a count; V2
// writes 1 and ignores it.
constexpr uint32_t kCookie = 0x1c849313;
constexpr uint32_t kCompressedCookie = 0x1c849314;
constexpr uint32_t kIgnoredDigit = 0xf0;

constexpr size_t kOuterHeaderBytes = 8;
constexpr uint32_t kDigits = 3;
constexpr uint64_t kLowestNs = 1'000;
constexpr uint64_t kHighestNs = Histogram::kMaxNs;
constexpr uint64_t kMaxCount = std::numeric_limits<int64_t>::max();

template <typename... Args>
absl::Status Invalid(const Args&... args) {
  return absl::InvalidArgumentError(absl::StrCat("histogram ", args...));
}

// ---- big-endian integers

template <typename Int>
void Put(Int value, std::string& to) {
  for (int shift = 8 * (sizeof(Int) - 1); shift >= 0; shift -= 8) {
    to += static_cast<char>(value >> shift);
  }
}

// REQUIRES: from.size() >= sizeof(Int)
template <typename Int>
Int Take(absl::string_view& from) {
  Int value = 0;
  for (size_t i = 0; i < sizeof(Int); ++i) {
    value = static_cast<Int>(value << 8 | static_cast<unsigned char>(from[i]));
  }
  from.remove_prefix(sizeof(Int));
  return value;
}

// ---- ZigZag LEB128-64b9B: seven bits per byte, lowest first, and a
// continuation bit; the ninth byte has eight bits.

void PutZigZag(int64_t value, std::string& to) {
  uint64_t rest = static_cast<uint64_t>(value) << 1;
  if (value < 0) rest = ~rest;
  for (size_t i = 1; rest >= 0x80 && i < kMaxHdrCountBytes; ++i) {
    to += static_cast<char>((rest & 0x7f) | 0x80);
    rest >>= 7;
  }
  to += static_cast<char>(rest);
}

// Nullopt if `from` ends too early.
std::optional<int64_t> TakeZigZag(absl::string_view& from) {
  uint64_t value = 0;
  for (size_t i = 0; i < std::min(from.size(), kMaxHdrCountBytes); ++i) {
    const uint64_t byte = static_cast<unsigned char>(from[i]);
    const bool is_last = i + 1 == kMaxHdrCountBytes || byte < 0x80;
    value |= (is_last ? byte : byte & 0x7f) << (7 * i);
    if (!is_last) continue;
    from.remove_prefix(i + 1);
    return static_cast<int64_t>((value >> 1) ^ (~(value & 1) + 1));
  }
  return std::nullopt;
}

// ---- decoding, layer by layer

// For a few kilobytes a small window and hash table compress as well as zlib's
// default of 256 KiB, whose allocation would take most of the time.
std::string Deflate(const std::string& plain) {
  constexpr int kWindowBits = 12;
  constexpr int kMemoryLevel = 5;
  z_stream stream = {};
  if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, kWindowBits,
                   kMemoryLevel, Z_DEFAULT_STRATEGY) != Z_OK) {
    throw std::bad_alloc();
  }
  std::string packed(deflateBound(&stream, plain.size()), '\0');
  // zlib does not change its input.
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(plain.data()));
  stream.avail_in = static_cast<uInt>(plain.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  deflate(&stream, Z_FINISH);  // cannot fail: the output has room
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed;
}

absl::StatusOr<std::string> Inflate(absl::string_view packed) {
  std::string plain(kMaxHdrBytes, '\0');
  uLongf size = plain.size();
  uLong used = packed.size();
  const int result =
      uncompress2(reinterpret_cast<Bytef*>(plain.data()), &size,
                  reinterpret_cast<const Bytef*>(packed.data()), &used);
  if (result == Z_BUF_ERROR) {
    return Invalid("inflates to more than ", kMaxHdrBytes, " bytes");
  }
  if (result != Z_OK) return Invalid("does not inflate: zlib error ", result);
  if (used != packed.size()) {
    return Invalid("has ", packed.size() - used, " bytes after its zlib data");
  }
  plain.resize(size);
  return plain;
}

absl::Status CheckCookie(uint32_t cookie, uint32_t expected) {
  if ((cookie | kIgnoredDigit) == (expected | kIgnoredDigit)) {
    return absl::OkStatus();
  }
  return Invalid(absl::StrFormat("has cookie 0x%08x, expected 0x%08x (V2)",
                                 cookie, expected));
}

template <typename Value>
absl::Status CheckParameter(absl::string_view name, Value value,
                            Value expected) {
  if (value == expected) return absl::OkStatus();
  return Invalid("has ", name, " ", value, ", expected ", expected);
}

absl::Status CheckLength(absl::string_view what, uint32_t announced,
                         size_t bytes) {
  if (announced == bytes) return absl::OkStatus();
  return Invalid("announces ", announced, " bytes of ", what, ", has ", bytes);
}

// Checks the header and removes it from `plain`.
absl::Status TakeHeader(absl::string_view& plain) {
  if (plain.size() < kHdrHeaderBytes) {
    return Invalid("inflates to ", plain.size(), " bytes, expected at least ",
                   kHdrHeaderBytes);
  }
  absl::Status status = CheckCookie(Take<uint32_t>(plain), kCookie);
  const auto length = Take<uint32_t>(plain);
  const auto offset = Take<uint32_t>(plain);
  const auto digits = Take<uint32_t>(plain);
  const auto lowest = Take<uint64_t>(plain);
  const auto highest = Take<uint64_t>(plain);
  const auto ratio = std::bit_cast<double>(Take<uint64_t>(plain));
  status.Update(CheckLength("counts", length, plain.size()));
  status.Update(
      CheckParameter<uint32_t>("normalizing index offset", offset, 0));
  status.Update(CheckParameter("significant digits", digits, kDigits));
  status.Update(CheckParameter("lowest discernible value", lowest, kLowestNs));
  status.Update(CheckParameter("highest trackable value", highest, kHighestNs));
  status.Update(
      CheckParameter("conversion ratio from integer to double", ratio, 1.0));
  return status;
}

// Counts of consecutive cells from the first; a negative number is a run of
// zeros.
absl::StatusOr<Histogram> DecodeCounts(absl::string_view counts) {
  const int last = Histogram::CellIndex(Histogram::kMaxNs);
  Histogram histogram;
  int64_t index = 0;
  int64_t min_ns = 0;
  int64_t max_ns = 0;
  double sum_ns = 0;
  while (!counts.empty()) {
    const std::optional<int64_t> count = TakeZigZag(counts);
    if (!count.has_value()) return Invalid("ends within a count");
    if (*count < index - Histogram::kCells || index == Histogram::kCells) {
      return Invalid("has more than ", Histogram::kCells, " counts");
    }
    if (*count < 0) {
      index -= *count;
      continue;
    }
    if (*count > 0) {
      const int cell = static_cast<int>(index);
      if (cell > last) {
        return Invalid("has a count at index ", cell, ", expected at most ",
                       last, ", that of ", Histogram::kMaxNs, " ns");
      }
      const uint64_t more = static_cast<uint64_t>(*count);
      if (more > kMaxCount - histogram.count()) {
        return Invalid("has counts that add up to more than ", kMaxCount);
      }
      const int64_t lowest = Histogram::CellLowestNs(cell);
      const int64_t highest = Histogram::CellHighestNs(cell);
      if (histogram.count() == 0) min_ns = lowest;
      max_ns = std::min(highest, Histogram::kMaxNs);
      sum_ns += static_cast<double>(more) *
                static_cast<double>(
                    std::min((lowest + highest + 1) / 2, Histogram::kMaxNs));
      histogram.AddCell(cell, more);
    }
    ++index;
  }
  histogram.SetStatistics(min_ns, max_ns, sum_ns, /*clamped=*/0);
  return histogram;
}

}  // namespace

std::string ToHdrPayload(const Histogram& histogram) {
  std::string counts;
  int next = 0;
  histogram.ForEachCell([&](int index, uint64_t count) {
    if (index > next) PutZigZag(next - index, counts);
    PutZigZag(static_cast<int64_t>(count), counts);
    next = index + 1;
  });
  std::string plain;
  Put(kCookie, plain);
  Put(static_cast<uint32_t>(counts.size()), plain);
  Put(uint32_t{0}, plain);  // normalizing index offset
  Put(kDigits, plain);
  Put(kLowestNs, plain);
  Put(kHighestNs, plain);
  Put(std::bit_cast<uint64_t>(1.0), plain);  // integer to double
  plain += counts;

  const std::string packed = Deflate(plain);
  std::string bytes;
  Put(kCompressedCookie, bytes);
  Put(static_cast<uint32_t>(packed.size()), bytes);
  return absl::Base64Escape(bytes + packed);
}

absl::StatusOr<Histogram> FromHdrPayload(absl::string_view base64) {
  std::string bytes;
  // The comparison refuses blanks and other spellings, which Abseil accepts.
  if (!absl::Base64Unescape(base64, &bytes) ||
      absl::Base64Escape(bytes) != base64) {
    return Invalid("is not valid base64");
  }
  absl::string_view packed = bytes;
  if (packed.size() < kOuterHeaderBytes) {
    return Invalid("has ", packed.size(), " bytes, expected at least ",
                   kOuterHeaderBytes);
  }
  absl::Status status = CheckCookie(Take<uint32_t>(packed), kCompressedCookie);
  const auto length = Take<uint32_t>(packed);
  status.Update(CheckLength("zlib data", length, packed.size()));
  if (!status.ok()) return status;
  const absl::StatusOr<std::string> plain = Inflate(packed);
  if (!plain.ok()) return plain.status();
  absl::string_view counts = *plain;
  status = TakeHeader(counts);
  if (!status.ok()) return status;
  return DecodeCounts(counts);
}

}  // namespace invocator
