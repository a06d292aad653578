#include "gateway/server.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cerrno>
#include <chrono>
#include <optional>
#include <random>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "common/base/clock.h"
#include "gateway/session.h"

namespace invocator {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using tcp = asio::ip::tcp;

constexpr std::chrono::milliseconds kSweepInterval{250};
// After a failed accept, most often for want of file descriptors.
constexpr std::chrono::milliseconds kAcceptPause{100};
// Left for the listener, the poller and standard streams.
constexpr size_t kSpareFiles = 32;

uint64_t RandomSeed() {
  std::random_device device;
  return (uint64_t{device()} << 32) | device();
}

absl::Status Failed(absl::string_view what, absl::string_view where,
                    const error_code& error) {
  return absl::UnavailableError(
      absl::StrCat("cannot ", what, " ", where, ": ", error.message()));
}

}  // namespace

namespace {

class OffsetWallClock final : public WallClock {
 public:
  explicit OffsetWallClock(int64_t offset_s) : offset_s_(offset_s) {}
  int64_t NowUnixS() const override { return system_.NowUnixS() + offset_s_; }

 private:
  const SystemWallClock system_;
  const int64_t offset_s_;
};

}  // namespace

struct GatewayServer::State {
  State(const GatewayOptions& options, uint64_t file_limit)
      : server_options(options.server),
        files(file_limit),
        router(options.router) {}

  absl::Status LoadTls();
  absl::Status Listen();
  absl::Status AwaitStop();
  void Accept();
  void OnAccepted(error_code error, tcp::socket socket);
  void Sweep();
  void CloseAll();

  const ServerOptions server_options;
  const uint64_t files;  // that may be open
  SystemSteadyClock steady_clock;
  OffsetWallClock wall_clock{server_options.clock_offset_s};
  GatewayRouter router;
  ResponseWriter writer{RandomSeed()};
  SessionContext context{router,
                         writer,
                         steady_clock,
                         wall_clock,
                         server_options.idle_timeout,
                         [this] { return sessions.size(); }};
  size_t max_connections = 0;

  // One thread runs it: no locks needed inside.
  asio::io_context io{1};
  std::optional<asio::ssl::context> tls;
  tcp::acceptor acceptor{io};
  asio::steady_timer accept_pause{io};
  asio::steady_timer sweep_timer{io};
  asio::posix::stream_descriptor stop_event{io};
  int stop_fd = -1;  // its descriptor, for as long as this is here
  absl::flat_hash_map<GatewaySession*, std::shared_ptr<GatewaySession>>
      sessions;
};

absl::Status GatewayServer::State::LoadTls() {
  const std::string& cert = server_options.tls_cert_file;
  const std::string& key = server_options.tls_key_file;
  if (cert.empty()) return absl::OkStatus();
  tls.emplace(asio::ssl::context::tls_server);
  error_code error;
  tls->set_options(asio::ssl::context::default_workarounds |
                   asio::ssl::context::no_tlsv1 |
                   asio::ssl::context::no_tlsv1_1);
  tls->use_certificate_chain_file(cert, error);
  if (error) return Failed("read certificate", cert, error);
  tls->use_private_key_file(key, asio::ssl::context::pem, error);
  if (error) return Failed("read private key", key, error);
  return absl::OkStatus();
}

absl::Status GatewayServer::State::Listen() {
  max_connections = std::min(server_options.max_connections,
                             files > kSpareFiles ? files - kSpareFiles : 1);
  error_code error;
  tcp::endpoint endpoint(asio::ip::make_address(server_options.address, error),
                         server_options.port);
  if (!error) acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(tcp::acceptor::max_listen_connections, error);
  if (error) {
    return Failed(
        "listen on",
        absl::StrCat(server_options.address, ":", server_options.port), error);
  }
  return absl::OkStatus();
}

absl::Status GatewayServer::State::AwaitStop() {
  stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (stop_fd < 0) return absl::ErrnoToStatus(errno, "cannot create an event");
  stop_event.assign(stop_fd);
  stop_event.async_wait(asio::posix::stream_descriptor::wait_read,
                        [this](error_code cancelled) {
                          if (!cancelled) CloseAll();
                        });
  return absl::OkStatus();
}

void GatewayServer::State::Accept() {
  acceptor.async_accept([this](error_code error, tcp::socket socket) {
    OnAccepted(error, std::move(socket));
  });
}

void GatewayServer::State::OnAccepted(error_code error, tcp::socket socket) {
  if (!acceptor.is_open()) return;
  if (error) {
    accept_pause.expires_after(kAcceptPause);
    accept_pause.async_wait([this](error_code cancelled) {
      if (!cancelled) Accept();
    });
    return;
  }
  if (sessions.size() >= max_connections) {
    router.stats().CountConnectionRefused();
  } else {
    router.stats().CountConnectionAccepted();
    error_code ignored;
    socket.set_option(tcp::no_delay(true), ignored);
    std::shared_ptr<GatewaySession> session = MakeGatewaySession(
        std::move(socket), tls ? &*tls : nullptr, context,
        [this](GatewaySession* closed) { sessions.erase(closed); });
    sessions.emplace(session.get(), session);
    session->Start();
  }
  Accept();
}

// One timer for all deadlines: cheaper than one per connection and request, and
// no deadline here is finer than the interval.
void GatewayServer::State::Sweep() {
  sweep_timer.expires_after(kSweepInterval);
  sweep_timer.async_wait([this](error_code cancelled) {
    // The timer may have expired just before it was cancelled.
    if (cancelled || !acceptor.is_open()) return;
    int64_t now_ns = steady_clock.NowNs();
    std::vector<std::shared_ptr<GatewaySession>> overdue;
    for (const auto& [pointer, session] : sessions) {
      if (session->deadline_ns() <= now_ns) overdue.push_back(session);
    }
    for (const auto& session : overdue) session->Close();
    Sweep();
  });
}

void GatewayServer::State::CloseAll() {
  error_code ignored;
  acceptor.close(ignored);
  accept_pause.cancel();
  sweep_timer.cancel();
  stop_event.cancel(ignored);
  std::vector<std::shared_ptr<GatewaySession>> open;
  for (const auto& [pointer, session] : sessions) open.push_back(session);
  for (const auto& session : open) session->Close();
}

absl::StatusOr<std::unique_ptr<GatewayServer>> GatewayServer::Create(
    const GatewayOptions& options, uint64_t file_limit) {
  auto state = std::make_unique<State>(options, file_limit);
  absl::Status status = state->LoadTls();
  if (status.ok()) status = state->Listen();
  if (status.ok()) status = state->AwaitStop();
  if (!status.ok()) return status;
  state->Accept();
  state->Sweep();
  return std::unique_ptr<GatewayServer>(new GatewayServer(std::move(state)));
}

GatewayServer::GatewayServer(std::unique_ptr<State> state)
    : state_(std::move(state)) {}

// Sessions refer to the rest of the state: let their last operations end first.
GatewayServer::~GatewayServer() {
  state_->CloseAll();
  state_->io.restart();
  state_->io.run();
}

uint16_t GatewayServer::port() const {
  return state_->acceptor.local_endpoint().port();
}

std::string GatewayServer::url() const {
  const std::string& address = state_->server_options.address;
  bool v6 = address.find(':') != std::string::npos;
  return absl::StrCat(state_->tls ? "https://" : "http://", v6 ? "[" : "",
                      address, v6 ? "]" : "", ":", port());
}

void GatewayServer::Run() { state_->io.run(); }

// No function of Asio may be called from a signal handler.
void GatewayServer::Stop() { eventfd_write(state_->stop_fd, 1); }

}  // namespace invocator
