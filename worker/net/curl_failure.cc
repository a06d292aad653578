#include "worker/net/curl_failure.h"

#include <sys/socket.h>

#include <cerrno>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/http/proxy.h"

namespace invocator {
namespace {

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

}  // namespace invocator
