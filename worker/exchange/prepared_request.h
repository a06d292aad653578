// Wire bytes of one HTTP/1.1 request, laid out once per instance and body. Only
// date and signature change, in place, once a second; new credentials cause a
// new layout. Its HTTP/2 form is made when first asked for.
//
// Thread-compatible. Borrows the instance's request
// (worker/exchange/request.h).
#ifndef INVOCATOR_WORKER_EXCHANGE_PREPARED_REQUEST_H_
#define INVOCATOR_WORKER_EXCHANGE_PREPARED_REQUEST_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "worker/exchange/http2_request.h"
#include "worker/exchange/request.h"

namespace invocator {

class PreparedRequest {
 public:
  // For one of the request's bodies.
  PreparedRequest(InstanceRequest& request, size_t body);

  // The head for a request sent at `unix_s` (ignored if unsigned), followed by
  // the body if that is short: one piece takes a cheaper system call than two.
  // Valid until the next call with another second: copy unwritten bytes before
  // that.
  absl::string_view FrontAt(int64_t unix_s);
  // The rest after that front: a longer body. Empty for HEAD, which has no
  // body.
  absl::string_view rest() const { return joined_ ? "" : body_; }
  Http2Request& http2();
  bool signs() const { return request_->signer != nullptr; }
  const InstanceRequest& request() const { return *request_; }
  size_t body_index() const { return index_; }
  const AnswerRules& answer_rules() const { return rules_; }

 private:
  void LayOut(const PreparedSignature::Stamp* stamp);

  InstanceRequest* request_;
  size_t index_;
  AnswerRules rules_;
  absl::string_view body_;
  std::string front_;
  bool joined_ = false;      // the body is in front_
  int64_t unix_s_ = -1;      // of front_
  uint64_t generation_ = 0;  // of credentials
  size_t date_at_ = 0;
  size_t authorization_at_ = 0;
  std::unique_ptr<Http2Request> http2_;
};

// Prepared requests of a plan, by instance and body. A few of each instance are
// made beforehand, the others at first use, since a list of payloads may be
// longer than the run.
//
// Thread-compatible. Owns the requests.
class PreparedRequests {
 public:
  // `http2`: the form made beforehand.
  PreparedRequests(std::vector<InstanceRequest> requests, int64_t unix_s,
                   bool http2 = false);

  // The request of that invocation. REQUIRES: the instance has bodies.
  PreparedRequest& Of(uint32_t instance, uint64_t sequence) {
    const size_t bodies = prepared_[instance].size();
    return At(instance, bodies == 1 ? 0 : sequence % bodies);
  }

  const std::vector<InstanceRequest>& requests() const { return requests_; }

 private:
  PreparedRequest& At(uint32_t instance, size_t body);

  std::vector<InstanceRequest> requests_;
  std::vector<std::vector<std::unique_ptr<PreparedRequest>>> prepared_;
};

}  // namespace invocator

#endif  // INVOCATOR_WORKER_EXCHANGE_PREPARED_REQUEST_H_
