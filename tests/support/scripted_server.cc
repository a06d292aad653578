#include "tests/support/scripted_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

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

std::string UrlOf(uint16_t port) {
  return absl::StrCat("http://127.0.0.1:", port);
}

}  // namespace

bool ScriptedServer::Connection::ReadMore() {
  char bytes[16'384];
  const ssize_t n = recv(socket_, bytes, sizeof(bytes), 0);
  if (n <= 0) return false;
  buffer_.append(bytes, static_cast<size_t>(n));
  return true;
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
  while (!bytes.empty()) {
    const ssize_t n = send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(n));
  }
  return true;
}

void ScriptedServer::Connection::ShutDownWrites() {
  shutdown(socket_, SHUT_WR);
}

void ScriptedServer::Connection::AwaitEnd() {
  while (ReadMore()) {
  }
}

ScriptedServer::ScriptedServer(Script script) : script_(std::move(script)) {
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
    const std::lock_guard lock(mutex_);
    const int number = static_cast<int>(served_.size());
    served_.push_back(std::make_unique<Served>());
    Served& served = *served_.back();
    served.socket = fd;
    served.thread = std::thread([this, fd, number] {
      Connection connection(fd, number);
      script_(connection);
      shutdown(fd, SHUT_RDWR);  // closed when the thread was joined
    });
  }
}

std::string ScriptedServer::url() const { return UrlOf(port_); }

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
  return UrlOf(port);
}

}  // namespace invocator
