#include "worker/exchange/http2_request.h"

#include <memory>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"

namespace invocator {
namespace {

constexpr uint8_t kBorrowed =
    NGHTTP2_NV_FLAG_NO_COPY_NAME | NGHTTP2_NV_FLAG_NO_COPY_VALUE;

nghttp2_nv FieldOf(absl::string_view name, absl::string_view value, int flags) {
  // nghttp2's type is for receivers too, which may write.
  const auto bytes = [](absl::string_view text) {
    return reinterpret_cast<uint8_t*>(const_cast<char*>(text.data()));
  };
  return {bytes(name), bytes(value), name.size(), value.size(),
          static_cast<uint8_t>(flags)};
}

// Fields of HTTP/1.1's connections, which HTTP/2 forbids (RFC 9113, 8.2.2).
bool IsOfConnection(absl::string_view name, absl::string_view value) {
  static constexpr absl::string_view kNames[] = {
      "connection", "keep-alive", "proxy-connection", "transfer-encoding",
      "upgrade"};
  for (const absl::string_view known : kNames) {
    if (name == known) return true;
  }
  return name == "te" && !absl::EqualsIgnoreCase(value, "trailers");
}

struct DeflaterDeleter {
  void operator()(nghttp2_hd_deflater* deflater) const {
    nghttp2_hd_deflate_del(deflater);
  }
};

// One for each engine: a field that is never indexed leaves nothing in its
// table. Null when out of memory.
nghttp2_hd_deflater* Deflater() {
  thread_local const std::unique_ptr<nghttp2_hd_deflater, DeflaterDeleter>
      deflater([] {
        nghttp2_hd_deflater* made = nullptr;
        nghttp2_hd_deflate_new(&made, NGHTTP2_DEFAULT_HEADER_TABLE_SIZE);
        return made;
      }());
  return deflater.get();
}

}  // namespace

Http2Request::Http2Request(InstanceRequest& request, size_t body)
    : request_(&request), index_(body) {
  if (request.method != "HEAD") body_ = request.bodies[body].body;
}

void Http2Request::LayOut() {
  const InstanceRequest& request = *request_;
  std::string authority;
  fields_ = {
      {":method", request.method},
      {":scheme", absl::StartsWith(request.url, "https:") ? "https" : "http"},
      {":authority", ""},
      {":path", std::string(TargetOf(request.url))}};
  for (auto& [name, value] : SentHeaders(request, body_)) {
    std::string lower = absl::AsciiStrToLower(name);
    std::string text(absl::StripAsciiWhitespace(value));
    if (lower == "host") {
      fields_[2].second = std::move(text);
    } else if (lower == "authorization") {
      EncodeEnd(text);
    } else if (!IsOfConnection(lower, text)) {
      fields_.emplace_back(std::move(lower), std::move(text));
    }
  }
  for (const auto& [name, value] : fields_) {
    nva_.push_back(FieldOf(name, value, kBorrowed));
  }
}

void Http2Request::EncodeEnd(absl::string_view authorization) {
  const nghttp2_nv field =
      FieldOf("authorization", authorization, NGHTTP2_NV_FLAG_NO_INDEX);
  nghttp2_hd_deflater* const deflater = Deflater();
  encoded_end_.clear();
  if (deflater == nullptr) return;
  encoded_end_.resize(nghttp2_hd_deflate_bound(deflater, &field, 1));
  const ssize_t size = nghttp2_hd_deflate_hd(
      deflater, reinterpret_cast<uint8_t*>(encoded_end_.data()),
      encoded_end_.size(), &field, 1);
  encoded_end_.resize(size > 0 ? static_cast<size_t>(size) : 0);
}

void Http2Request::Stamp(int64_t unix_s) {
  const PreparedSignature::Stamp& stamp = *request_->StampAt(index_, unix_s);
  unix_s_ = unix_s;
  generation_ = request_->signer->generation();
  date_ = stamp.amz_date;
  EncodeEnd(stamp.authorization);
  token_ = request_->signer->credentials().session_token;
  nva_.resize(fields_.size());
  // Copied: these change while a request may wait for its socket.
  constexpr int kCopied = NGHTTP2_NV_FLAG_NO_COPY_NAME;
  if (!token_.empty()) {
    nva_.push_back(FieldOf("x-amz-security-token", token_, kCopied));
  }
  nva_.push_back(FieldOf("x-amz-date", date_, kCopied));
}

absl::Span<const nghttp2_nv> Http2Request::FieldsAt(int64_t unix_s) {
  if (nva_.empty()) LayOut();
  if (request_->signer == nullptr) return nva_;
  if (unix_s != unix_s_ || generation_ != request_->signer->generation()) {
    Stamp(unix_s);
  }
  return nva_;
}

}  // namespace invocator
