// A client that sends exactly the bytes it is told, over TCP or TLS on
// loopback. Every wait ends after kDeadline.
#ifndef INVOCATOR_TESTS_SUPPORT_RAW_CLIENT_H_
#define INVOCATOR_TESTS_SUPPORT_RAW_CLIENT_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/strings/string_view.h"

namespace invocator {

class RawClient {
 public:
  static constexpr std::chrono::seconds kDeadline{10};

  // `ca_file` not empty: TLS, trusting that certificate for "localhost".
  explicit RawClient(uint16_t port, const std::string& ca_file = "");
  ~RawClient();
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  bool connected() const;
  // False if the server would not take it all.
  bool Send(absl::string_view bytes);
  // One response with a Content-Length, head and body; "" if none came whole.
  // `head`: the answer to a HEAD request, which has no body.
  std::string ReadResponse(bool head = false);
  // What comes up to and with `end`; "" if the server closes before.
  std::string ReadUntil(absl::string_view end);
  // Whether the server has closed the connection, with nothing more to read.
  bool AtEnd();

 private:
  struct Tls;
  // At least one byte more into buffer_; false at the end or the deadline.
  bool ReadMore();

  int socket_ = -1;
  std::unique_ptr<Tls> tls_;
  std::string buffer_;
};

}  // namespace invocator

#endif  // INVOCATOR_TESTS_SUPPORT_RAW_CLIENT_H_
