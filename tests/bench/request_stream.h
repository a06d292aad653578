#ifndef INVOCATOR_TESTS_BENCH_REQUEST_STREAM_H_
#define INVOCATOR_TESTS_BENCH_REQUEST_STREAM_H_

#include <string>
#include <string_view>

#include "tests/bench/http1_requests.h"
#include "tests/bench/http2_requests.h"

namespace invocator {

// The requests of one connection in the clear: HTTP/2 if it begins with that
// protocol's preface, else HTTP/1.1.
//
// Thread-compatible.
class RequestStream {
 public:
  // Takes bytes in the order in which they were read, appends what is to be
  // sent, and returns how many requests the bytes begin, or -1 if they are no
  // requests.
  int Take(std::string_view bytes, std::string& answers);

 private:
  enum class Protocol { kUnknown, kHttp1, kHttp2 };

  Protocol protocol_ = Protocol::kUnknown;
  std::string first_;  // bytes of an unknown protocol
  Http1Requests http1_;
  Http2Requests http2_;
};

}  // namespace invocator

#endif  // INVOCATOR_TESTS_BENCH_REQUEST_STREAM_H_
