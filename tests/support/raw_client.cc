#include "tests/support/raw_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>

#include "absl/strings/numbers.h"

namespace invocator {

struct RawClient::Tls {
  SSL_CTX* context = SSL_CTX_new(TLS_client_method());
  SSL* ssl = nullptr;
  ~Tls() {
    SSL_free(ssl);
    SSL_CTX_free(context);
  }
};

RawClient::RawClient(uint16_t port, const std::string& ca_file) {
  socket_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  timeval deadline{kDeadline.count(), 0};
  setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &deadline, sizeof(deadline));
  setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &deadline, sizeof(deadline));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  bool connected = connect(socket_, reinterpret_cast<sockaddr*>(&address),
                           sizeof(address)) == 0;
  if (connected && !ca_file.empty()) {
    tls_ = std::make_unique<Tls>();
    SSL_CTX_load_verify_locations(tls_->context, ca_file.c_str(), nullptr);
    SSL_CTX_set_verify(tls_->context, SSL_VERIFY_PEER, nullptr);
    tls_->ssl = SSL_new(tls_->context);
    SSL_set1_host(tls_->ssl, "localhost");
    SSL_set_fd(tls_->ssl, socket_);
    connected = SSL_connect(tls_->ssl) == 1;
  }
  if (connected) return;
  close(socket_);
  socket_ = -1;
}

RawClient::~RawClient() {
  if (socket_ >= 0) close(socket_);
}

bool RawClient::connected() const { return socket_ >= 0; }

bool RawClient::Send(absl::string_view bytes) {
  while (!bytes.empty()) {
    ssize_t sent =
        tls_
            ? SSL_write(tls_->ssl, bytes.data(),
                        static_cast<int>(std::min(bytes.size(), size_t{16384})))
            : send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
  return true;
}

bool RawClient::ReadMore() {
  char bytes[16384];
  ssize_t got = tls_ ? SSL_read(tls_->ssl, bytes, sizeof(bytes))
                     : recv(socket_, bytes, sizeof(bytes), 0);
  if (got <= 0) return false;
  buffer_.append(bytes, static_cast<size_t>(got));
  return true;
}

std::string RawClient::ReadResponse(bool head) {
  size_t end;
  while ((end = buffer_.find("\r\n\r\n")) == std::string::npos) {
    if (!ReadMore()) return "";
  }
  size_t size = end + 4;
  size_t length_at = buffer_.find("Content-Length: ");
  if (!head && length_at < end) {
    size_t line_end = buffer_.find("\r\n", length_at);
    size_t length = 0;
    if (!absl::SimpleAtoi(
            buffer_.substr(length_at + 16, line_end - length_at - 16),
            &length)) {
      return "";
    }
    size += length;
  }
  while (buffer_.size() < size) {
    if (!ReadMore()) return "";
  }
  std::string response = buffer_.substr(0, size);
  buffer_.erase(0, size);
  return response;
}

std::string RawClient::ReadUntil(absl::string_view end) {
  size_t searched = 0;
  size_t at;
  while ((at = buffer_.find(end.data(), searched, end.size())) ==
         std::string::npos) {
    searched = buffer_.size() - std::min(buffer_.size(), end.size());
    if (!ReadMore()) return "";
  }
  std::string text = buffer_.substr(0, at + end.size());
  buffer_.erase(0, text.size());
  return text;
}

bool RawClient::AtEnd() {
  if (!buffer_.empty() || ReadMore()) return false;
  if (tls_) return true;
  char byte;
  ssize_t got = recv(socket_, &byte, 1, 0);
  return got == 0 || (got < 0 && errno == ECONNRESET);
}

}  // namespace invocator
