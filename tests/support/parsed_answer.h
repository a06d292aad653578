// Everything that an AnswerParser says of an answer, for comparisons.
#ifndef INVOCATOR_TESTS_SUPPORT_PARSED_ANSWER_H_
#define INVOCATOR_TESTS_SUPPORT_PARSED_ANSWER_H_

#include <string>

#include "absl/strings/str_cat.h"
#include "worker/exchange/answer_parser.h"

namespace invocator {

// In words that differ if anything differs.
inline std::string WordsOf(const AnswerParser& parser) {
  using State = AnswerParser::State;
  const ResponseFacts& facts = parser.facts();
  return absl::StrCat(
      "state ", static_cast<int>(parser.state()), ", status ", facts.status,
      ", http_api ", facts.http_api, ", function_error ", facts.function_error,
      ", told ", static_cast<int>(facts.told_warmth), ", warmth ",
      static_cast<int>(facts.warmth), ", memory ", facts.memory_mb, " ",
      facts.memory_used_mb, ", billed ", facts.billed_ms, ", init ",
      facts.init_us, ", id ", facts.request_id.view(), ", type ",
      facts.error_type.view(), ", date ", facts.date.view(), ", body ",
      parser.body().cut() ? "cut " : "", parser.body().bytes(), ", bytes ",
      parser.bytes(), " ", parser.body_bytes(), " ", parser.came(),
      parser.state() == State::kComplete && parser.keep_alive() ? ", alive"
                                                                : "",
      parser.state() == State::kIncomplete && parser.in_head() ? ", in head"
                                                               : "",
      parser.state() == State::kIncomplete && parser.body_bytes_left()
          ? absl::StrCat(", left ", *parser.body_bytes_left())
          : "");
}

}  // namespace invocator

#endif  // INVOCATOR_TESTS_SUPPORT_PARSED_ANSWER_H_
