#include "common/http/http_fetch.h"

#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <memory>
#include <mutex>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/http/address.h"
#include "common/http/curl_target.h"
#include "common/http/http_syntax.h"
#include "common/http/proxy.h"
#include "common/http/user_agent.h"
#include "common/words/foreign_text.h"

namespace invocator {
namespace {

constexpr size_t kMaxHeadBytes = size_t{64} << 10;

using Easy = std::unique_ptr<CURL, void (*)(CURL*)>;
using List = std::unique_ptr<curl_slist, void (*)(curl_slist*)>;
using Url = std::unique_ptr<CURLU, void (*)(CURLU*)>;

// Parts of a URL that are inspected, and may appear in messages.
struct Target {
  std::string host;       // without brackets
  std::string authority;  // host[:port], for messages
  uint16_t port = 0;
  bool tls = false;
};

// A part of a URL; "" if absent.
std::string Part(CURLU* url, CURLUPart part) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, 0) != CURLUE_OK) return "";
  std::string copy = text;
  curl_free(text);
  return copy;
}

absl::StatusOr<Target> ReadUrl(const std::string& text) {
  const Url url(curl_url(), &curl_url_cleanup);
  if (!url || curl_url_set(url.get(), CURLUPART_URL, text.c_str(), 0) != 0) {
    return absl::InvalidArgumentError("not a URL that can be asked");
  }
  Target target;
  target.authority = target.host = Part(url.get(), CURLUPART_HOST);
  const std::string port = Part(url.get(), CURLUPART_PORT);
  if (!port.empty()) absl::StrAppend(&target.authority, ":", port);
  if (target.host.size() > 2 && target.host.front() == '[') {
    target.host = target.host.substr(1, target.host.size() - 2);
  }
  const std::string scheme = Part(url.get(), CURLUPART_SCHEME);
  if (scheme != "http" && scheme != "https") {
    return absl::InvalidArgumentError(
        absl::StrCat(target.authority, ": expected an http or https URL"));
  }
  if (!Part(url.get(), CURLUPART_USER).empty() ||
      !Part(url.get(), CURLUPART_PASSWORD).empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat(target.authority, ": a user in a URL is not accepted"));
  }
  target.tls = scheme == "https";
  uint32_t number = target.tls ? 443 : 80;
  if (!port.empty() && !absl::SimpleAtoi(port, &number)) number = 0;
  target.port = static_cast<uint16_t>(number);
  return target;
}

// Hosts that only this machine reaches: those of container and EC2 credentials.
bool IsBeyondProxies(absl::string_view host) {
  return IsLoopbackHost(host) || absl::StartsWith(host, "169.254.") ||
         absl::StartsWithIgnoreCase(host, "fd00:ec2::") ||
         absl::StartsWithIgnoreCase(host, "fe80:");
}

// The headers as libcurl wants them; null if one may not be sent.
List MakeHeaders(const HttpRequest& request) {
  List list(nullptr, &curl_slist_free_all);
  const auto add = [&list](const std::string& line) {
    curl_slist* longer = curl_slist_append(list.get(), line.c_str());
    static_cast<void>(list.release());
    list.reset(longer);
    return longer != nullptr;
  };
  bool has_type = false;
  for (const auto& [name, value] : request.headers) {
    if (!IsHttpToken(name) || !IsHttpHeaderValue(value)) {
      return {nullptr, &curl_slist_free_all};
    }
    has_type = has_type || absl::EqualsIgnoreCase(name, "content-type");
    // libcurl takes "Name:" for "leave that header out".
    add(value.empty() ? absl::StrCat(name, ";")
                      : absl::StrCat(name, ": ", value));
  }
  add("Expect:");  // or a large body would wait for a 100 Continue
  if (!has_type) add("Content-Type:");  // libcurl would call a body a form
  return list;
}

class Fetch {
 public:
  Fetch(const HttpRequest& request, Target target)
      : request_(request),
        target_(std::move(target)),
        easy_(curl_easy_init(), &curl_easy_cleanup),
        headers_(MakeHeaders(request)) {}

