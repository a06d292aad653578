#include "worker/net/curl_failure.h"

#include <openssl/x509_vfy.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstdlib>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/http/proxy.h"
#include "worker/net/tls_failure.h"

namespace invocator {
namespace {

constexpr absl::string_view kGaveUp = "Connection died, tried";

template <typename T>
T Info(CURL* easy, CURLINFO info) {
  T value = 0;
  curl_easy_getinfo(easy, info, &value);
  return value;
}

std::string Words(absl::string_view words, CURLcode code) {
  return std::string(words.empty() ? curl_easy_strerror(code)
                                   : WithoutProxyUrl(words));
}

// OpenSSL's error number in libcurl's message: "... error:0A000410:SSL ...", or
// "SSL_write() error: error:0A00007F:SSL ...".
unsigned long ErrorIn(absl::string_view words) {
  constexpr absl::string_view kMark = "error:";
  const size_t at = words.rfind(kMark);
  if (at == absl::string_view::npos) return 0;
  const std::string digits(words.substr(at + kMark.size(), 8));
  return std::strtoul(digits.c_str(), nullptr, 16);
}

TlsFacts FactsOf(CURL* easy, absl::string_view words,
                 const CurlProgress& progress) {
  TlsFacts facts;
  facts.error = ErrorIn(words);
  facts.system_error = static_cast<int>(Info<long>(easy, CURLINFO_OS_ERRNO));
  facts.in_handshake = Info<curl_off_t>(easy, CURLINFO_APPCONNECT_TIME_T) == 0;
  facts.asked_for_certificate = progress.asked_for_certificate;
  facts.showed_certificate = progress.showed_certificate;
  return facts;
}

TransportFailure TlsFailure(CURL* easy, CURLcode code, absl::string_view words,
                            const CurlProgress& progress) {
  TlsFacts facts = FactsOf(easy, words, progress);
  if (code == CURLE_PEER_FAILED_VERIFICATION) {
    facts.verify_result = Info<long>(easy, CURLINFO_SSL_VERIFYRESULT);
    if (facts.verify_result == X509_V_OK ||
        facts.verify_result == X509_V_ERR_UNSPECIFIED) {
      // It compares names itself.
      return {Reason::kWrongHost, Words(words, code)};
    }
  }
  return TlsFailureOf(facts);
}

// The connection ended or broke during the exchange.
TransportFailure EndOf(CURL* easy, CURLcode code, absl::string_view words,
                       const CurlProgress& progress) {
  if (!progress.head_began) {
    const TlsFacts facts = FactsOf(easy, words, progress);
    if (IsOfTls(facts.error) || facts.asked_for_certificate) {
      return TlsFailureOf(facts);
    }
    return {Reason::kClosedBeforeAnswer, Words(words, code)};
  }
  if (IsOfTls(ErrorIn(words))) {
    return TlsFailureOf(FactsOf(easy, words, progress));
  }
  return {progress.head_ended ? Reason::kClosedInBody : Reason::kClosedInHead,
          Words(words, code)};
}

bool LookedUp(CURL* easy) {
  return Info<curl_off_t>(easy, CURLINFO_NAMELOOKUP_TIME_T) > 0;
}

// Current step of opening a connection.
std::string StepOf(CURL* easy, const Origin& origin) {
  const std::string peer =
      origin.proxy ? ProxyWords(*origin.proxy) : origin.authority();
  if (!LookedUp(easy)) return absl::StrCat("looking up ", peer);
  if (origin.proxy && Info<long>(easy, CURLINFO_NUM_CONNECTS) > 0) {
    return absl::StrCat("waiting for ", peer, " to answer CONNECT");
  }
  return absl::StrCat("connecting to ", peer);
}

TransportFailure LateFailure(CURL* easy, const CurlProgress& progress) {
  if (progress.head_began) {
    return {progress.head_ended ? Reason::kBodyTimeout : Reason::kHeadTimeout,
            ""};
  }
  if (Info<curl_off_t>(easy, CURLINFO_PRETRANSFER_TIME_T) > 0) {
    return {progress.written ? Reason::kFirstByteTimeout : Reason::kSendTimeout,
            ""};
  }
  if (progress.tls_began) return LateHandshake();
  // This call may be waiting for that connection.
  if (progress.another_connects && !LookedUp(easy)) {
    return {Reason::kConnectTimeout,
            "still waiting for the connection that another call opens"};
  }
  return LateConnectOf(easy, progress.origin);
}

// A request that libcurl wanted to send again and was not allowed to.
TransportFailure NotSentAgain(absl::string_view words,
                              const CurlProgress& progress) {
  if (progress.refused_twice) return {Reason::kStreamReset, "refused twice"};
  const bool gave_up = absl::StartsWith(words, kGaveUp);
  // For an HTTP/2 connection that died, libcurl has another message.
  if (gave_up && progress.http2) {
    return {Reason::kStreamReset, "refused, not sent again"};
  }
  if (gave_up || words.empty()) {
    return {Reason::kClosedBeforeAnswer, "not sent again"};
  }
  return {Reason::kClosedBeforeAnswer, absl::StrCat(words, ", not sent again")};
}

// True if the call failed at a proxy, before the tunnel was open.
bool FailedAtProxy(CURL* easy, const CurlProgress& progress) {
  return progress.origin.proxy && !progress.tls_began &&
         Info<curl_off_t>(easy, CURLINFO_PRETRANSFER_TIME_T) == 0 &&
         Info<long>(easy, CURLINFO_NUM_CONNECTS) > 0 &&
         Info<long>(easy, CURLINFO_HTTP_CONNECTCODE) / 100 != 2;
}

curl_socket_t OpenSocket(void* error, curlsocktype, curl_sockaddr* address) {
  const int fd = socket(address->family, address->socktype | SOCK_CLOEXEC,
                        address->protocol);
  if (fd < 0) *static_cast<int*>(error) = errno;
  return fd;
}

}  // namespace

void KeepSocketError(CURL* easy, int& error) {
  curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, OpenSocket);
  curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, &error);
}

