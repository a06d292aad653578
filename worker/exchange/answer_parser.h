// Incremental parser of HTTP/1.x answers, which may arrive cut at any byte.
// Keeps the facts that decide the outcome; counts the body without keeping it,
// except for the beginning of some (worker/exchange/answer_judge.h). Most heads
// are read by worker/exchange/plain_head.h, anything else by Boost.Beast.
//
// Faulty servers: a status line that ends after its code, without the blank
// that RFC 9112 section 4 requires, is accepted, as by most clients. An answer
// with both Content-Length and Transfer-Encoding is broken: section 6.3 lets a
// client treat it as an error, or take the chunks and close; Beast only does
// the former. So is an answer with a Transfer-Encoding other than chunked
// (worker/exchange/head_fault.h), unless section 6.3 gives it no body.
//
// Reports the place, the broken rule and the status line of a bad answer.
//
// Thread-compatible. Each connection has one parser, for one answer after the
// other.
#ifndef INVOCATOR_WORKER_EXCHANGE_ANSWER_PARSER_H_
#define INVOCATOR_WORKER_EXCHANGE_ANSWER_PARSER_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "worker/exchange/answer_rules.h"
#include "worker/exchange/kept_body.h"
#include "worker/exchange/response.h"

namespace invocator {

// The reason why an answer was refused.
struct AnswerFault {
  uint64_t offset = 0;  // in the bytes received
  std::string rule;
  std::string status_line;  // empty if unknown
  bool too_large = false;
};

class AnswerParser {
 public:
  // Limit on the header lines of one answer, interim ones included, and on a
  // chunk's first line and trailers.
  static constexpr size_t kMaxHeadBytes = size_t{256} * 1024;

  enum class State {
    kIncomplete,
    kComplete,
    kBroken,  // not HTTP/1.x, or beyond a limit
  };

  using Fault = AnswerFault;

  AnswerParser();
  ~AnswerParser();

  // Prepares for the next answer. An answer to HEAD has no body, whatever its
  // headers say. Data borrowed by `rules` must stay valid until the answer is
  // complete.
  void Begin(bool to_head, const AnswerRules& rules = {});

  // Takes received bytes. Bytes after the end of an answer belong to no
  // request: the connection cannot be reused.
  // REQUIRES: state() == kIncomplete
  State Put(absl::string_view bytes);

  // The peer will send nothing more. Ends an answer whose body ends with its
  // connection; any other is broken.
  // REQUIRES: state() == kIncomplete
  State PutEnd();

  State state() const { return state_; }
  const ResponseFacts& facts() const { return facts_; }
  const KeptBody& body() const { return body_; }
  // Bytes of heads and bodies, without the framing of chunks.
  uint64_t bytes() const {
    return head_bytes_ + body_bytes_ + (in_head_ ? rest_.size() : 0);
  }
  // After kComplete: another request may follow on the connection.
  bool keep_alive() const { return keep_alive_; }

  // After kBroken: the fault in the received bytes; nullopt if they only ended
  // too early.
  const std::optional<Fault>& fault() const { return fault_; }
  // Bytes received, of any kind.
  uint64_t came() const { return came_; }
  // Before kComplete: the answer's header lines have not ended.
  bool in_head() const;
  uint64_t body_bytes() const { return body_bytes_; }
  // Bytes of the body still missing, by its Content-Length.
  std::optional<uint64_t> body_bytes_left() const;

 private:
  class Message;

  // Makes Beast's parser for the next message, interim or final.
  void BeginMessage();
  // Takes a plain head at the beginning; false if there is none.
  bool TakePlainHead(absl::string_view bytes);
  // REQUIRES: plain_left_
  State PutPlainBody(absl::string_view bytes);
  State PutAll(absl::string_view bytes, size_t& taken);
  // Takes a status line that lacks the blank after its code; false if it lacks
  // more.
  bool PutWithBlank(absl::string_view status_line);
  // Remembers the fault in `bytes`, the last ones received. The parser got
  // those from `from` on and refused those from `at` on, within a head if
  // `in_head`, before the end of its status line if `at_start`. `error`: the
  // parser's words, used if we find no fault.
  struct Refusal {
    size_t from;
    size_t at;
    bool in_head;
    bool at_start;
  };
  void SetFault(absl::string_view bytes, const Refusal& refusal,
                std::string error);
  void SetTooLarge();
  // Refuses lines that end with LF alone as soon as they come: the parser would
  // keep waiting for a blank line with CR LF.
  void RefuseBareLf(size_t new_bytes);

  std::unique_ptr<Message> message_;
  State state_ = State::kIncomplete;
  AnswerRules rules_;
  ResponseFacts facts_;
  KeptBody body_;
  uint64_t head_bytes_ = 0;
  uint64_t body_bytes_ = 0;
  uint64_t came_ = 0;
  bool at_start_ = true;  // of a message; nothing of it was taken
  bool in_head_ = true;
  bool to_head_ = false;
  bool keep_alive_ = false;
  // Bytes of the body still missing, after a plain head.
  std::optional<uint64_t> plain_left_;
  std::string rest_;  // received, but too little to parse yet
  std::optional<Fault> fault_;
};

}  // namespace invocator

#endif  // INVOCATOR_WORKER_EXCHANGE_ANSWER_PARSER_H_
