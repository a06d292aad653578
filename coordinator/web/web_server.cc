#include "coordinator/web/web_server.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <unistd.h>

#include <array>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <list>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/synchronization/notification.h"
#include "common/base/scheduling.h"
#include "coordinator/web/access.h"
#include "coordinator/web/web_session.h"

namespace invocator {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using tcp = asio::ip::tcp;

// Watchers, and as many other clients.
constexpr size_t kMostConnections = 2 * LiveFeed::kMostWatchers;
static_assert(kWebFiles > kMostConnections);
// After a failed accept, most often for want of file descriptors.
constexpr std::chrono::milliseconds kAcceptPause{100};
// A peer that acknowledges nothing for so long is gone.
constexpr int kPeerTimeoutMs = 20'000;

absl::Status Failed(absl::string_view what, absl::string_view where,
                    const error_code& error) {
  return absl::UnavailableError(
      absl::StrCat("cannot ", what, " ", where, ": ", error.message()));
}

// Error for an option's file that is missing or not what is expected.
absl::Status Unreadable(absl::string_view what, const std::string& path,
                        const error_code& error) {
  return absl::InvalidArgumentError(
      absl::StrCat("cannot read ", what, " ", path, ": ", error.message()));
}

// OpenSSL's errors do not have the system's reason.
absl::Status CheckReadable(absl::string_view what, const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  char first = 0;
  const bool is_readable = fd >= 0 && read(fd, &first, 1) >= 0;
  const int error = errno;
  if (fd >= 0) close(fd);
  if (is_readable) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      "cannot read ", what, " ", path, ": ", strerrordesc_np(error)));
}

bool IsAnyAddress(absl::string_view host) {
  return host == "0.0.0.0" || host == "::";
}

// The host of the printed URL.
std::string ShownHost(const std::string& host) {
  if (!IsAnyAddress(host)) return host;
  std::array<char, 256> name = {};
  if (gethostname(name.data(), name.size() - 1) != 0) return host;
  return name.data();
}

}  // namespace

absl::StatusOr<Address> ParseWebAddress(absl::string_view text) {
  if (!absl::ConsumeSuffix(&text, ":0")) return ParseAddress(text);
  absl::StatusOr<Address> address = ParseAddress(text, /*default_port=*/1);
  if (address.ok()) address->port = 0;
  return address;
}

struct WebServer::State {
  State(WebOptions all, LiveFeed& feed, MetricsBoard& board)
      : options(std::move(all)),
        context{{},
                std::move(options.page),
                std::move(options.policy),
                feed,
                board} {}

  absl::Status LoadTls();
  absl::Status Listen();
  void Serve();
  void Accept();
  void OnAccepted(error_code error, tcp::socket socket);
  // False if all connections are in use.
  bool MakeRoom();
  void OnChange(WebSession* session, bool closed);
  void OnPublished();
  void CheckWatchers();
  void CloseAll();

  WebOptions options;
  WebContext context;
  uint16_t port = 0;

  // One thread runs it: no locks needed inside.
  asio::io_context io{1};
  std::optional<asio::ssl::context> tls;
  tcp::acceptor acceptor{io};
  asio::steady_timer accept_pause{io};
  std::list<std::shared_ptr<WebSession>> sessions;  // oldest first
  absl::Notification* all_told = nullptr;           // of AwaitWatchers
  std::thread thread;
};

absl::Status WebServer::State::LoadTls() {
  const std::string& cert = options.tls_cert_file;
  const std::string& key = options.tls_key_file;
  if (cert.empty()) return absl::OkStatus();
  for (const auto& [what, path] :
       {std::pair("certificate", &cert), std::pair("private key", &key)}) {
    absl::Status readable = CheckReadable(what, *path);
    if (!readable.ok()) return readable;
  }
  tls.emplace(asio::ssl::context::tls_server);
  error_code error;
  tls->set_options(asio::ssl::context::default_workarounds |
                   asio::ssl::context::no_tlsv1 |
                   asio::ssl::context::no_tlsv1_1);
  tls->use_certificate_chain_file(cert, error);
  if (error) return Unreadable("certificate", cert, error);
  tls->use_private_key_file(key, asio::ssl::context::pem, error);
  if (error) return Unreadable("private key", key, error);
  return absl::OkStatus();
}

absl::Status WebServer::State::Listen() {
  const std::string where = options.listen.ToString();
  error_code error;
  tcp::resolver resolver(io);
  const auto found =
      resolver.resolve(options.listen.host, absl::StrCat(options.listen.port),
                       tcp::resolver::passive, error);
  if (error || found.empty()) return Failed("find", where, error);
  // "localhost" is 127.0.0.1 rather than ::1.
  tcp::endpoint endpoint = *found.begin();
  for (const auto& entry : found) {
    if (entry.endpoint().protocol() == tcp::v4()) endpoint = entry.endpoint();
  }
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(tcp::acceptor::max_listen_connections, error);
  if (!error) port = acceptor.local_endpoint(error).port();
  if (error) return Failed("listen on", where, error);
  return absl::OkStatus();
}

