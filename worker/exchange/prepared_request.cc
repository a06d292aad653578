#include "worker/exchange/prepared_request.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"

namespace invocator {
namespace {

// A body up to this length stands behind its head. Each engine copies it, which
// would be too much for larger ones.
constexpr size_t kMaxJoinedBody = 1024;

void AddLine(absl::string_view name, absl::string_view value,
             std::string& front) {
  absl::StrAppend(&front, name, value.empty() ? ":" : ": ", value, "\r\n");
}

}  // namespace

PreparedRequest::PreparedRequest(InstanceRequest& request, size_t body)
    : request_(&request), index_(body), rules_(request.answer_rules()) {
  if (request.method != "HEAD") body_ = request.bodies[body].body;
}

void PreparedRequest::LayOut(const PreparedSignature::Stamp* stamp) {
  const InstanceRequest& request = *request_;
  front_ =
      absl::StrCat(request.method, " ", TargetOf(request.url), " HTTP/1.1\r\n");
  for (const Header& header : SentHeaders(request, body_)) {
    AddLine(header.first, header.second, front_);
  }
  if (stamp != nullptr) {
    const std::string& token = request.signer->credentials().session_token;
    if (!token.empty()) AddLine("X-Amz-Security-Token", token, front_);
    absl::StrAppend(&front_, "X-Amz-Date: ");
    date_at_ = front_.size();
    absl::StrAppend(&front_, stamp->amz_date, "\r\nAuthorization: ");
    authorization_at_ = front_.size();
    absl::StrAppend(&front_, stamp->authorization, "\r\n");
    generation_ = request.signer->generation();
  }
  absl::StrAppend(&front_, "\r\n");
  joined_ = body_.size() <= kMaxJoinedBody;
  if (joined_) absl::StrAppend(&front_, body_);
}

absl::string_view PreparedRequest::FrontAt(int64_t unix_s) {
  if (!signs()) {
    if (front_.empty()) LayOut(nullptr);
    return front_;
  }
  const auto is_outdated = [this] {
    return front_.empty() || generation_ != request_->signer->generation();
  };
  if (unix_s == unix_s_ && !is_outdated()) return front_;
  const PreparedSignature::Stamp& stamp = *request_->StampAt(index_, unix_s);
  unix_s_ = unix_s;
  // Asked anew: the stamp may be the first one of other credentials.
  if (is_outdated()) {
    LayOut(&stamp);
  } else {
    std::memcpy(front_.data() + date_at_, stamp.amz_date.data(),
                stamp.amz_date.size());
    std::memcpy(front_.data() + authorization_at_, stamp.authorization.data(),
                stamp.authorization.size());
  }
  return front_;
}

Http2Request& PreparedRequest::http2() {
  if (http2_ == nullptr) {
    http2_ = std::make_unique<Http2Request>(*request_, index_);
  }
  return *http2_;
}

PreparedRequests::PreparedRequests(std::vector<InstanceRequest> requests,
                                   int64_t unix_s, bool http2)
    : requests_(std::move(requests)), prepared_(requests_.size()) {
  for (size_t i = 0; i < requests_.size(); ++i) {
    const size_t bodies = requests_[i].bodies.size();
    prepared_[i].resize(bodies);
    for (size_t body = 0; body < std::min(bodies, kReadyBodies); ++body) {
      PreparedRequest& request = At(static_cast<uint32_t>(i), body);
      if (http2) {
        request.http2().FieldsAt(unix_s);
      } else {
        request.FrontAt(unix_s);
      }
    }
  }
}

PreparedRequest& PreparedRequests::At(uint32_t instance, size_t body) {
  std::unique_ptr<PreparedRequest>& request = prepared_[instance][body];
  if (request == nullptr) {
    request = std::make_unique<PreparedRequest>(requests_[instance], body);
  }
  return *request;
}

}  // namespace invocator
