// A TCP server on loopback that treats each connection as its test says, well
// or badly. Every wait of it ends after kDeadline, or with the server.
//
// Thread-safe: the script runs on one thread per connection.
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
    // False when the client would not take it all.
    bool Send(absl::string_view bytes);
    // The client sees an end, but may go on sending.
    void ShutDownWrites();
    // Returns when the client has closed.
    void AwaitEnd();

   private:
    bool ReadMore();

    const int socket_;
    const int number_;
    std::string buffer_;
  };
  // The connection is closed when it returns.
  using Script = std::function<void(Connection&)>;

  explicit ScriptedServer(Script script);
  // Cuts every connection.
  ~ScriptedServer();
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;

  // "http://127.0.0.1:<port>"
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
