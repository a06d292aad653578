#include "tests/bench/http1_requests.h"

#include <strings.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <system_error>

namespace invocator {
namespace {

constexpr size_t kMaxHeadBytes = size_t{64} * 1024;
constexpr int64_t kMaxBodyBytes = int64_t{16} << 20;
constexpr std::string_view kAnswer =
    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
    "Content-Length: 2\r\n\r\n{}";

// The value of Content-Length in a head, 0 without one, or -1 for a head this
// server does not take (a chunked body, a number that is none).
int64_t BodyBytes(std::string_view head) {
  int64_t result = 0;
  for (size_t at = head.find("\r\n"); at != head.npos;
       at = head.find("\r\n", at + 2)) {
    const std::string_view line = head.substr(at + 2);
    const auto is = [&line](std::string_view name) {
      return line.size() >= name.size() &&
             strncasecmp(line.data(), name.data(), name.size()) == 0;
    };
    if (is("transfer-encoding:")) return -1;
    if (!is("content-length:")) continue;
    const char* begin =
        line.data() + std::string_view("content-length:").size();
    const char* end = line.data() + line.size();
    while (begin != end && *begin == ' ') ++begin;
    if (std::from_chars(begin, end, result).ec != std::errc()) return -1;
    if (result < 0 || result > kMaxBodyBytes) return -1;
  }
  return result;
}

}  // namespace

int Http1Requests::Take(std::string_view bytes, std::string& answers) {
  int begun = 0;
  while (true) {
    const size_t skipped = std::min(body_left_, bytes.size());
    body_left_ -= skipped;
    bytes.remove_prefix(skipped);
    if (in_body_ && body_left_ == 0) {
      in_body_ = false;
      answers += kAnswer;
    }
    if (bytes.empty()) return begun;
    if (head_.empty()) ++begun;
    const size_t before = head_.size();
    head_.append(bytes);
    const size_t end = head_.find("\r\n\r\n", before < 3 ? 0 : before - 3);
    if (end == head_.npos) return head_.size() > kMaxHeadBytes ? -1 : begun;
    const int64_t body = BodyBytes(std::string_view(head_).substr(0, end));
    if (body < 0) return -1;
    body_left_ = static_cast<size_t>(body);
    in_body_ = true;
    bytes.remove_prefix(end + 4 - before);
    head_.clear();
  }
}

}  // namespace invocator