  absl::StatusOr<HttpResponse> Perform() {
    if (!easy_) return absl::ResourceExhaustedError("libcurl does not start");
    if (!headers_ || !IsHttpToken(request_.method)) {
      return absl::InvalidArgumentError(absl::StrCat(
          target_.authority, ": method or headers may not be sent"));
    }
    SetOptions();
    SetMethod();
    const CURLcode code = curl_easy_perform(easy_.get());
    if (is_too_large_) {
      return absl::ResourceExhaustedError(
          absl::StrCat(target_.authority, ": the answer is larger than ",
                       request_.max_response_bytes, " bytes"));
    }
    if (code != CURLE_OK) return Failure(code);
    // libcurl takes an answer that ends within its head for a whole one.
    if (!head_ended_) {
      return absl::UnavailableError(
          absl::StrCat(target_.authority, ": the answer ended in its head"));
    }
    long status = 0;
    curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &status);
    response_.status = static_cast<int>(status);
    return std::move(response_);
  }

 private:
  template <typename T>
  void Set(CURLoption option, T value) {
    curl_easy_setopt(easy_.get(), option, value);
  }

  void SetOptions() {
    const auto ms = [](absl::Duration duration) {
      return static_cast<long>(
          std::max<int64_t>(1, absl::ToInt64Milliseconds(duration)));
    };
    Set(CURLOPT_URL, request_.url.c_str());
#if LIBCURL_VERSION_NUM >= 0x075500
    Set(CURLOPT_PROTOCOLS_STR, "http,https");
#else
    Set(CURLOPT_PROTOCOLS, static_cast<long>(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
    Set(CURLOPT_PATH_AS_IS, 1L);  // what is signed is what is sent
    Set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    Set(CURLOPT_NOSIGNAL, 1L);
#if LIBCURL_VERSION_NUM >= 0x075700
    Set(CURLOPT_QUICK_EXIT, 1L);  // a look-up must not outlast the timeout
#endif
    Set(CURLOPT_TIMEOUT_MS, ms(request_.timeout));
    Set(CURLOPT_CONNECTTIMEOUT_MS,
        ms(std::min(request_.connect_timeout, request_.timeout)));
    if (IsBeyondProxies(target_.host)) Set(CURLOPT_NOPROXY, "*");
    SetTarget(easy_.get(), request_.target);
    Set(CURLOPT_USERAGENT, kUserAgent);
    Set(CURLOPT_HTTPHEADER, headers_.get());
    Set(CURLOPT_ERRORBUFFER, error_.data());
    Set(CURLOPT_HEADERFUNCTION, &OnHeader);
    Set(CURLOPT_HEADERDATA, this);
    Set(CURLOPT_WRITEFUNCTION, &OnBody);
    Set(CURLOPT_WRITEDATA, this);
    if (request_.give_up) {
      Set(CURLOPT_NOPROGRESS, 0L);
      Set(CURLOPT_XFERINFOFUNCTION, &OnProgress);
      Set(CURLOPT_XFERINFODATA, this);
    }
  }

  void SetMethod() {
    if (request_.method == "HEAD") {
      Set(CURLOPT_NOBODY, 1L);
    } else if (request_.method == "GET" && request_.body.empty()) {
      Set(CURLOPT_HTTPGET, 1L);
    } else {
      Set(CURLOPT_POST, 1L);
      Set(CURLOPT_POSTFIELDS, request_.body.data());
      Set(CURLOPT_POSTFIELDSIZE_LARGE,
          static_cast<curl_off_t>(request_.body.size()));
      Set(CURLOPT_CUSTOMREQUEST, request_.method.c_str());
    }
  }

  static size_t OnHeader(char* data, size_t size, size_t count, void* self) {
    return static_cast<Fetch*>(self)->AddHeaderLine({data, size * count});
  }

  size_t AddHeaderLine(absl::string_view line) {
    head_bytes_ += line.size();
    if (head_bytes_ > kMaxHeadBytes) {
      is_too_large_ = true;
      return 0;
    }
    const absl::string_view text = absl::StripAsciiWhitespace(line);
    if (absl::StartsWith(line, "HTTP/")) {  // of an answer, or an interim one
      response_.headers.clear();
      is_interim_ = text.size() > 9 && text[9] == '1';
      head_ended_ = false;
    } else if (text.empty()) {
      head_ended_ = !is_interim_;
    } else if (const size_t colon = text.find(':');
               colon != absl::string_view::npos && !head_ended_) {
      response_.headers.emplace_back(
          absl::AsciiStrToLower(text.substr(0, colon)),
          absl::StripAsciiWhitespace(text.substr(colon + 1)));
    }
    return line.size();
  }

  static size_t OnBody(char* data, size_t size, size_t count, void* self) {
    Fetch& fetch = *static_cast<Fetch*>(self);
    std::string& body = fetch.response_.body;
    if (size * count > fetch.request_.max_response_bytes - body.size()) {
      fetch.is_too_large_ = true;
      return 0;
    }
    body.append(data, size * count);
    return size * count;
  }

  static int OnProgress(void* self, curl_off_t, curl_off_t, curl_off_t,
                        curl_off_t) {
    return static_cast<Fetch*>(self)->request_.give_up() ? 1 : 0;
  }

  absl::Status Failure(CURLcode code) const {
    const char* words =
        error_.front() != '\0' ? error_.data() : curl_easy_strerror(code);
    const std::string where = absl::StrCat(target_.authority, ThroughProxy());
    const std::string message =
        absl::StrCat(where, ": ", CleanLine(WithoutProxyUrl(words)));
    switch (code) {
      case CURLE_OPERATION_TIMEDOUT:
        if (!IsConnected()) {
          return absl::UnavailableError(
              absl::StrCat(where, ": not connected in time"));
        }
        return absl::DeadlineExceededError(
            absl::StrCat(where, ": no whole answer within ",
                         absl::FormatDuration(request_.timeout)));
      case CURLE_ABORTED_BY_CALLBACK:
        return absl::CancelledError(
            absl::StrCat(target_.authority, ": given up"));
      case CURLE_PEER_FAILED_VERIFICATION:
      case CURLE_SSL_CACERT_BADFILE:
        return absl::FailedPreconditionError(message);
      case CURLE_URL_MALFORMAT:
        return absl::InvalidArgumentError(message);
      default:
        return absl::UnavailableError(message);
    }
  }

  // For messages; empty without a proxy.
  std::string ThroughProxy() const {
    if (!request_.target.unix_socket.empty() || IsBeyondProxies(target_.host)) {
      return "";
    }
    const auto proxy = ProxyFor(target_.tls, {target_.host, target_.port});
    return proxy ? absl::StrCat(", through ", ProxyWords(*proxy)) : "";
  }

  bool IsConnected() const {
    curl_off_t connected_after_us = 0;
    curl_easy_getinfo(easy_.get(), CURLINFO_CONNECT_TIME_T,
                      &connected_after_us);
    return connected_after_us > 0;
  }

  const HttpRequest& request_;
  const Target target_;
  const Easy easy_;
  const List headers_;
  HttpResponse response_;
  size_t head_bytes_ = 0;
  bool is_interim_ = false;
  bool head_ended_ = false;
  bool is_too_large_ = false;
  std::array<char, CURL_ERROR_SIZE> error_{};
};

}  // namespace

std::optional<absl::string_view> HttpResponse::Find(
    absl::string_view name) const {
  const auto found =
      std::find_if(headers.begin(), headers.end(),
                   [name](const auto& header) { return header.first == name; });
  if (found == headers.end()) return std::nullopt;
  return found->second;
}

absl::StatusOr<HttpResponse> HttpFetch(const HttpRequest& request) {
  // Not safe from two threads before libcurl 7.84.
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_ALL); });

  absl::StatusOr<Target> target = ReadUrl(request.url);
  if (!target.ok()) return target.status();
  return Fetch(request, *std::move(target)).Perform();
}

}  // namespace invocator
