#include "tests/support/scripted_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace invocator {
namespace {

// A bound socket, and its port.
std::pair<int, uint16_t> Bind() {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  bind(fd, reinterpret_cast<sockaddr*>(&address), size);
  getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
  return {fd, ntohs(address.sin_port)};
}

std::string UrlOf(absl::string_view scheme, uint16_t port) {
  return absl::StrCat(scheme, "://127.0.0.1:", port);
}

// What came next; "" when nothing will.
std::string Receive(int socket) {
  std::string bytes(16'384, '\0');
  const ssize_t n = recv(socket, bytes.data(), bytes.size(), 0);
  bytes.resize(n > 0 ? static_cast<size_t>(n) : 0);
  return bytes;
}

}  // namespace

std::string ScriptedServer::Connection::ReadRaw() { return Receive(socket_); }

bool ScriptedServer::Connection::ReadMore() {
  if (ssl_ == nullptr) {
    const std::string bytes = Receive(socket_);
    buffer_ += bytes;
    return !bytes.empty();
  }
  while (true) {
    char bytes[16'384];
    size_t n = 0;
    ERR_clear_error();
    const int result = SSL_read_ex(ssl_.get(), bytes, sizeof(bytes), &n);
    buffer_.append(bytes, n);
    const bool wants_more =
        SSL_get_error(ssl_.get(), result) == SSL_ERROR_WANT_READ;
    // It may have had to answer something, or to complain.
    const bool sent = SendRaw(TakeSealed());
    if (result == 1) return true;
    if (!wants_more || !sent || !FeedTls()) return false;
  }
}

std::string ScriptedServer::Connection::ReadBytes(size_t size) {
  while (buffer_.size() < size) {
    if (!ReadMore()) return "";
  }
  std::string bytes = buffer_.substr(0, size);
  buffer_.erase(0, size);
  return bytes;
}

bool ScriptedServer::Connection::FeedTls() {
  const std::string bytes = Receive(socket_);
  return !bytes.empty() && BIO_write(SSL_get_rbio(ssl_.get()), bytes.data(),
                                     static_cast<int>(bytes.size())) > 0;
}

std::string ScriptedServer::Connection::TakeSealed() {
  BIO* const out = SSL_get_wbio(ssl_.get());
  std::string bytes(BIO_ctrl_pending(out), '\0');
  if (bytes.empty()) return bytes;
  BIO_read(out, bytes.data(), static_cast<int>(bytes.size()));
  return bytes;
}

void ScriptedServer::Connection::GoOnWithHandshake() {
  while (true) {
    ERR_clear_error();
    const int result = SSL_do_handshake(ssl_.get());
    const bool wants_more =
        SSL_get_error(ssl_.get(), result) == SSL_ERROR_WANT_READ;
    if (BIO_ctrl_pending(SSL_get_wbio(ssl_.get())) > 0) return;
    if (!wants_more || !FeedTls()) return;
  }
}

std::string ScriptedServer::Connection::BeginTls(ServerTls& tls) {
  ssl_ = tls.NewConnection();
  GoOnWithHandshake();
  return TakeSealed();
}

bool ScriptedServer::Connection::StartTls(ServerTls& tls) {
  std::string flight = BeginTls(tls);
  while (SendRaw(flight)) {
    if (SSL_is_init_finished(ssl_.get())) return true;
    if (flight.empty()) return false;
    GoOnWithHandshake();
    flight = TakeSealed();
  }
  return false;
}

std::string ScriptedServer::Connection::Seal(absl::string_view bytes) {
  SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size()));
  return TakeSealed();
}

bool ScriptedServer::Connection::WithTls(const std::function<void(SSL*)>& act) {
  ERR_clear_error();
  act(ssl_.get());
  return SendRaw(TakeSealed());
}

