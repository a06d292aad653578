#ifndef INVOCATOR_TESTS_BENCH_HTTP1_REQUESTS_H_
#define INVOCATOR_TESTS_BENCH_HTTP1_REQUESTS_H_

#include <cstddef>
#include <string>
#include <string_view>

namespace invocator {

// Finds the HTTP/1.1 requests in the bytes of one connection and writes the
// answers. Skips bodies, which need a Content-Length.
//
// Thread-compatible.
class Http1Requests {
 public:
  // Takes bytes in the order in which they were read, appends the answers to
  // requests that they end, and returns how many requests they begin, or -1 if
  // they are no such requests.
  int Take(std::string_view bytes, std::string& answers);

 private:
  std::string head_;
  size_t body_left_ = 0;
  bool in_body_ = false;
};

}  // namespace invocator

#endif  // INVOCATOR_TESTS_BENCH_HTTP1_REQUESTS_H_