TransportFailure ConnectFailureOf(CURL* easy, CURLcode code,
                                  absl::string_view words, const Origin& origin,
                                  int socket_error) {
  const long answer = Info<long>(easy, CURLINFO_HTTP_CONNECTCODE);
  if (answer != 0 && answer / 100 != 2) {
    return {Reason::kProxyRefused,
            absl::StrCat("the proxy answered CONNECT with ", answer)};
  }
  switch (code) {
    case CURLE_OPERATION_TIMEDOUT:
      return LateConnectOf(easy, origin);
    case CURLE_COULDNT_RESOLVE_HOST:
      return {Reason::kHostNotFound, Words(words, code)};
    case CURLE_COULDNT_CONNECT: {
      int error = static_cast<int>(Info<long>(easy, CURLINFO_OS_ERRNO));
      if (error == 0) error = socket_error;
      if (origin.proxy &&
          ReasonOfConnectErrno(error) != Reason::kNoLocalResources) {
        return {Reason::kProxyFailed,
                absl::StrCat(StepOf(easy, origin), ": ",
                             error == 0 ? words : ErrnoWords(error))};
      }
      if (error == 0) return {Reason::kConnectFailed, Words(words, code)};
      const absl::string_view where = absl::StripSuffix(
          words, absl::StrCat(": ", curl_easy_strerror(code)));
      return {
          ReasonOfConnectErrno(error),
          absl::StrCat(where, where.empty() ? "" : ": ", ErrnoWords(error))};
    }
    case CURLE_OUT_OF_MEMORY:
    case CURLE_FAILED_INIT:
      return {Reason::kNoLocalResources, Words(words, code)};
    case CURLE_COULDNT_RESOLVE_PROXY:
      return {Reason::kProxyFailed, Words(words, code)};
    default:
      // Before a connection is open, only a proxy can have answered.
      return {Reason::kProxyFailed,
              absl::StrCat(StepOf(easy, origin), ": ", Words(words, code))};
  }
}

TransportFailure NotFound(const Origin& origin) {
  if (!origin.proxy) {
    return {Reason::kHostNotFound,
            absl::StrCat("no address found for ", origin.host)};
  }
  return {Reason::kProxyFailed,
          absl::StrCat("no address found for ", ProxyWords(*origin.proxy))};
}

TransportFailure LateConnectOf(CURL* easy, const Origin& origin) {
  return {Reason::kConnectTimeout,
          absl::StrCat("still ", StepOf(easy, origin))};
}

TransportFailure CurlFailureOf(CURL* easy, CURLcode code,
                               absl::string_view words,
                               const CurlProgress& progress) {
  switch (code) {
    case CURLE_OPERATION_TIMEDOUT:
      return LateFailure(easy, progress);
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_CONNECT:
    case CURLE_PROXY:
    case CURLE_OUT_OF_MEMORY:
      return ConnectFailureOf(easy, code, words, progress.origin,
                              progress.socket_error);
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_INVALIDCERTSTATUS:
    case CURLE_SSL_SHUTDOWN_FAILED:
      return TlsFailure(easy, code, words, progress);
    case CURLE_RECV_ERROR:
      if (absl::StrContains(words, "chunk")) {
        return {Reason::kMalformedAnswer, Words(words, code)};
      }
      [[fallthrough]];
    case CURLE_SEND_ERROR: {
      if (FailedAtProxy(easy, progress)) {
        return ConnectFailureOf(easy, code, words, progress.origin,
                                progress.socket_error);
      }
      // libcurl adds up the retries of earlier calls on the handle.
      if (absl::StartsWith(words, kGaveUp)) break;
      return EndOf(easy, code, words, progress);
    }
    case CURLE_OK:
    case CURLE_GOT_NOTHING:
    case CURLE_PARTIAL_FILE:
      return EndOf(easy, code, words, progress);
    case CURLE_WRITE_ERROR:
      return {Reason::kMalformedAnswer,
              std::string(progress.refused.empty() ? Words(words, code)
                                                   : progress.refused)};
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_BAD_CONTENT_ENCODING:
      return {Reason::kMalformedAnswer, Words(words, code)};
    default:
      break;
  }
  if (progress.asked_for_certificate && !progress.head_began) {
    return TlsFailureOf(FactsOf(easy, words, progress));
  }
  switch (code) {
    case CURLE_ABORTED_BY_CALLBACK:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
      return NotSentAgain(words, progress);
    case CURLE_HTTP2_STREAM:
      return {Reason::kStreamReset, Words(words, code)};
    case CURLE_HTTP2:
      return {Reason::kHttp2Error, Words(words, code)};
    default:
      return {Reason::kExchangeFailed, Words(words, code)};
  }
}

}  // namespace invocator
