#include "worker/exchange/head_fault.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_format.h"

namespace invocator {
namespace {

using Fault = std::optional<HeadFault>;

constexpr absl::string_view kProtocol = "HTTP/1.";
constexpr absl::string_view kStatusLineRule =
    "a status line begins with HTTP/1.0 or HTTP/1.1";

std::string Byte(char c) {
  return absl::StrFormat("0x%02X", static_cast<unsigned char>(c));
}

// RFC 9110, 5.6.2.
bool IsToken(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
         absl::string_view("!#$%&'*+-.^_`|~").find(c) !=
             absl::string_view::npos;
}

bool IsControl(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte < 0x20 && c != '\t') || byte == 0x7f;
}

// The first control character in a line's text from `from` on.
Fault FindControl(absl::string_view line, size_t from, const char* where) {
  const auto found = std::find_if(line.begin() + from, line.end(), IsControl);
  if (found == line.end()) return std::nullopt;
  return HeadFault{
      static_cast<size_t>(found - line.begin()),
      absl::StrFormat("control character %s in %s", Byte(*found), where)};
}

// Offset at which a line deviates from the expected start; its size if it does
// not deviate so far.
size_t DiffersAt(absl::string_view line) {
  const auto end = line.begin() + std::min(line.size(), kProtocol.size());
  const auto differs =
      std::mismatch(line.begin(), end, kProtocol.begin()).first;
  return differs == end ? line.size()
                        : static_cast<size_t>(differs - line.begin());
}

Fault FindInStatusLine(absl::string_view line) {
  const size_t differs = DiffersAt(line);
  if (differs < line.size() || line.size() < kProtocol.size()) {
    return HeadFault{differs, std::string(kStatusLineRule)};
  }
  // "HTTP/1.1 200 OK", of which the reason may be missing.
  const auto is_digit = [&](size_t at) {
    return at < line.size() &&
           absl::ascii_isdigit(static_cast<unsigned char>(line[at]));
  };
  if (line.size() < 8 || (line[7] != '0' && line[7] != '1')) {
    return HeadFault{7, std::string(kStatusLineRule)};
  }
  if (line.size() < 9 || line[8] != ' ') {
    return HeadFault{8, "one blank stands before the status code"};
  }
  for (size_t at = 9; at < 12; ++at) {
    if (!is_digit(at)) return HeadFault{at, "a status code has three digits"};
  }
  if (line[9] == '0') return HeadFault{9, "no status code is below 100"};
  if (line.size() > 12 && line[12] != ' ') {
    return HeadFault{12, "a status code has three digits, then a blank"};
  }
  return FindControl(line, 12, "a status line");
}

Fault FindInHeaderLine(absl::string_view line) {
  if (line[0] == ' ' || line[0] == '\t') {
    return FindControl(line, 0, "a header's value");  // a folded one goes on
  }
  for (size_t at = 0; at < line.size(); ++at) {
    if (line[at] == ':') {
      if (at == 0) return HeadFault{0, "a header has a name"};
      return FindControl(line, at + 1, "a header's value");
    }
    if (IsToken(line[at])) continue;
    const size_t next = line.find_first_not_of(" \t", at);
    if (next != at && next != absl::string_view::npos && line[next] == ':') {
      return HeadFault{at, "no blank may stand before a header's colon"};
    }
    return HeadFault{
        at, absl::StrFormat("character %s in a header's name", Byte(line[at]))};
  }
  return HeadFault{line.size(), "a header line has a colon"};
}

}  // namespace

std::optional<HeadFault> FindHeadFault(absl::string_view head,
                                       bool has_status_line) {
  size_t begin = 0;
  while (true) {
    const size_t end = head.find('\n', begin);
    if (end == absl::string_view::npos) {
      const absl::string_view start = head.substr(begin);
      const size_t differs = DiffersAt(start);
      if (!has_status_line || differs == start.size()) return std::nullopt;
      return HeadFault{begin + differs, std::string(kStatusLineRule)};
    }
    absl::string_view line = head.substr(begin, end - begin);
    const bool has_cr = absl::EndsWith(line, "\r");
    if (has_cr) line.remove_suffix(1);
    Fault fault;
    if (has_status_line) {
      fault = FindInStatusLine(line);
    } else if (line.empty()) {
      if (has_cr) return std::nullopt;  // the blank line
    } else {
      fault = FindInHeaderLine(line);
    }
    if (fault) {
      fault->offset += begin;
      return fault;
    }
    if (!has_cr) {
      return HeadFault{end, "a line ends with CR LF, not with LF alone"};
    }
    has_status_line = false;
    begin = end + 1;
  }
}

absl::string_view FindEncodingFault(absl::string_view value, bool is_http_1_0) {
  if (is_http_1_0) return "HTTP/1.0 has no Transfer-Encoding";
  if (absl::EqualsIgnoreCase(value, "chunked")) return "";
  return "Transfer-Encoding is chunked and nothing else";
}

}  // namespace invocator
