#ifndef INVOCATOR_TESTS_BENCH_HTTP2_REQUESTS_H_
#define INVOCATOR_TESTS_BENCH_HTTP2_REQUESTS_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace invocator {

// Finds the HTTP/2 requests in the bytes of one connection and writes the
// answers, without a library, so that a server with it costs next to nothing.
//
// Knows frames (RFC 9113), but decodes no header block: all requests get the
// same answer, a status of 200 without a body, which needs no flow control.
// Grants all the windows that a client can have.
//
// Thread-compatible.
class Http2Requests {
 public:
  // What a client sends first. Take() wants what follows.
  static constexpr std::string_view kPreface =
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

  // Appends this side's preface. To be called once, before Take().
  static void Begin(std::string& answers);

  // Takes bytes in the order in which they were read, appends the answers to
  // requests that they end, and returns how many requests they begin, or -1 if
  // they are no such requests.
  int Take(std::string_view bytes, std::string& answers);

 private:
  struct Frame {
    uint8_t type;
    uint8_t flags;
    uint32_t stream;
    std::string_view payload;
  };

  // False if a client may not send such a frame.
  bool TakeFrame(const Frame& frame, int& begun, std::string& answers);
  bool TakeHeaders(const Frame& frame, int& begun, std::string& answers);

  std::string rest_;  // of the bytes: less than a frame
  uint32_t last_stream_ = 0;
  // A request without a body whose header block goes on in the next frame.
  bool ends_with_block_ = false;
  uint32_t window_used_bytes_ = 0;
};

}  // namespace invocator

#endif  // INVOCATOR_TESTS_BENCH_HTTP2_REQUESTS_H_
