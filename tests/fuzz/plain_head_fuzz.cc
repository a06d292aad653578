// Any bytes as an answer that comes at once: where worker/exchange/plain_head.h
// reads its head, Boost.Beast takes the same answer with the same facts. Beast
// gets those whose first byte comes alone. The first byte of the input chooses
// the rules, the second where the body is cut.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "absl/strings/string_view.h"
#include "tests/support/parsed_answer.h"
#include "worker/exchange/answer_parser.h"
#include "worker/exchange/plain_head.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using invocator::AnswerParser;
  using invocator::ColdStartSource;
  if (size < 3) return 0;
  const absl::string_view answer(reinterpret_cast<const char*>(data) + 2,
                                 size - 2);
  ColdStartSource source;
  source.kind = data[0] & 1 ? ColdStartSource::Kind::kHeader
                            : ColdStartSource::Kind::kJson;
  source.header = "x-cold";
  source.path = {"cold"};
  static constexpr uint16_t kExpected[] = {403, 503};
  invocator::AnswerRules rules;
  if (data[0] & 6) rules.cold_start_source = &source;
  if (data[0] & 8) rules.expected_statuses = kExpected;

  invocator::ResponseFacts facts;
  const auto head =
      invocator::ReadPlainHead(answer, rules.cold_start_source, facts);
  if (!head) return 0;
  AnswerParser slow;
  slow.Begin(false, rules);
  slow.Put(answer.substr(0, 1));
  slow.Put(answer.substr(1));
  AnswerParser quick;
  quick.Begin(false, rules);
  quick.Put(answer);
  if (WordsOf(quick) != WordsOf(slow)) std::abort();
  AnswerParser pieces;
  pieces.Begin(false, rules);
  const size_t cut = head->bytes + data[1];
  pieces.Put(answer.substr(0, cut));
  if (pieces.state() == AnswerParser::State::kIncomplete &&
      cut < answer.size()) {
    pieces.Put(answer.substr(cut));
  }
  if (pieces.state() != slow.state() || pieces.bytes() != slow.bytes() ||
      pieces.body().bytes() != slow.body().bytes() ||
      pieces.body().cut() != slow.body().cut()) {
    std::abort();
  }
  if (slow.state() == AnswerParser::State::kIncomplete &&
      (slow.PutEnd() != quick.PutEnd() || slow.fault() || quick.fault())) {
    std::abort();
  }
  return 0;
}
