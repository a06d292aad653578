#include "worker/net/connection_opener.h"

#include <unistd.h>

#include <cerrno>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/http/proxy.h"
#include "worker/net/curl_failure.h"
#include "worker/net/unix_socket.h"

namespace invocator {
namespace {

// Effectively none: invocations have timeouts. libcurl's default is 300 s.
constexpr long kConnectTimeoutMs = 24L * 3600 * 1000;

TransportFailure WhyNotConnected(const std::string& unix_socket, int error) {
  return {ReasonOfConnectErrno(error),
          absl::StrCat(
              unix_socket, ": ",
              error == EAGAIN ? "its backlog is full" : ErrnoWords(error))};
}

}  // namespace

absl::StatusOr<std::unique_ptr<ConnectionOpener>> ConnectionOpener::Create(
    EventLoop& loop, AddressTurns turns, std::string unix_socket) {
  absl::StatusOr<std::unique_ptr<CurlMulti>> multi = CurlMulti::Create(loop);
  if (!multi.ok()) return multi.status();
  return std::unique_ptr<ConnectionOpener>(new ConnectionOpener(
      *std::move(multi), std::move(turns), std::move(unix_socket)));
}

ConnectionOpener::ConnectionOpener(std::unique_ptr<CurlMulti> multi,
                                   AddressTurns turns, std::string unix_socket)
    : turns_(std::move(turns)),
      unix_socket_(std::move(unix_socket)),
      multi_(std::move(multi)) {}

ConnectionOpener::~ConnectionOpener() {
  for (const auto& attempt : attempts_) {
    multi_->Remove(attempt->easy);
    curl_easy_cleanup(attempt->easy);
    if (attempt->fd >= 0) close(attempt->fd);
    curl_slist_free_all(attempt->addresses);
  }
}

int ConnectionOpener::OnClose(void* handover, curl_socket_t socket) {
  Handover& kept = *static_cast<Handover*>(handover);
  if (kept.fd != socket) return close(socket);
  kept.fd = -1;
  kept.opener->idle_handovers_.push_back(&kept);
  return 0;
}

Handover* ConnectionOpener::NewHandover() {
  if (idle_handovers_.empty()) {
    handovers_.push_back({this, -1});
    return &handovers_.back();
  }
  Handover* const handover = idle_handovers_.back();
  idle_handovers_.pop_back();
  return handover;
}

ConnectionOpener::Attempt* ConnectionOpener::NewAttempt() {
  if (idle_.empty()) {
    attempts_.push_back(std::make_unique<Attempt>());
    attempts_.back()->easy = curl_easy_init();
    SetUpEasy(attempts_.back()->easy);
    curl_easy_setopt(attempts_.back()->easy, CURLOPT_ERRORBUFFER,
                     attempts_.back()->words);
    KeepSocketError(attempts_.back()->easy, attempts_.back()->socket_error);
    return attempts_.back().get();
  }
  Attempt* const attempt = idle_.back();
  idle_.pop_back();
  return attempt;
}

ConnectionOpener::Attempt* ConnectionOpener::Begin(const Origin& origin,
                                                   void* owner,
                                                   int64_t now_ns) {
  Attempt* const attempt = NewAttempt();
  attempt->owner = owner;
  attempt->origin = &origin;
  has_work_ = true;
  if (!unix_socket_.empty()) {
    attempt->fd = ConnectToUnixSocket(unix_socket_);
    if (attempt->fd < 0) {
      attempt->failure = WhyNotConnected(unix_socket_, errno);
    }
    settled_.push_back(attempt);
    return attempt;
  }
  const std::string name = NameToLookUp(origin);
  if (origin.proxy && origin.proxy->address.port == 0) {
    attempt->failure = {Reason::kProxyFailed,
                        "the URL of the environment's proxy cannot be used"};
    settled_.push_back(attempt);
  } else if (!name.empty() && !SetAddresses(*attempt, origin, name)) {
    attempt->failure = NotFound(origin);
    settled_.push_back(attempt);
  } else {
    BeginWithCurl(*attempt, origin, now_ns);
  }
  return attempt;
}

TransportFailure ConnectionOpener::WhyLate(const Attempt& attempt) const {
  if (attempt.handover == nullptr) return {Reason::kConnectTimeout, ""};
  return LateConnectOf(attempt.easy, *attempt.origin);
}

void ConnectionOpener::BeginWithCurl(Attempt& attempt, const Origin& origin,
                                     int64_t now_ns) {
  attempt.handover = NewHandover();
  attempt.words[0] = '\0';
  attempt.socket_error = 0;
  CURL* const easy = attempt.easy;
  // Always in the clear, as far as libcurl goes.
  std::string url = "http" + origin.url.substr(origin.url.find("://"));
  uint16_t port = origin.port;
  std::string proxy;  // empty: none, whatever the environment names
  if (origin.has_tls_proxy()) {
    url = "http://" + origin.proxy->address.ToString();
    port = origin.proxy->address.port;
  } else if (origin.proxy) {
    proxy = ProxyOfEnvironment(origin.tls);
  }
  curl_easy_setopt(easy, CURLOPT_URL, url.c_str());
  // The URL names no port where it is the scheme's own.
  curl_easy_setopt(easy, CURLOPT_PORT, static_cast<long>(port));
  curl_easy_setopt(easy, CURLOPT_CONNECT_ONLY, 1L);
  curl_easy_setopt(easy, CURLOPT_PRIVATE, &attempt);
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, kConnectTimeoutMs);
  curl_easy_setopt(easy, CURLOPT_PROXY, proxy.c_str());
  curl_easy_setopt(easy, CURLOPT_HTTPPROXYTUNNEL, 1L);
  curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, OnClose);
  curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, attempt.handover);
  multi_->Start(easy, now_ns);
}

