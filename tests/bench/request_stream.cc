#include "tests/bench/request_stream.h"

#include <algorithm>

namespace invocator {

int RequestStream::Take(std::string_view bytes, std::string& answers) {
  if (protocol_ == Protocol::kHttp1) return http1_.Take(bytes, answers);
  if (protocol_ == Protocol::kHttp2) return http2_.Take(bytes, answers);
  constexpr std::string_view kPreface = Http2Requests::kPreface;
  first_.append(bytes);
  const size_t seen = std::min(first_.size(), kPreface.size());
  if (first_.compare(0, seen, kPreface.substr(0, seen)) != 0) {
    protocol_ = Protocol::kHttp1;
    return http1_.Take(first_, answers);
  }
  if (seen < kPreface.size()) return 0;
  protocol_ = Protocol::kHttp2;
  Http2Requests::Begin(answers);
  return http2_.Take(std::string_view(first_).substr(seen), answers);
}

}  // namespace invocator
