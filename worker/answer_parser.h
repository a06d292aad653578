// Takes an HTTP/1.x answer apart as it comes, cut at any byte: the facts that
// the outcome depends on are kept, the body is counted and let go, but for the
// beginning of some (worker/answer_judge.h). The parsing is Boost.Beast's.
//
// Where servers lie: a status line that ends after its code, without the blank
// that RFC 9112 section 4 wants there, is taken, as most clients do. An answer
// with both Content-Length and Transfer-Encoding is broken: section 6.3 would
// have a client see an error in it, or take the chunks and close, and Beast
// knows only the former.
//
// Thread-compatible. One connection has one, for one answer after the other.
#ifndef INVOCATOR_WORKER_ANSWER_PARSER_H_
#define INVOCATOR_WORKER_ANSWER_PARSER_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/strings/string_view.h"
#include "worker/kept_body.h"
#include "worker/response.h"

namespace invocator {

class AnswerParser {
 public:
  // Bytes of header lines in one answer, interim ones included, and of a
  // chunk's first line or of trailers: more is no answer.
  static constexpr size_t kMaxHeadBytes = size_t{256} * 1024;

  enum class State {
    kIncomplete,
    kComplete,
    kBroken,  // not HTTP/1.x, or beyond a limit
  };

  AnswerParser();
  ~AnswerParser();

  // Awaits the next answer. One to HEAD has no body, whatever it says. `source`
  // tells cold starts; it may be null, and must stay until the answer has come.
  void Begin(bool to_head, const ColdStartSource* source = nullptr);

  // Takes bytes as they came. What follows the end of an answer belongs to no
  // request: the connection cannot be used again.
  // REQUIRES: state() == kIncomplete
  State Put(absl::string_view bytes);

  // The peer will send nothing more. Ends an answer whose body ends with its
  // connection; any other is broken.
  // REQUIRES: state() == kIncomplete
  State PutEnd();

  State state() const { return state_; }
  const ResponseFacts& facts() const { return facts_; }
  const KeptBody& body() const { return body_; }
  // Of heads and bodies, without what frames chunks.
  uint64_t bytes() const {
    return head_bytes_ + body_bytes_ + (in_head_ ? rest_.size() : 0);
  }
  // After kComplete: another request may follow on the connection.
  bool keep_alive() const { return keep_alive_; }

 private:
  class Message;

  State PutAll(absl::string_view bytes, size_t& taken);
  // Takes a status line that lacks the blank after its code; false if it lacks
  // more.
  bool PutWithBlank(absl::string_view status_line);

  std::unique_ptr<Message> message_;
  State state_ = State::kIncomplete;
  const ColdStartSource* source_ = nullptr;
  ResponseFacts facts_;
  KeptBody body_;
  uint64_t head_bytes_ = 0;
  uint64_t body_bytes_ = 0;
  bool at_start_ = true;  // of a message; nothing of it was taken
  bool in_head_ = true;
  bool to_head_ = false;
  bool keep_alive_ = false;
  std::string rest_;  // came, but not enough yet to be understood
};

}  // namespace invocator

#endif  // INVOCATOR_WORKER_ANSWER_PARSER_H_
