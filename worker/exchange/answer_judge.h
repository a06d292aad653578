// Meaning of an answer: its outcome, why it is not ok, and whether the function
// was cold. Source: API Gateway developer guide, "Gateway response types";
// Lambda API reference, Invoke; and answers quoted in public. Pure.
//
// Gateways are told by their headers; the words of their bodies tell apart what
// those leave open. A REST API's owner may change the words, hence headers win.
#ifndef INVOCATOR_WORKER_EXCHANGE_ANSWER_JUDGE_H_
#define INVOCATOR_WORKER_EXCHANGE_ANSWER_JUDGE_H_

#include <cstddef>

#include "absl/strings/string_view.h"
#include "common/plan/cold_start.h"
#include "common/result/reason.h"
#include "common/result/record.h"
#include "worker/exchange/kept_body.h"
#include "worker/exchange/response.h"

namespace invocator {

// Of a failed answer: AWS's own canonical string, with a session token of 2 KB
// in it, fits.
inline constexpr size_t kKeptFailureBytes = 8192;

// How much of the body is to be kept for what follows: nothing of a good
// answer, unless its body is to tell cold starts. `source` may be null.
size_t BodyBytesToKeep(const ResponseFacts& facts,
                       const ColdStartSource* source);

// kNone if it is ok. `body`: its beginning.
Reason ReasonOf(const ResponseFacts& facts, absl::string_view body);

// Fills in what a whole answer says: outcome, reason, warmth, and what Lambda
// reports.
void JudgeAnswer(const ResponseFacts& facts, const KeptBody& body,
                 const ColdStartSource* source, Record& record);

}  // namespace invocator

#endif  // INVOCATOR_WORKER_EXCHANGE_ANSWER_JUDGE_H_