bool ConnectionOpener::SetAddresses(Attempt& attempt, const Origin& origin,
                                    const std::string& name) {
  const std::vector<std::string> addresses = turns_.Next(name);
  if (addresses.empty()) return false;
  const uint16_t port = origin.proxy ? origin.proxy->address.port : origin.port;
  // "+": as if libcurl had looked it up.
  const std::string entry =
      absl::StrCat("+", name, ":", port, ":", absl::StrJoin(addresses, ","));
  attempt.addresses = curl_slist_append(nullptr, entry.c_str());
  curl_easy_setopt(attempt.easy, CURLOPT_RESOLVE, attempt.addresses);
  return true;
}

void ConnectionOpener::Release(Attempt* attempt) {
  multi_->Remove(attempt->easy);
  // One that was handed over comes back when libcurl lets go of the socket.
  if (attempt->handover != nullptr) {
    idle_handovers_.push_back(attempt->handover);
  }
  attempt->handover = nullptr;
  curl_easy_setopt(attempt->easy, CURLOPT_RESOLVE, nullptr);
  curl_slist_free_all(std::exchange(attempt->addresses, nullptr));
  attempt->failure = {};
  idle_.push_back(attempt);
}

void ConnectionOpener::Cancel(Attempt* attempt) {
  std::erase(settled_, attempt);
  if (attempt->fd >= 0) close(std::exchange(attempt->fd, -1));
  Release(attempt);
}

void ConnectionOpener::OnReady(int fd, uint32_t events, int64_t now_ns) {
  multi_->OnReady(fd, events, now_ns);
  has_work_ = true;
}

void ConnectionOpener::Turn(int64_t now_ns, OnOpened on_opened) {
  if (multi_->ActIfDue(now_ns)) has_work_ = true;
  if (!has_work_) return;
  has_work_ = false;
  for (Attempt* const attempt : std::exchange(settled_, {})) {
    const int fd = std::exchange(attempt->fd, -1);
    const TransportFailure failure = std::exchange(attempt->failure, {});
    void* const owner = attempt->owner;
    Release(attempt);
    on_opened(owner, fd, failure);
  }
  multi_->TakeDone([&](CURL* easy, CURLcode code) {
    char* self = nullptr;
    curl_easy_getinfo(easy, CURLINFO_PRIVATE, &self);
    Attempt& attempt = *reinterpret_cast<Attempt*>(self);
    curl_socket_t fd = CURL_SOCKET_BAD;
    if (code == CURLE_OK) {
      curl_easy_getinfo(easy, CURLINFO_ACTIVESOCKET, &fd);
    }
    if (fd != CURL_SOCKET_BAD) {
      attempt.handover->fd = fd;
      attempt.handover = nullptr;
    }
    TransportFailure failure;
    if (fd == CURL_SOCKET_BAD) {
      failure = ConnectFailureOf(easy, code, attempt.words, *attempt.origin,
                                 attempt.socket_error);
    }
    void* const owner = attempt.owner;
    Release(&attempt);
    on_opened(owner, fd, failure);
  });
}

}  // namespace invocator
