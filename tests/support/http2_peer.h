// The server's side of an HTTP/2 connection, frame by frame: well-behaved where
// a test says nothing, and able to send any bytes. Only its HPACK is nghttp2's.
//
// Used by one thread, that of the connection's script. Borrows the connection.
#ifndef INVOCATOR_TESTS_SUPPORT_HTTP2_PEER_H_
#define INVOCATOR_TESTS_SUPPORT_HTTP2_PEER_H_

#include <nghttp2/nghttp2.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "tests/support/scripted_server.h"

namespace invocator {

class Http2Peer {
 public:
  using Fields = std::vector<std::pair<std::string, std::string>>;
  using Settings = std::vector<std::pair<uint16_t, uint32_t>>;

  struct Frame {
    uint8_t type = 0;
    uint8_t flags = 0;
    uint32_t stream = 0;
    std::string payload;
  };
  struct Request {
    uint32_t stream = 0;
    std::map<std::string, std::string> fields;
    std::string body;
  };

  explicit Http2Peer(ScriptedServer::Connection& connection);
  ~Http2Peer();
  Http2Peer(const Http2Peer&) = delete;
  Http2Peer& operator=(const Http2Peer&) = delete;

  // Reads the client's preface and sends our SETTINGS; false if none came.
  bool Begin(const Settings& settings = {});
  // The next frame, whatever it is; nullopt when none comes. Acknowledges
  // SETTINGS, and opens the windows for whatever body comes.
  std::optional<Frame> ReadFrame();
  // The next whole request; nullopt when none comes. Notes resets in `resets`.
  std::optional<Request> ReadRequest();

  bool Send(absl::string_view bytes) { return connection_.Send(bytes); }
  bool SendFrame(uint8_t type, uint8_t flags, uint32_t stream,
                 absl::string_view payload) {
    return Send(FrameOf(type, flags, stream, payload));
  }
  bool SendSettings(const Settings& settings);
  bool SendHead(uint32_t stream, const Fields& fields, bool ends);
  bool SendBody(uint32_t stream, absl::string_view body, bool ends = true);
  // 200, with that body.
  bool Answer(uint32_t stream, absl::string_view body = "hi");
  bool Reset(uint32_t stream, uint32_t code);
  bool GoAway(uint32_t last_stream, uint32_t code = 0,
              absl::string_view text = "");

  static std::string FrameOf(uint8_t type, uint8_t flags, uint32_t stream,
                             absl::string_view payload);
  std::string BlockOf(const Fields& fields);
  static std::string Number(uint64_t value, int bytes);

  std::map<uint32_t, uint32_t> resets;  // code by stream
  bool opens_windows = true;
  // Flags of the field, by name, as the client encoded it: that it must never
  // be indexed.
  std::map<std::string, bool> never_indexed;

 private:
  void TakeBlock(absl::string_view block, Request& request);

  ScriptedServer::Connection& connection_;
  nghttp2_hd_inflater* inflater_ = nullptr;
  nghttp2_hd_deflater* deflater_ = nullptr;
  std::map<uint32_t, Request> open_;
};

}  // namespace invocator

#endif  // INVOCATOR_TESTS_SUPPORT_HTTP2_PEER_H_