void WebServer::State::Serve() {
  WorkInBackground();
  Accept();
  const auto work = asio::make_work_guard(io);
  io.run();
}

void WebServer::State::Accept() {
  acceptor.async_accept([this](error_code error, tcp::socket socket) {
    OnAccepted(error, std::move(socket));
  });
}

void WebServer::State::OnAccepted(error_code error, tcp::socket socket) {
  if (!acceptor.is_open()) return;
  if (error) {
    accept_pause.expires_after(kAcceptPause);
    accept_pause.async_wait([this](error_code cancelled) {
      if (!cancelled) Accept();
    });
    return;
  }
  if (MakeRoom()) {
    error_code ignored;
    socket.set_option(tcp::no_delay(true), ignored);
    socket.set_option(
        asio::detail::socket_option::integer<IPPROTO_TCP, TCP_USER_TIMEOUT>(
            kPeerTimeoutMs),
        ignored);
    sessions.push_back(MakeWebSession(std::move(socket), tls ? &*tls : nullptr,
                                      context,
                                      [this](WebSession* session, bool closed) {
                                        OnChange(session, closed);
                                      }));
    // Copied: it may be closed, and taken off the list, while it starts.
    const std::shared_ptr<WebSession> session = sessions.back();
    session->Start();
  }
  Accept();
}

bool WebServer::State::MakeRoom() {
  if (sessions.size() < kMostConnections) return true;
  // Those that never finish their request cannot keep others out.
  for (const std::shared_ptr<WebSession>& session : sessions) {
    if (!session->is_asking()) continue;
    const std::shared_ptr<WebSession> oldest = session;
    oldest->Close();
    return true;
  }
  return false;
}

void WebServer::State::OnChange(WebSession* session, bool closed) {
  if (closed) {
    sessions.remove_if([&](const auto& open) { return open.get() == session; });
  }
  CheckWatchers();
}

void WebServer::State::OnPublished() {
  // Copied: any of them may be closed meanwhile.
  const std::vector<std::shared_ptr<WebSession>> open(sessions.begin(),
                                                      sessions.end());
  for (const auto& session : open) session->OnPublished();
}

void WebServer::State::CheckWatchers() {
  if (all_told == nullptr) return;
  for (const auto& session : sessions) {
    if (session->is_watching()) return;
  }
  std::exchange(all_told, nullptr)->Notify();
}

void WebServer::State::CloseAll() {
  error_code ignored;
  acceptor.close(ignored);
  accept_pause.cancel();
  const std::vector<std::shared_ptr<WebSession>> open(sessions.begin(),
                                                      sessions.end());
  for (const auto& session : open) session->Close();
}

absl::StatusOr<std::unique_ptr<WebServer>> WebServer::Create(
    WebOptions options, LiveFeed& feed, MetricsBoard& board) {
  auto state = std::make_unique<State>(std::move(options), feed, board);
  absl::Status status = state->LoadTls();
  if (status.ok()) status = state->Listen();
  if (!status.ok()) return status;
  AccessRules& rules = state->context.rules;
  if (state->options.has_page) rules.token = DrawToken();
  rules.bearer = state->options.bearer;
  rules.has_metrics = state->options.has_metrics;
  const std::string& host = state->options.listen.host;
  rules.host = IsAnyAddress(host) ? "" : host;
  rules.port = state->port;
  rules.tls = state->tls.has_value();
  return std::unique_ptr<WebServer>(new WebServer(std::move(state)));
}

WebServer::WebServer(std::unique_ptr<State> state) : state_(std::move(state)) {
  State* const s = state_.get();
  const auto wake = [s] { asio::post(s->io, [s] { s->OnPublished(); }); };
  s->context.feed.SetWake(wake);
  s->context.metrics.SetWake(wake);
  s->thread = std::thread([s] { s->Serve(); });
}

WebServer::~WebServer() {
  State* const s = state_.get();
  s->context.feed.SetWake(nullptr);
  s->context.metrics.SetWake(nullptr);
  asio::post(s->io, [s] {
    s->CloseAll();
    s->io.stop();
  });
  s->thread.join();
  // Sessions refer to the rest of the state: let their last operations end
  // first.
  s->io.restart();
  s->io.run();
}

uint16_t WebServer::port() const { return state_->port; }

std::string WebServer::url() const {
  const AccessRules& rules = state_->context.rules;
  const Address address = {ShownHost(state_->options.listen.host), port()};
  return absl::StrCat(
      rules.tls ? "https://" : "http://", address.ToString(),
      rules.token.empty() ? "/metrics" : "/?token=", rules.token);
}

void WebServer::AwaitWatchers(absl::Duration patience) {
  absl::Notification all_told;
  State* const s = state_.get();
  asio::post(s->io, [s, &all_told] {
    s->all_told = &all_told;
    s->CheckWatchers();
  });
  if (all_told.WaitForNotificationWithTimeout(patience)) return;
  // The thread must forget it first.
  absl::Notification forgotten;
  asio::post(s->io, [s, &forgotten] {
    s->all_told = nullptr;
    forgotten.Notify();
  });
  forgotten.WaitForNotification();
}

}  // namespace invocator
