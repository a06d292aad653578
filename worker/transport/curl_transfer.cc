#include "worker/transport/curl_transfer.h"

#include <openssl/ssl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/http/curl_target.h"
#include "worker/exchange/answer_judge.h"
#include "worker/exchange/head_fault.h"
#include "worker/net/curl_failure.h"
#include "worker/net/curl_multi.h"
#include "worker/net/origin.h"

namespace invocator {
namespace {

// Bytes that a socket takes at once, before anything can come back.
constexpr size_t kSentAtOnceBytes = 16 * size_t{1024};

constexpr absl::string_view kTransferEncoding = "transfer-encoding:";

// libcurl before 8.0 breaks a connection of HTTP/2 in the clear at its second
// request (curl #10643, Debian 12 has 7.88). With TLS it does not.
bool CanReuseClearHttp2() {
  static const bool can =
      curl_version_info(CURLVERSION_NOW)->version_num >= 0x080000;
  return can;
}

template <typename T>
T Info(CURL* easy, CURLINFO info) {
  T value = 0;
  curl_easy_getinfo(easy, info, &value);
  return value;
}

// CURLINFO_REQUEST_SIZE holds the head, and the body too if it is small or if
// libcurl is 8.7 or newer. The head alone is never larger than a body that is
// not in it (64 KiB and more).
uint64_t BytesSent(CURL* easy) {
  const int64_t request = Info<long>(easy, CURLINFO_REQUEST_SIZE);
  const int64_t body = Info<curl_off_t>(easy, CURLINFO_SIZE_UPLOAD_T);
  return static_cast<uint64_t>(request >= body ? request : request + body);
}

}  // namespace

CurlHeaders::CurlHeaders(const InstanceRequest& request,
                         const PreparedSignature::Stamp* stamp) {
  for (const Header& header : request.headers) {
    Add(header.first, header.second);
  }
  if (stamp != nullptr) {
    const std::string& token = request.signer->credentials().session_token;
    if (!token.empty()) Add("X-Amz-Security-Token", token);
    Add("X-Amz-Date", stamp->amz_date);
    Add("Authorization", stamp->authorization);
  }
  // Without this a body over 1 MB would wait a second for a 100 Continue.
  list_ = curl_slist_append(list_, "Expect:");
  if (request.bodies.front().body.empty()) {
    // libcurl would call an empty POST a form.
    list_ = curl_slist_append(list_, "Content-Type:");
  }
}

CurlHeaders::CurlHeaders(absl::string_view host) { Add("Host", host); }

void CurlHeaders::Add(absl::string_view name, absl::string_view value) {
  // "Name;" is how libcurl spells a header without a value.
  const std::string line =
      value.empty() ? absl::StrCat(name, ";") : absl::StrCat(name, ": ", value);
  list_ = curl_slist_append(list_, line.c_str());
}

CurlTransfer::CurlTransfer(const std::string& url,
                           const InvokerOptions& options, OriginFacts& origin)
    : easy_(curl_easy_init()),
      origin_(origin),
      http2_(options.http2),
      shows_certificate_(!options.target.client_cert.empty()) {
  SetUpEasy(easy_);
  curl_easy_setopt(easy_, CURLOPT_ERRORBUFFER, words_);
  curl_easy_setopt(easy_, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2);
  curl_easy_setopt(easy_, CURLOPT_SSL_CTX_FUNCTION, OnTls);
  curl_easy_setopt(easy_, CURLOPT_SSL_CTX_DATA, &origin_);
  curl_easy_setopt(easy_, CURLOPT_URL, url.c_str());
  curl_easy_setopt(easy_, CURLOPT_PRIVATE, this);
  // What is signed is what is sent.
  curl_easy_setopt(easy_, CURLOPT_PATH_AS_IS, 1L);
  curl_easy_setopt(easy_, CURLOPT_PREREQFUNCTION, OnRequest);
  curl_easy_setopt(easy_, CURLOPT_PREREQDATA, this);
  curl_easy_setopt(easy_, CURLOPT_HEADERFUNCTION, OnHeader);
  curl_easy_setopt(easy_, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  curl_easy_setopt(easy_, CURLOPT_HEADERDATA, this);
  curl_easy_setopt(easy_, CURLOPT_WRITEFUNCTION, OnBody);
  curl_easy_setopt(easy_, CURLOPT_WRITEDATA, this);
  SetTarget(easy_, options.target);
  if (!origin_.origin.proxy) curl_easy_setopt(easy_, CURLOPT_PROXY, "");
  curl_easy_setopt(easy_, CURLOPT_OPENSOCKETFUNCTION, OnConnect);
  curl_easy_setopt(easy_, CURLOPT_OPENSOCKETDATA, this);
  const long version = !options.http2 ? CURL_HTTP_VERSION_1_1
                       : absl::StartsWith(url, "https:")
                           ? CURL_HTTP_VERSION_2TLS
                           : CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE;
  curl_easy_setopt(easy_, CURLOPT_HTTP_VERSION, version);
  if (version == CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE && !CanReuseClearHttp2()) {
    curl_easy_setopt(easy_, CURLOPT_FRESH_CONNECT, 1L);
    curl_easy_setopt(easy_, CURLOPT_FORBID_REUSE, 1L);
  } else if (options.http2) {
    curl_easy_setopt(easy_, CURLOPT_PIPEWAIT, 1L);
  }
}

CurlTransfer::CurlTransfer(const InstanceRequest& request,
                           const InvokerOptions& options, OriginFacts& origin)
    : CurlTransfer(request.url, options, origin) {
  rules_ = request.answer_rules();
  const auto timeout_ms = static_cast<long>(absl::ToInt64Milliseconds(
      absl::Ceil(request.timeout, absl::Milliseconds(1))));
  curl_easy_setopt(easy_, CURLOPT_TIMEOUT_MS, timeout_ms);
  // libcurl's own limit for connecting is shorter than a long timeout.
  curl_easy_setopt(easy_, CURLOPT_CONNECTTIMEOUT_MS, timeout_ms);
  // libcurl 8 takes a fast refusal for one that came before the end of the
  // request, and would close the connection. With a large body that may be
  // true: the server need not read the rest.
  const bool is_small = std::all_of(
      request.bodies.begin(), request.bodies.end(),
      [](const auto& body) { return body.body.size() <= kSentAtOnceBytes; });
  curl_easy_setopt(easy_, CURLOPT_KEEP_SENDING_ON_ERROR, is_small ? 1L : 0L);
  const bool has_body = !request.bodies.front().body.empty();
  if (request.method == "HEAD") {
    to_head_ = true;
    curl_easy_setopt(easy_, CURLOPT_NOBODY, 1L);
  } else if (request.method == "GET" && !has_body) {
    curl_easy_setopt(easy_, CURLOPT_HTTPGET, 1L);
  } else {
    curl_easy_setopt(easy_, CURLOPT_POST, 1L);
    if (request.method != "POST") {
      curl_easy_setopt(easy_, CURLOPT_CUSTOMREQUEST, request.method.c_str());
    }
    curl_easy_setopt(easy_, CURLOPT_POSTFIELDS, "");
    curl_easy_setopt(easy_, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t{0});
  }
}

CurlTransfer::~CurlTransfer() {
  curl_easy_cleanup(easy_);
  curl_slist_free_all(resolved_);
}

CurlTransfer& CurlTransfer::Of(CURL* easy) {
  char* self = nullptr;
  curl_easy_getinfo(easy, CURLINFO_PRIVATE, &self);
  return *reinterpret_cast<CurlTransfer*>(self);
}

void CurlTransfer::SetRequest(std::shared_ptr<const CurlHeaders> headers,
                              absl::string_view body) {
  // Setting what is set already would cost more than looking.
  if (headers_ != headers) {
    headers_ = std::move(headers);
    curl_easy_setopt(easy_, CURLOPT_HTTPHEADER, headers_->list());
  }
  // Even an empty body would make a GET a POST.
  if (!body.empty() && body_.data() != body.data()) {
    body_ = body;
    curl_easy_setopt(easy_, CURLOPT_POSTFIELDS, body.data());
    curl_easy_setopt(easy_, CURLOPT_POSTFIELDSIZE_LARGE,
                     static_cast<curl_off_t>(body.size()));
  }
}

void CurlTransfer::SetAddresses(
    const std::string& name,
    std::shared_ptr<const HostAddresses::List> addresses) {
  if (addresses_ == addresses) return;
  addresses_ = std::move(addresses);
  const Origin& origin = origin_.origin;
  const uint16_t port = origin.proxy ? origin.proxy->port : origin.port;
  // Without a leading "+" the entry never expires, so libcurl looks nothing up.
  const std::string entry =
      absl::StrCat(name, ":", port, ":", absl::StrJoin(*addresses_, ","));
  curl_slist* const list = curl_slist_append(nullptr, entry.c_str());
  curl_easy_setopt(easy_, CURLOPT_RESOLVE, list);
  curl_slist_free_all(std::exchange(resolved_, list));
}

void CurlTransfer::Begin(const RunClock& clock) {
  clock_ = &clock;
  facts_.Clear();
  detail_.clear();
  answer_body_.Begin(0);
  head_ended_ = has_length_ = has_encoding_ = false;
  refused_ = "";
  requests_ = 0;
  words_[0] = '\0';
  socket_error_ = 0;
  record_ = Record();
}

int CurlTransfer::OnRequest(void* self, char*, char*, int, int) {
  CurlTransfer& transfer = *static_cast<CurlTransfer*>(self);
  // libcurl gives no error message for a refusal; it gives one for an HTTP/2
  // connection that died.
  const bool was_refused = transfer.http2_ && !transfer.origin_.speaks_http1 &&
                           transfer.words_[0] == '\0';
  const bool may_send =
      transfer.requests_ == 0 || (transfer.requests_ == 1 && was_refused);
  if (!may_send) return CURL_PREREQFUNC_ABORT;
  ++transfer.requests_;
  return CURL_PREREQFUNC_OK;
}

size_t CurlTransfer::OnHeader(char* line, size_t size, size_t count,
                              void* self) {
  CurlTransfer& transfer = *static_cast<CurlTransfer*>(self);
  if (transfer.record_.first_byte_ns == Record::kNever) {
    transfer.record_.first_byte_ns = transfer.clock_->NowNs();
  }
  const absl::string_view text(line, size * count);
  AddHeaderLine(text, transfer.rules_.cold_start_source, transfer.facts_);
  if (!transfer.head_ended_) transfer.CheckFraming(text);
  if (!transfer.refused_.empty()) return 0;
  // The blank line of an interim answer does not count; trailers come later.
  if (!transfer.head_ended_ && transfer.facts_.status >= 200 &&
      (text == "\r\n" || text == "\n")) {
    transfer.head_ended_ = true;
    transfer.answer_body_.Begin(
        BodyBytesToKeep(transfer.facts_, transfer.rules_));
  }
  return size * count;
}

void CurlTransfer::CheckFraming(absl::string_view line) {
  if (absl::StartsWith(line, "HTTP/")) {
    // Headers of an interim answer do not count for the final one.
    has_length_ = has_encoding_ = false;
    is_http_1_0_ = absl::StartsWith(line, "HTTP/1.0");
    if (absl::StartsWith(line, "HTTP/1")) origin_.speaks_http1 = true;
  } else if (absl::StartsWithIgnoreCase(line, "content-length:")) {
    has_length_ = true;
  } else if (absl::StartsWithIgnoreCase(line, kTransferEncoding)) {
    if (has_encoding_) refused_ = "Transfer-Encoding comes once";
    has_encoding_ = true;
    if (!to_head_ && MayHaveBody(facts_.status) && refused_.empty()) {
      refused_ = FindEncodingFault(
          absl::StripAsciiWhitespace(line.substr(kTransferEncoding.size())),
          is_http_1_0_);
    }
  }
  if (has_length_ && has_encoding_ && refused_.empty()) {
    refused_ = "Content-Length and Transfer-Encoding in one answer";
  }
}

size_t CurlTransfer::OnBody(char* bytes, size_t size, size_t count,
                            void* self) {
  static_cast<CurlTransfer*>(self)->answer_body_.Add({bytes, size * count});
  return size * count;
}

Outcome CurlTransfer::OutcomeOfEnd(CURLcode code) {
  // libcurl takes an answer that ends within its head for a whole one.
  if (code == CURLE_OK && head_ended_) {
    origin_.answered = true;
    JudgeAnswer(facts_, answer_body_, rules_, record_);
    return record_.outcome;
  }
  return OutcomeOfFailure(FailureOf(code));
}

Outcome CurlTransfer::OutcomeWithoutAddress() {
  return OutcomeOfFailure(NotFound(origin_.origin));
}

Outcome CurlTransfer::OutcomeOfFailure(TransportFailure failure) {
  record_.reason = failure.reason;
  detail_ = std::move(failure.detail);
  return OutcomeOf(record_.reason);
}

TransportFailure CurlTransfer::FailureOf(CURLcode code) const {
  CurlProgress progress{origin_.origin};
  progress.another_connects = origin_.connects;
  progress.tls_began = origin_.tls_began && !origin_.answered;
  progress.head_began = record_.first_byte_ns != Record::kNever;
  progress.head_ended = head_ended_;
  progress.written = body_.size() <= kSentAtOnceBytes ||
                     Info<curl_off_t>(easy_, CURLINFO_SIZE_UPLOAD_T) >=
                         static_cast<curl_off_t>(body_.size());
  progress.refused_twice = requests_ > 1;
  progress.http2 = http2_ && !origin_.speaks_http1;
  progress.asked_for_certificate =
      origin_.asked_for_certificate && !origin_.answered;
  progress.showed_certificate = shows_certificate_;
  progress.refused = refused_;
  progress.socket_error = socket_error_;
  return CurlFailureOf(easy_, code, words_, progress);
}

bool CurlTransfer::connected() const {
  return Info<curl_off_t>(easy_, CURLINFO_PRETRANSFER_TIME_T) > 0;
}

curl_socket_t CurlTransfer::OnConnect(void* self, curlsocktype,
                                      curl_sockaddr* address) {
  auto& transfer = *static_cast<CurlTransfer*>(self);
  transfer.origin_.connects = true;
  const int fd = socket(address->family, address->socktype | SOCK_CLOEXEC,
                        address->protocol);
  if (fd < 0) transfer.socket_error_ = errno;
  return fd;
}

CURLcode CurlTransfer::OnTls(CURL*, void* context, void* origin) {
  static_cast<OriginFacts*>(origin)->tls_began = true;
  SSL_CTX_set_cert_cb(
      static_cast<SSL_CTX*>(context),
      [](SSL*, void* facts) {
        static_cast<OriginFacts*>(facts)->asked_for_certificate = true;
        return 1;  // the one we have, or none
      },
      origin);
  return CURLE_OK;
}

Record& CurlTransfer::Finish(Outcome outcome, int64_t now_ns) {
  record_.done_ns = now_ns;
  record_.outcome = outcome;
  record_.status = facts_.status;
  record_.new_connection = connected() && ConnectionsOpened(easy_) > 0;
  record_.request_id = facts_.request_id;
  record_.bytes_sent = BytesSent(easy_);
  record_.bytes_received =
      static_cast<uint64_t>(Info<long>(easy_, CURLINFO_HEADER_SIZE) +
                            Info<curl_off_t>(easy_, CURLINFO_SIZE_DOWNLOAD_T));
  return record_;
}

long ConnectionsOpened(CURL* easy) {
  return Info<long>(easy, CURLINFO_NUM_CONNECTS);
}

}  // namespace invocator
