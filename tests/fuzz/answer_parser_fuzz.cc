// Any bytes as an answer: never a crash, and the same result whole as in pieces
// (the first byte says how long they are).
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "absl/strings/string_view.h"
#include "worker/exchange/answer_parser.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using invocator::AnswerParser;
  if (size < 2) return 0;
  const size_t piece = 1 + data[0] % 64;
  const bool to_head = data[0] >= 0xf0;
  const absl::string_view bytes(reinterpret_cast<const char*>(data) + 1,
                                size - 1);
  AnswerParser whole;
  whole.Begin(to_head);
  whole.Put(bytes);
  AnswerParser parts;
  parts.Begin(to_head);
  for (size_t at = 0;
       at < bytes.size() && parts.state() == AnswerParser::State::kIncomplete;
       at += piece) {
    parts.Put(bytes.substr(at, piece));
  }
  // Whole or in pieces, it may show later that an answer is broken: Beast looks
  // at a head once it has come, and again where more of it came.
  const auto end_if_other_is_broken = [](AnswerParser& parser,
                                         const AnswerParser& other) {
    if (parser.state() == AnswerParser::State::kIncomplete &&
        other.state() == AnswerParser::State::kBroken) {
      parser.PutEnd();
    }
  };
  end_if_other_is_broken(parts, whole);
  end_if_other_is_broken(whole, parts);
  if (whole.state() != parts.state()) std::abort();
  if (whole.bytes() > bytes.size()) std::abort();
  for (const AnswerParser* parser : {&whole, &parts}) {
    const auto& fault = parser->fault();
    if (!fault) continue;
    if (parser->state() != AnswerParser::State::kBroken) std::abort();
    if (fault->rule.empty()) std::abort();
    if (!fault->too_large && fault->offset > bytes.size()) std::abort();
  }
  if (whole.state() == AnswerParser::State::kComplete &&
      (whole.facts().status != parts.facts().status ||
       whole.bytes() != parts.bytes())) {
    std::abort();
  }
  if (whole.state() == AnswerParser::State::kIncomplete &&
      whole.PutEnd() != parts.PutEnd()) {
    std::abort();
  }
  return 0;
}
