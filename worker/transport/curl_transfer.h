// One libcurl transfer: an easy handle set up for an instance and reused for
// one invocation after the other, and the facts learned about each.
//
// Thread-compatible: belongs to the engine whose invoker made it.
#ifndef INVOCATOR_WORKER_TRANSPORT_CURL_TRANSFER_H_
#define INVOCATOR_WORKER_TRANSPORT_CURL_TRANSFER_H_

#include <curl/curl.h>

#include <cstddef>
#include <memory>
#include <string>

#include "absl/strings/string_view.h"
#include "common/aws/sigv4.h"
#include "common/result/outcome.h"
#include "common/result/record.h"
#include "worker/engine/run_clock.h"
#include "worker/exchange/answer_rules.h"
#include "worker/exchange/kept_body.h"
#include "worker/exchange/request.h"
#include "worker/exchange/response.h"
#include "worker/net/host_addresses.h"
#include "worker/net/origin.h"
#include "worker/net/transport_failure.h"
#include "worker/transport/invoker_options.h"

namespace invocator {

// The header lines of one request for one second, shared by the transfers that
// send them. `stamp` is null for an unsigned request.
class CurlHeaders {
 public:
  CurlHeaders(const InstanceRequest& request,
              const PreparedSignature::Stamp* stamp);
  // Just a Host header.
  explicit CurlHeaders(absl::string_view host);
  ~CurlHeaders() { curl_slist_free_all(list_); }
  CurlHeaders(const CurlHeaders&) = delete;
  CurlHeaders& operator=(const CurlHeaders&) = delete;

  curl_slist* list() const { return list_; }

 private:
  void Add(absl::string_view name, absl::string_view value);

  curl_slist* list_ = nullptr;
};

// An origin, and facts learned from its connections.
struct OriginFacts {
  Origin origin;
  bool connects = false;               // a connection was begun
  bool tls_began = false;              // on any connection
  bool asked_for_certificate = false;  // the target asked for ours
  bool answered = false;               // any call
  bool speaks_http1 = false;           // even if asked for HTTP/2
};

class CurlTransfer {
 public:
  // A GET of `url`. Connections that it opens may outlive it, but not `origin`.
  CurlTransfer(const std::string& url, const InvokerOptions& options,
               OriginFacts& origin);
  // Method, URL and timeout of `request`; headers and body come before a send.
  CurlTransfer(const InstanceRequest& request, const InvokerOptions& options,
               OriginFacts& origin);
  ~CurlTransfer();
  CurlTransfer(const CurlTransfer&) = delete;
  CurlTransfer& operator=(const CurlTransfer&) = delete;

  // The transfer that an easy handle belongs to.
  static CurlTransfer& Of(CURL* easy);

  CURL* easy() const { return easy_; }

  // `body` must stay valid until the transfer has ended.
  void SetRequest(std::shared_ptr<const CurlHeaders> headers,
                  absl::string_view body);

  // Makes libcurl connect to these addresses. `name`: NameToLookUp of the
  // origin.
  void SetAddresses(const std::string& name,
                    std::shared_ptr<const HostAddresses::List> addresses);

  // Forgets the previous invocation; `clock` stamps the first byte.
  void Begin(const RunClock& clock);

  // Fills in the record from libcurl and the response; returns it.
  Record& Finish(Outcome outcome, int64_t now_ns);

  Record& record() { return record_; }
  // The outcome of a transfer that ended with `code`. Fills a whole answer's
  // facts into the record.
  Outcome OutcomeOfEnd(CURLcode code);
  // As OutcomeOfEnd, for a call whose origin has no known address.
  Outcome OutcomeWithoutAddress();
  const ResponseFacts& facts() const { return facts_; }
  const KeptBody& body() const { return answer_body_; }
  // After its end: how often the request was sent again.
  uint64_t retries() const {
    return requests_ > 1 ? static_cast<uint64_t>(requests_ - 1) : 0;
  }
  // After its end: true if it had a connection, even if TLS failed on it.
  bool connected() const;
  // Error text of a failed transfer.
  absl::string_view detail() const { return detail_; }
  // After its end: reason and error text for libcurl's `code`.
  TransportFailure FailureOf(CURLcode code) const;

  // Its index among the invoker's transfers in flight.
  size_t in_flight_index = 0;
  // The second its request was signed for.
  int64_t signed_unix_s = 0;

 private:
  // Called before libcurl sends a request. libcurl would send it again if a
  // reused connection was closed before the answer. But the target may have
  // carried it out, and a call planned once is sent once. An HTTP/2 server says
  // which requests it has not processed (RFC 9113, 8.7), for example before it
  // closes (GOAWAY). Those are sent again once; libcurl alone would try up to
  // five times.
  static int OnRequest(void* self, char*, char*, int, int);
  static size_t OnHeader(char* line, size_t size, size_t count, void* self);
  Outcome OutcomeOfFailure(TransportFailure failure);
  // Sets `refused_` for framing that worker/exchange/answer_parser.h refuses.
  void CheckFraming(absl::string_view line);
  static size_t OnBody(char* bytes, size_t size, size_t count, void* self);
  // Called when a connection begins, and when it begins TLS.
  static curl_socket_t OnConnect(void* self, curlsocktype purpose,
                                 curl_sockaddr* address);
  static CURLcode OnTls(CURL*, void* context, void* origin);

  CURL* const easy_;
  const RunClock* clock_ = nullptr;
  Record record_;
  AnswerRules rules_;
  ResponseFacts facts_;
  KeptBody answer_body_;
  bool head_ended_ = false;
  bool has_length_ = false;
  bool has_encoding_ = false;
  bool is_http_1_0_ = false;
  absl::string_view refused_;  // broken rule of a refused answer
  OriginFacts& origin_;
  const bool http2_;
  const bool shows_certificate_;
  bool to_head_ = false;
  std::string detail_;
  char words_[CURL_ERROR_SIZE] = {};  // libcurl's error message
  int socket_error_ = 0;              // of socket(), on this transfer
  int requests_ = 0;                  // made for this invocation
  std::shared_ptr<const CurlHeaders> headers_;
  absl::string_view body_;
  std::shared_ptr<const HostAddresses::List> addresses_;
  curl_slist* resolved_ = nullptr;  // from addresses_
};

// Number of connections that this transfer opened.
long ConnectionsOpened(CURL* easy);

}  // namespace invocator

#endif  // INVOCATOR_WORKER_TRANSPORT_CURL_TRANSFER_H_
