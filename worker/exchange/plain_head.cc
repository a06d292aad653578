#include "worker/exchange/plain_head.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "worker/exchange/head_fault.h"

namespace invocator {
namespace {

// As the parser's limit, or less.
constexpr size_t kMaxHeadBytes = size_t{64} * 1024;
// A number of so many digits does not overflow.
constexpr size_t kMaxLengthDigits = 18;

constexpr absl::string_view kProtocol = "HTTP/1.1 ";
// "HTTP/1.1 200 " and CR LF.
constexpr ptrdiff_t kShortestStatusLine = 15;

constexpr std::array<bool, 256> TokenTable() {
  std::array<bool, 256> is_token = {};
  for (const char c : absl::string_view("!#$%&'*+-.^_`|~0123456789"
                                        "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                        "abcdefghijklmnopqrstuvwxyz")) {
    is_token[static_cast<unsigned char>(c)] = true;
  }
  return is_token;
}
constexpr std::array<bool, 256> kIsToken = TokenTable();

bool IsToken(char c) { return kIsToken[static_cast<unsigned char>(c)]; }
bool IsPrintable(char c) { return c >= 0x20 && c <= 0x7e; }

constexpr uint64_t Each(uint8_t byte) {
  return uint64_t{byte} * 0x0101010101010101;
}

// Eight bytes, the first of them lowest.
uint64_t LoadWord(const char* at) {
  uint64_t word;
  std::memcpy(&word, at, sizeof(word));
  if constexpr (std::endian::native == std::endian::big) {
    word = __builtin_bswap64(word);
  }
  return word;
}

// The end of the line that begins at `at`, before its CR LF; null if anything
// but printable ASCII comes first. Eight bytes at a time: the sums set the
// highest bit of each byte that is not printable. A carry may also set it of
// later ones, but only the first one counts.
const char* FindLineEnd(const char* at, const char* end) {
  for (; end - at >= 8; at += 8) {
    const uint64_t word = LoadWord(at);
    const uint64_t found =
        ((word - Each(0x20)) | (word + Each(0x01))) & Each(0x80);
    if (found == 0) continue;
    at += std::countr_zero(found) / 8;
    return end - at >= 2 && at[0] == '\r' && at[1] == '\n' ? at : nullptr;
  }
  while (at != end && IsPrintable(*at)) ++at;
  return end - at >= 2 && at[0] == '\r' && at[1] == '\n' ? at : nullptr;
}

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// The end of a plain status line; null if it is another.
const char* TakeStatusLine(const char* at, const char* end,
                           ResponseFacts& facts) {
  if (end - at < kShortestStatusLine ||
      absl::string_view(at, kProtocol.size()) != kProtocol) {
    return nullptr;
  }
  at += kProtocol.size();
  if (!IsDigit(at[0]) || !IsDigit(at[1]) || !IsDigit(at[2]) || at[3] != ' ') {
    return nullptr;
  }
  const int status = 100 * (at[0] - '0') + 10 * (at[1] - '0') + (at[2] - '0');
  if (!MayHaveBody(status)) return nullptr;
  facts.Clear();
  facts.status = static_cast<uint16_t>(status);
  return FindLineEnd(at + 4, end);
}

std::optional<uint64_t> ReadLength(absl::string_view digits) {
  if (digits.empty() || digits.size() > kMaxLengthDigits) return std::nullopt;
  uint64_t length = 0;
  for (const char digit : digits) {
    if (!IsDigit(digit)) return std::nullopt;
    length = 10 * length + static_cast<uint64_t>(digit - '0');
  }
  return length;
}

// Takes a header that may decide where the answer ends, or its connection.
// False if it does so in another way than in plain heads.
bool TakeFraming(absl::string_view name, absl::string_view value,
                 std::optional<uint64_t>& length) {
  switch (name.size()) {
    case sizeof("Connection") - 1:
      return !IsWord(name, "Connection") || IsWord(value, "keep-alive");
    case sizeof("Content-Length") - 1:
      if (!IsWord(name, "Content-Length")) return true;
      if (length) return false;
      length = ReadLength(value);
      return length.has_value();
    case sizeof("Proxy-Connection") - 1:
      return !IsWord(name, "Proxy-Connection");
    case sizeof("Transfer-Encoding") - 1:
      return !IsWord(name, "Transfer-Encoding");
    default:
      return true;
  }
}

}  // namespace

std::optional<PlainHead> ReadPlainHead(absl::string_view answer,
                                       const ColdStartSource* source,
                                       ResponseFacts& facts) {
  const char* const begin = answer.data();
  const char* const end = begin + std::min(answer.size(), kMaxHeadBytes);
  std::optional<uint64_t> length;
  const char* line_end = TakeStatusLine(begin, end, facts);
  while (line_end != nullptr) {
    const char* const line = line_end + 2;
    line_end = FindLineEnd(line, end);
    if (line_end == nullptr) break;
    if (line_end == line) {
      if (!length) break;
      return PlainHead{static_cast<size_t>(line + 2 - begin), *length};
    }
    // The line's CR ends the searches below.
    const char* name_end = line;
    while (IsToken(*name_end)) ++name_end;
    if (name_end == line || *name_end != ':') break;
    const char* value_at = name_end + 1;
    while (*value_at == ' ') ++value_at;
    const char* value_end = line_end;
    while (value_end != value_at && value_end[-1] == ' ') --value_end;
    const absl::string_view name(line, static_cast<size_t>(name_end - line));
    const absl::string_view value(value_at,
                                  static_cast<size_t>(value_end - value_at));
    if (!TakeFraming(name, value, length)) break;
    if (MayAddFacts(name, source, facts)) AddHeader(name, value, source, facts);
  }
  return std::nullopt;
}

}  // namespace invocator