std::string ScriptedServer::Connection::ReadRequest() {
  size_t head_end;
  while ((head_end = buffer_.find("\r\n\r\n")) == std::string::npos) {
    if (!ReadMore()) return "";
  }
  size_t size = head_end + 4;
  const std::string head = absl::AsciiStrToLower(buffer_.substr(0, size));
  constexpr absl::string_view kLength = "\r\ncontent-length: ";
  const size_t at = head.find(std::string(kLength));
  size_t body_bytes = 0;
  if (at != std::string::npos) {
    const size_t from = at + kLength.size();
    if (!absl::SimpleAtoi(head.substr(from, head.find('\r', from) - from),
                          &body_bytes)) {
      return "";
    }
  }
  size += body_bytes;
  while (buffer_.size() < size) {
    if (!ReadMore()) return "";
  }
  std::string request = buffer_.substr(0, size);
  buffer_.erase(0, size);
  return request;
}

bool ScriptedServer::Connection::Send(absl::string_view bytes) {
  return bytes.empty() || SendRaw(ssl_ == nullptr ? bytes : Seal(bytes));
}

bool ScriptedServer::Connection::SendRaw(absl::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(n));
  }
  return true;
}

void ScriptedServer::Connection::ShutDownWrites() {
  if (ssl_ != nullptr && !cut_ && SSL_is_init_finished(ssl_.get())) {
    SendCloseNotify();
  }
  shutdown(socket_, SHUT_WR);
}

void ScriptedServer::Connection::Cut() {
  cut_ = true;
  shutdown(socket_, SHUT_WR);
}

void ScriptedServer::Connection::Reset() {
  cut_ = true;
  // To dissolve it resets it, and leaves the descriptor to its owner.
  sockaddr nobody{};
  nobody.sa_family = AF_UNSPEC;
  connect(socket_, &nobody, sizeof(nobody));
}

void ScriptedServer::Connection::AwaitEnd() {
  while (ReadMore()) {
  }
}

ScriptedServer::ScriptedServer(Script script, ServerTls* tls)
    : script_(std::move(script)), tls_(tls) {
  std::tie(listener_, port_) = Bind();
  listen(listener_, SOMAXCONN);
  acceptor_ = std::thread([this] { Accept(); });
}

ScriptedServer::~ScriptedServer() {
  shutdown(listener_, SHUT_RDWR);  // ends the accept
  acceptor_.join();
  close(listener_);
  for (const auto& served : served_) shutdown(served->socket, SHUT_RDWR);
  for (const auto& served : served_) {
    served->thread.join();
    close(served->socket);
  }
}

void ScriptedServer::Accept() {
  while (true) {
    const int fd = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) return;
    const timeval deadline{kDeadline.count(), 0};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &deadline, sizeof(deadline));
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &deadline, sizeof(deadline));
    // What is sent in parts is to go in parts, and at once.
    const int no_delay = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &no_delay, sizeof(no_delay));
    const std::lock_guard lock(mutex_);
    const int number = static_cast<int>(served_.size());
    served_.push_back(std::make_unique<Served>());
    Served& served = *served_.back();
    served.socket = fd;
    served.thread = std::thread([this, fd, number] {
      Connection connection(fd, number);
      if (tls_ == nullptr || connection.StartTls(*tls_)) script_(connection);
      connection.ShutDownWrites();
      shutdown(fd, SHUT_RDWR);  // closed when the thread was joined
    });
  }
}

std::string ScriptedServer::url() const {
  return UrlOf(tls_ == nullptr ? "http" : "https", port_);
}

int ScriptedServer::connections() const {
  const std::lock_guard lock(mutex_);
  return static_cast<int>(served_.size());
}

void ScriptedServer::AwaitConnections(int count) const {
  const auto end = std::chrono::steady_clock::now() + kDeadline;
  while (connections() < count && std::chrono::steady_clock::now() < end) {
    std::this_thread::yield();
  }
}

std::string RefusingUrl() {
  const auto [fd, port] = Bind();
  close(fd);
  return UrlOf("http", port);
}

}  // namespace invocator
