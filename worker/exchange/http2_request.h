// Header fields of one HTTP/2 request, laid out once per instance and body.
// Only date and signature change, once a second, and the session token with new
// credentials.
//
// HPACK: `authorization` is never indexed, by us or by a proxy (RFC 7541,
// 7.1.3). Its encoding is therefore the same on every connection: it is encoded
// once a second, since Huffman's code for 250 bytes would be a seventh of our
// user-space work for a call. All other fields may enter the connection's
// dynamic table, the session token too: repeated, it then costs one byte
// instead of 1 to 2 KB.
//
// Thread-compatible. Borrows the instance's request
// (worker/exchange/request.h).
#ifndef INVOCATOR_WORKER_EXCHANGE_HTTP2_REQUEST_H_
#define INVOCATOR_WORKER_EXCHANGE_HTTP2_REQUEST_H_

#include <nghttp2/nghttp2.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "worker/exchange/request.h"

namespace invocator {

class Http2Request {
 public:
  // For one of the request's bodies.
  Http2Request(InstanceRequest& request, size_t body);
  Http2Request(const Http2Request&) = delete;
  Http2Request& operator=(const Http2Request&) = delete;

  // The fields of a request sent at `unix_s` (ignored if unsigned), up to
  // `authorization`. The array is valid until the next call. nghttp2 copies the
  // values that change and borrows the others, which are valid as long as this.
  absl::Span<const nghttp2_nv> FieldsAt(int64_t unix_s);
  // After FieldsAt: the encoded `authorization`, which ends the header block;
  // empty if there is none. Valid until the next FieldsAt.
  absl::string_view encoded_end() const { return encoded_end_; }
  // Empty for HEAD, which has no body.
  absl::string_view body() const { return body_; }

 private:
  void LayOut();
  void Stamp(int64_t unix_s);
  void EncodeEnd(absl::string_view authorization);

  InstanceRequest* const request_;
  const size_t index_;
  absl::string_view body_;
  std::vector<Header> fields_;  // those that never change
  std::string token_, date_;
  std::string encoded_end_;
  std::vector<nghttp2_nv> nva_;
  int64_t unix_s_ = -1;      // of the signature
  uint64_t generation_ = 0;  // of credentials
};

}  // namespace invocator

#endif  // INVOCATOR_WORKER_EXCHANGE_HTTP2_REQUEST_H_
