#include "worker/transport/http2_calls.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

namespace invocator {
namespace {

using Progress = Http2Session::Progress;

// After a spare connection could not be opened. Each attempt takes some 50 us
// from the calls that are due.
constexpr int64_t kSpareGapNs = 1'000'000'000;
// A call that was refused so often has failed. A server that reloads ends its
// connections one after the other, and a call may meet several of them.
constexpr int kMostRefusals = 2;
constexpr int kMostGoAways = 5;
// Longest time to open a spare connection: while it takes, it stands for one
// that is wanted.
constexpr int64_t kSparePatienceNs = 5'000'000'000;

}  // namespace

Http2Calls::Http2Calls(const CallParts& parts, Warming& warming)
    : parts_(parts),
      warming_(warming),
      spare_queue_(parts.closer.timeouts().QueueFor(kSparePatienceNs)) {}

void Http2Calls::Sign(Call& call) const {
  PreparedRequest& request = *call.request;
  call.signed_unix_s = request.signs() ? parts_.wall.NowUnixS() : 0;
  request.http2().FieldsAt(call.signed_unix_s);
}

bool Http2Calls::Send(Call& call) {
  OriginPool& pool = *call.pool;
  if (!pool.waiting.empty()) return false;
  while (Link* link = parts_.pool.NextWithRoom(pool)) {
    if (!Submit(*link, call)) continue;
    if (pool.links < pool.max_links) OpenSpare(pool, call.record.sent_ns);
    return true;
  }
  return false;
}

bool Http2Calls::Submit(Link& link, Call& call) {
  Http2Session& session = *link.http2;
  PreparedRequest& request = *call.request;
  Http2Stream* const stream = session.Submit(
      request.http2(), call.signed_unix_s, request.answer_rules(), &call);
  if (stream == nullptr) {
    parts_.pool.Retire(link);
    return false;
  }
  call.link = &link;
  call.stream = stream;
  if (std::exchange(link.fresh, false)) {
    call.record.new_connection = true;
  } else if (!call.record.new_connection) {
    ++parts_.counts.reused;
  }
  parts_.pool.unwritten().Add(link);
  if (!session.has_room()) parts_.pool.SetHasRoom(link, false);
  return true;
}

void Http2Calls::OpenSpare(OriginPool& pool, int64_t now_ns) {
  if (now_ns < pool.no_spare_until_ns) return;
  CallTable& calls = parts_.closer.calls();
  Call& spare = calls.Take();
  spare.pool = &pool;
  spare.spare = true;
  if (!parts_.line.AddAtOnce(spare, now_ns)) return calls.PutBack(spare);
  parts_.closer.timeouts().Add(spare_queue_, now_ns, spare);
}

void Http2Calls::EndSpare(Call& call) {
  parts_.closer.timeouts().Remove(call);
  parts_.closer.calls().PutBack(call);
}

void Http2Calls::OnSpareFailed(Call& call, int64_t now_ns) {
  call.pool->no_spare_until_ns = now_ns + kSpareGapNs;
  EndSpare(call);
}

void Http2Calls::Begin(Link& link, const RunClock& clock, OnEnded on_ended) {
  Call& call = *link.call;
  link.http2 = Http2Session::Create(link.stream);
  link.state = Link::State::kStreams;
  ++link.pool->streaming;
  if (link.http2 == nullptr) {
    const TransportFailure no_memory = {Reason::kNoLocalResources, "no memory"};
    parts_.pool.Close(link);
    if (call.warms) return warming_.OnFailed(call, no_memory);
    if (call.spare) return OnSpareFailed(call, clock.NowNs());
    parts_.closer.Failed(call, nullptr, no_memory, clock.NowNs(), on_ended);
    return;
  }
  if (link.connection.ending()) link.http2->SetEnding();
  if (!call.warms) {  // or else it waits for the peer's SETTINGS
    link.call = nullptr;
    call.link = nullptr;
    link.fresh = true;
    if (call.spare) {
      EndSpare(call);
    } else {
      Sign(call);  // anew: to connect may have taken long
      if (!Submit(link, call)) parts_.line.PutBack(call);
    }
  }
  Settle(link, link.http2->Write(parts_.buffer), clock, on_ended);
}

void Http2Calls::WriteAll(const RunClock& clock, OnEnded on_ended) {
  parts_.pool.unwritten().Visit([&](Link& link) {
    if (link.http2->write_blocked()) return;  // an event will come
    Http2Session& session = *link.http2;
    const Progress progress = session.Write(parts_.buffer);
    // A stream that was reset makes room.
    const bool is_over = !session.lasts() && session.idle();
    if (progress != Progress::kWaiting || !session.ended().empty() ||
        link.has_room != session.has_room() || is_over) {
      Settle(link, progress, clock, on_ended);
    }
  });
}

void Http2Calls::Drive(Link& link, const RunClock& clock, OnEnded on_ended) {
  Http2Session& session = *link.http2;
  Progress written = Progress::kWaiting;
  if (session.wants_write() || session.write_blocked()) {
    written = session.Write(parts_.buffer);
  }
  Progress progress = session.Read(parts_.buffer, clock);
  if (written == Progress::kBroken || progress == Progress::kBroken) {
    progress = Progress::kBroken;
  } else if (written == Progress::kMore && !session.write_failed()) {
    progress = Progress::kMore;
  }
  Settle(link, progress, clock, on_ended);
}

void Http2Calls::Settle(Link& link, Progress progress, const RunClock& clock,
                        OnEnded on_ended) {
  Http2Session& session = *link.http2;
  OriginPool& pool = *link.pool;
  if (session.spoke_again() && pool.links < pool.max_links) {
    session.Revive();
    parts_.pool.Revive(link);
  }
  if (!session.lasts()) parts_.pool.Retire(link);
  TakeEnded(link, on_ended);
  if (progress == Progress::kBroken || (!session.lasts() && session.idle())) {
    Close(link, clock, on_ended);
  } else {
    if (progress == Progress::kMore) parts_.pool.resumed().Add(link);
    if (link.call != nullptr && session.settled()) {
      warming_.OnOpened(*std::exchange(link.call, nullptr));
    }
    if (link.call == nullptr) {
      parts_.pool.SetHasRoom(link, session.has_room());
    }
  }
  if (!pool.waiting.empty()) {
    Dispatch(pool);
    parts_.line.QueueIfWaiting(pool);
  }
}

void Http2Calls::TakeEnded(Link& link, OnEnded on_ended) {
  Http2Session& session = *link.http2;
  std::vector<Http2Stream*>& ended = session.ended();
  if (ended.empty()) return;
  for (Http2Stream* const stream : ended) {
    Call& call = *static_cast<Call*>(stream->owner);
    const ExchangeFacts facts = stream->facts();
    call.stream = nullptr;
    call.link = nullptr;
    switch (stream->end) {
      case Http2Stream::End::kNone:
      case Http2Stream::End::kAnswered:
        parts_.closer.Answered(call, facts, session.read_ns(), on_ended);
        break;
      case Http2Stream::End::kFailed:
        parts_.closer.Failed(call, &facts, stream->failure, session.read_ns(),
                             on_ended);
        break;
      case Http2Stream::End::kRefused:
        if (!session.HasLeft(*stream) ||
            ++call.refusals <
                (session.going_away() ? kMostGoAways : kMostRefusals)) {
          refused_.push_back(&call);
        } else {
          parts_.closer.Failed(
              call, &facts,
              {Reason::kStreamReset,
               call.refusals == kMostRefusals
                   ? "refused twice"
                   : absl::StrCat("refused ", call.refusals, " times")},
              session.read_ns(), on_ended);
        }
        break;
    }
    session.Release(*stream);
  }
  ended.clear();
  SendAgain(refused_);
}

void Http2Calls::SendAgain(std::vector<Call*>& calls) {
  if (calls.empty()) return;
  std::sort(calls.begin(), calls.end(), [](const Call* a, const Call* b) {
    return a->record.sent_ns > b->record.sent_ns;
  });
  for (Call* const call : calls) {
    if (!call->record.new_connection) --parts_.counts.reused;
    parts_.line.PutBack(*call);
  }
  calls.clear();
}

void Http2Calls::Close(Link& link, const RunClock& clock, OnEnded on_ended) {
  Http2Session& session = *link.http2;
  OriginPool& pool = *link.pool;
  const int64_t now_ns = clock.NowNs();
  for (Http2Stream* const stream : session.UnderWay()) {
    Call& call = *static_cast<Call*>(stream->owner);
    const ExchangeFacts facts = stream->facts();
    call.stream = nullptr;
    call.link = nullptr;
    // A peer that breaks one connection after the other would have it for ever.
    if (session.HasLeft(*stream) || !session.settled()) {
      parts_.closer.Failed(call, &facts, link.WhyBroken(stream), now_ns,
                           on_ended);
    } else {
      refused_.push_back(&call);
    }
  }
  if (session.ending() || session.going_away()) {
    ++parts_.counts.closed_by_peer;
  }
  if (link.call != nullptr) {
    ++parts_.counts.failed;
    warming_.OnFailed(*std::exchange(link.call, nullptr), link.WhyBroken());
  }
  parts_.pool.Close(link);
  SendAgain(refused_);
  parts_.line.QueueIfWaiting(pool);
}

void Http2Calls::Cancel(Link& link, Http2Stream& stream) {
  link.http2->Cancel(stream);
  parts_.pool.unwritten().Add(link);
}

void Http2Calls::OnTimeout(Link& link, int64_t sent_ns) {
  if (link.http2->read_ns() >= sent_ns) return;
  link.http2->Retire();
  parts_.pool.Retire(link);
  parts_.line.QueueIfWaiting(*link.pool);
}

void Http2Calls::Dispatch(OriginPool& pool) {
  while (!pool.waiting.empty() && !pool.waiting.first()->warms) {
    Link* const link = parts_.pool.NextWithRoom(pool);
    if (link == nullptr) return;
    Call& call = *parts_.line.Take(pool);
    Sign(call);
    if (!Submit(*link, call)) parts_.line.PutBack(call);
  }
}

}  // namespace invocator
