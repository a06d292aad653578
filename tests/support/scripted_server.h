// A TCP server on loopback, with TLS or without, that treats each connection as
// its test says, well or badly. Every wait of it ends after kDeadline, or with
// the server.
//
// Thread-safe: the script runs on one thread per connection. Borrows what is
// needed for TLS.
#ifndef INVOCATOR_TESTS_SUPPORT_SCRIPTED_SERVER_H_
#define INVOCATOR_TESTS_SUPPORT_SCRIPTED_SERVER_H_

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/string_view.h"
#include "tests/support/server_tls.h"

namespace invocator {

class ScriptedServer {
 public:
  static constexpr std::chrono::seconds kDeadline{10};

  class Connection {
   public:
    Connection(int socket, int number) : socket_(socket), number_(number) {}

    int number() const { return number_; }  // from 0, in order of accepting
    // One request, head and body by its Content-Length; "" when none comes.
    std::string ReadRequest();
    // So many bytes, of anything; "" when they do not come.
    std::string ReadBytes(size_t size);
    // False when the client would not take it all.
    bool Send(absl::string_view bytes);
    // The client sees an end, under TLS one that is announced, but may go on
    // sending.
    void ShutDownWrites();
    // Returns when the client has closed.
    void AwaitEnd();

    // To misbehave: past TLS, if there is any.
    bool SendRaw(absl::string_view bytes);
    // Some bytes that have come, at least one; "" when none come any more.
    std::string ReadRaw();
    // Ends as ShutDownWrites does, but unannounced.
    void Cut();
    // Ends with an RST.
    void Reset();

    // Begins to speak TLS: the first flight to the client, which is not sent.
    std::string BeginTls(ServerTls& tls);
    // From here on it speaks TLS; false if the handshake failed.
    bool StartTls(ServerTls& tls);
    // REQUIRES for what follows: TLS has started.
    // The records that carry these bytes, which are not sent.
    std::string Seal(absl::string_view bytes);
    // Does that to it, then sends what comes of it.
    bool WithTls(const std::function<void(SSL*)>& act);
    bool SendCloseNotify() { return WithTls(SSL_shutdown); }

   private:
    bool ReadMore();
    // Takes what comes next into TLS.
    bool FeedTls();
    // What TLS has to send.
    std::string TakeSealed();
    // Goes on with the handshake till there is something to send, or it ends.
    void GoOnWithHandshake();

    const int socket_;
    const int number_;
    std::string buffer_;
    SslPtr ssl_;
    bool cut_ = false;
  };
  // The connection is closed when it returns, as ShutDownWrites does.
  using Script = std::function<void(Connection&)>;

  // With `tls`, the script begins after the handshake.
  explicit ScriptedServer(Script script, ServerTls* tls = nullptr);
  // Cuts every connection.
  ~ScriptedServer();
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;

  // "http://127.0.0.1:<port>", or "https:..."
  std::string url() const;
  int connections() const;
  // Returns when that many were accepted, or after kDeadline.
  void AwaitConnections(int count) const;

 private:
  struct Served {
    int socket;
    std::thread thread;
  };
  void Accept();

  const Script script_;
  ServerTls* const tls_;
  int listener_ = -1;
  uint16_t port_ = 0;
  mutable std::mutex mutex_;  // guards what follows
  std::vector<std::unique_ptr<Served>> served_;
  std::thread acceptor_;
};

// A loopback URL at which nobody listens.
std::string RefusingUrl();

}  // namespace invocator

#endif  // INVOCATOR_TESTS_SUPPORT_SCRIPTED_SERVER_H_
