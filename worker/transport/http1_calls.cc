#include "worker/transport/http1_calls.h"

namespace invocator {

void Http1Calls::Sign(Call& call) const {
  PreparedRequest& request = *call.request;
  call.signed_unix_s = request.signs() ? parts_.wall.NowUnixS() : 0;
  request.FrontAt(call.signed_unix_s);
}

bool Http1Calls::Send(Call& call) {
  while (Link* link = parts_.pool.TakeIdle(*call.pool)) {
    if (Transmit(*link, call)) {
      ++parts_.counts.reused;
      return true;
    }
    ++parts_.counts.closed_by_peer;
    parts_.pool.Close(*link);
  }
  return false;
}

void Http1Calls::Begin(Link& link, const RunClock& clock, OnEnded on_ended) {
  Call& call = *link.call;
  call.record.new_connection = true;
  Sign(call);  // anew: to connect may have taken long
  if (!Transmit(link, call)) OnBroken(link, clock, on_ended);
}

bool Http1Calls::Transmit(Link& link, Call& call) {
  PreparedRequest& request = *call.request;
  const absl::string_view front = request.FrontAt(call.signed_unix_s);
  if (!link.connection.Begin(front, request.rest(), call.to_head,
                             request.answer_rules(), parts_.buffer)) {
    return false;
  }
  link.state = Link::State::kBusy;
  link.call = &call;
  call.link = &link;
  if (link.connection.has_more()) parts_.pool.resumed().Add(link);
  return true;
}

void Http1Calls::Drive(Link& link, const RunClock& clock, OnEnded on_ended) {
  HttpConnection& connection = link.connection;
  if (link.state == Link::State::kIdle) {
    if (connection.IsStillGood(parts_.buffer)) return;
    ++parts_.counts.closed_by_peer;
    parts_.pool.RemoveIdle(link);
    parts_.pool.Close(link);
    return;
  }
  switch (connection.Continue(parts_.buffer, clock)) {
    case HttpConnection::Progress::kWaiting:
      return;
    case HttpConnection::Progress::kMore:
      parts_.pool.resumed().Add(link);
      return;
    case HttpConnection::Progress::kAnswered:
      OnAnswer(link, clock, on_ended);
      return;
    case HttpConnection::Progress::kBroken:
      if (connection.ending()) ++parts_.counts.closed_by_peer;
      OnBroken(link, clock, on_ended);
      return;
    case HttpConnection::Progress::kGone: {
      Call& call = *link.call;
      --parts_.counts.reused;
      ++parts_.counts.closed_by_peer;
      parts_.pool.Close(link);
      if (!Send(call)) parts_.line.Add(call, clock.NowNs());
      return;
    }
  }
}

void Http1Calls::OnAnswer(Link& link, const RunClock& clock, OnEnded on_ended) {
  const HttpConnection& connection = link.connection;
  parts_.closer.Answered(*link.call, connection.facts(), connection.read_ns(),
                         on_ended);
  if (!connection.reusable()) {
    if (connection.ending() || !connection.answer().keep_alive()) {
      ++parts_.counts.closed_by_peer;
    }
    parts_.pool.Close(link);
    return;
  }
  Call* const waiting = parts_.line.Take(*link.pool);
  if (waiting == nullptr) {
    parts_.pool.SetIdle(link);
    return;
  }
  Sign(*waiting);
  waiting->record.sent_ns = clock.NowNs();
  if (Transmit(link, *waiting)) {
    ++parts_.counts.reused;
  } else {
    ++parts_.counts.closed_by_peer;
    parts_.pool.Close(link);
    parts_.line.PutBack(*waiting);
  }
}

void Http1Calls::OnBroken(Link& link, const RunClock& clock, OnEnded on_ended) {
  const bool is_busy = link.state == Link::State::kBusy;
  const ExchangeFacts facts = link.connection.facts();
  parts_.closer.Failed(*link.call, is_busy ? &facts : nullptr, link.WhyBroken(),
                       clock.NowNs(), on_ended);
  parts_.pool.Close(link);
}

}  // namespace invocator
