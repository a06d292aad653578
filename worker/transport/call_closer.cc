#include "worker/transport/call_closer.h"

#include "worker/exchange/answer_judge.h"

namespace invocator {

void CallCloser::Answered(Call& call, const ExchangeFacts& facts,
                          int64_t now_ns, OnEnded on_ended) {
  JudgeAnswer(facts.answer, facts.body, call.request->answer_rules(),
              call.record);
  if (call.record.reason != Reason::kNone) Sample(call, &facts, "");
  End(call, &facts, call.record.outcome, now_ns, on_ended);
}

void CallCloser::Failed(Call& call, const ExchangeFacts* facts,
                        const TransportFailure& failure, int64_t now_ns,
                        OnEnded on_ended) {
  call.record.reason = failure.reason;
  Sample(call, facts, failure.detail);
  End(call, facts, OutcomeOf(failure.reason), now_ns, on_ended);
}

void CallCloser::Aborted(Call& call, const ExchangeFacts* facts, int64_t now_ns,
                         OnEnded on_ended) {
  End(call, facts, Outcome::kAborted, now_ns, on_ended);
}

void CallCloser::Sample(const Call& call, const ExchangeFacts* facts,
                        absl::string_view detail) {
  static const ResponseFacts kNoAnswer;
  static const KeptBody kNoBody;
  const PreparedRequest& request = *call.request;
  failures_.Add(call.record, {facts != nullptr ? facts->answer : kNoAnswer,
                              facts != nullptr ? facts->body : kNoBody,
                              request.request(), request.body_index(),
                              call.signed_unix_s, wall_.NowUnixS(), detail});
}

void CallCloser::End(Call& call, const ExchangeFacts* facts, Outcome outcome,
                     int64_t now_ns, OnEnded on_ended) {
  Record& record = call.record;
  record.done_ns = now_ns;
  record.outcome = outcome;
  if (facts != nullptr) {
    record.first_byte_ns = facts->first_byte_ns;
    record.status = facts->answer.status;
    record.request_id = facts->answer.request_id;
    record.bytes_sent = facts->bytes_sent;
    record.bytes_received = facts->bytes_received;
  }
  timeouts_.Remove(call);
  calls_.End(call);
  on_ended(record);
}

}  // namespace invocator
