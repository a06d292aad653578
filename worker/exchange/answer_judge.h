// Judgement of an answer: its outcome, the reason of a failure, and the
// function's warmth. Source: API Gateway developer guide, "Gateway response
// types"; Lambda API reference, Invoke; and answers quoted in public. Pure.
//
// Headers identify a gateway's answer; the words of its body decide the rest. A
// REST API's owner may change the words, hence headers win.
#ifndef INVOCATOR_WORKER_EXCHANGE_ANSWER_JUDGE_H_
#define INVOCATOR_WORKER_EXCHANGE_ANSWER_JUDGE_H_

#include <cstddef>

#include "absl/strings/string_view.h"
#include "common/result/reason.h"
#include "common/result/record.h"
#include "worker/exchange/answer_rules.h"
#include "worker/exchange/kept_body.h"
#include "worker/exchange/response.h"

namespace invocator {

// Bytes kept of a failed answer's body: enough for AWS's own canonical string
// with a session token of 2 KB.
inline constexpr size_t kKeptFailureBytes = 8192;

// Bytes of the body that the functions below need: 0 for an ok answer, unless
// its warmth is read from the body.
size_t BodyBytesToKeep(const ResponseFacts& facts, const AnswerRules& rules);

// kNone if the answer is ok: it has an expected status and no function error.
// `body`: beginning of the body.
Reason ReasonOf(const ResponseFacts& facts, absl::string_view body,
                const AnswerRules& rules);

// Fills a whole answer's facts into the record: outcome, reason, warmth, and
// Lambda's report.
void JudgeAnswer(const ResponseFacts& facts, const KeptBody& body,
                 const AnswerRules& rules, Record& record);

}  // namespace invocator

#endif  // INVOCATOR_WORKER_EXCHANGE_ANSWER_JUDGE_H_
