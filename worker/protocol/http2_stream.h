// One exchange on an HTTP/2 connection: the part of a request that is still to
// be sent, and the facts of its answer as they come.
//
// Units: nanoseconds since the run's start. Belongs to its session
// (worker/protocol/http2_session.h), which reuses it. Borrows the body and the
// rules' data until the exchange has ended.
#ifndef INVOCATOR_WORKER_PROTOCOL_HTTP2_STREAM_H_
#define INVOCATOR_WORKER_PROTOCOL_HTTP2_STREAM_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "common/result/record.h"
#include "worker/exchange/answer_rules.h"
#include "worker/exchange/kept_body.h"
#include "worker/exchange/response.h"
#include "worker/net/transport_failure.h"
#include "worker/protocol/exchange_facts.h"

namespace invocator {

struct Http2Stream {
  enum class Came { kNothing, kPartOfHead, kHead, kAll };
  enum class End {
    kNone,      // under way
    kAnswered,  // a whole answer has come
    kRefused,   // the peer has not processed the request (RFC 9113, 8.7)
    kFailed,    // see `failure`
  };

  // Begins an exchange, with the memory of the last one.
  void Begin(void* its_owner, absl::string_view its_body,
             const AnswerRules& its_rules) {
    id = 0;
    owner = its_owner;
    body = its_body;
    body_sent = 0;
    head_sent = false;
    bytes_sent = bytes_received = 0;
    rules = its_rules;
    answer.Clear();
    kept.Begin(0);
    head_bytes = 0;
    body_bytes = 0;
    first_byte_ns = Record::kNever;
    came = Came::kNothing;
    end = End::kNone;
    failure.reason = Reason::kNone;
  }

  ExchangeFacts facts() const {
    return {answer, kept, first_byte_ns, bytes_sent, bytes_received};
  }
  bool written() const { return head_sent && body_sent == body.size(); }

  // The step that a timed-out exchange is waiting for.
  TransportFailure WhyLate() const;
  // The reason why no answer comes when the connection has ended. `how`: the
  // way it ended.
  TransportFailure WhyCut(absl::string_view how) const;

  int32_t id = 0;
  void* owner = nullptr;  // null: given up
  // The request.
  std::string encoded_end;  // of the header block (exchange/http2_request.h)
  absl::string_view body;
  size_t body_sent = 0;
  bool head_sent = false;  // given to the session's write
  uint64_t head_join = 0;  // the one it was given to
  uint64_t bytes_sent = 0;
  // The answer.
  AnswerRules rules;
  ResponseFacts answer;
  KeptBody kept;
  uint64_t bytes_received = 0;
  size_t head_bytes = 0;  // of header lists, as RFC 9113, 6.5.2 counts them
  uint64_t body_bytes = 0;
  int64_t first_byte_ns = Record::kNever;
  Came came = Came::kNothing;
  End end = End::kNone;
  TransportFailure failure;  // once it has failed
  bool open = false;         // known to nghttp2
};

}  // namespace invocator

#endif  // INVOCATOR_WORKER_PROTOCOL_HTTP2_STREAM_H_
