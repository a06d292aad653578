#include "worker/http1_invoker.h"

#include <sys/epoll.h>

#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "worker/answer_judge.h"

namespace invocator {
namespace {

// Edge-triggered, and for all there is: one epoll_ctl for the life of a
// connection. A level-triggered one would be looked at once more by every
// epoll_wait after its answer.
constexpr uint32_t kEvents = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
constexpr uint32_t kEndEvents = EPOLLRDHUP | EPOLLHUP | EPOLLERR;

// To open a connection takes some 50 us and a step of a TLS handshake 300, all
// of which what is due meanwhile would be late. In one turn, between two looks
// at the schedule, no more than this; there is no end of turns.
constexpr int kOpensPerTurn = 2;
constexpr int kHandshakesPerTurn = 1;

// Signed before the start, since the hash of a body, about half a microsecond
// for each KB, would show in the first sends. Not more, since a list may have
// thousands.
constexpr size_t kReadyBodies = 64;

constexpr int64_t kGiveUpPeriodNs = 100'000'000;

int64_t TimeoutNs(absl::Duration timeout) {
  return absl::ToInt64Nanoseconds(timeout);
}

}  // namespace

// An invocation in flight; or, before the start, a connection to be warmed.
struct Http1Invoker::Call : TimeoutQueues::Item {
  Record record;
  PreparedRequest* request = nullptr;
  Pool* pool = nullptr;
  bool to_head = false;
  bool warms = false;
  int64_t signed_unix_s = 0;
  size_t in_flight_index = 0;
  // Where it is: at most one of these.
  bool waits = false;
  ConnectionOpener::Attempt* attempt = nullptr;
  Link* link = nullptr;
};

struct Http1Invoker::Link {
  Link(int fd, Pool& its_pool) : connection(fd), pool(&its_pool) {}

  enum class State { kHandshake, kBusy, kIdle };

  HttpConnection connection;
  Pool* const pool;
  State state = State::kHandshake;
  Call* call = nullptr;  // unless idle
  bool resumes = false;  // is in resumed_ or resuming_
  // While idle.
  size_t idle_index = 0;
  Link* idle_before = nullptr;
  Link* idle_after = nullptr;
};

struct Http1Invoker::Pool {
  Origin origin;
  TlsSession session;
  // Last in, first out: what was used last is warm in the caches.
  std::vector<Link*> idle;
  std::deque<Call*> waiting;
  bool hungry = false;  // is in hungry_
};

struct Http1Invoker::Target {
  Pool* pool = nullptr;  // null if the instance is not played here
  size_t timeout_queue = 0;
  bool to_head = false;
  std::vector<std::unique_ptr<PreparedRequest>> requests;  // by body
};

absl::StatusOr<std::unique_ptr<Http1Invoker>> Http1Invoker::Create(
    std::vector<InstanceRequest> requests, const WallClock& wall,
    const Http1InvokerOptions& options) {
  absl::StatusOr<std::unique_ptr<EventLoop>> loop = EventLoop::Create();
  if (!loop.ok()) return loop.status();
  auto opener = ConnectionOpener::Create(**loop);
  if (!opener.ok()) return opener.status();
  std::unique_ptr<Http1Invoker> invoker(
      new Http1Invoker(*std::move(loop), *std::move(opener),
                       std::move(requests), wall, options));
  const auto& pools = invoker->pools_;
  if (std::any_of(pools.begin(), pools.end(),
                  [](const auto& pool) { return pool->origin.tls; })) {
    auto tls = TlsContext::Create(options.ca_file);
    if (!tls.ok()) return tls.status();
    invoker->tls_ = *std::move(tls);
  }
  return invoker;
}

Http1Invoker::Http1Invoker(std::unique_ptr<EventLoop> loop,
                           std::unique_ptr<ConnectionOpener> opener,
                           std::vector<InstanceRequest> requests,
                           const WallClock& wall,
                           const Http1InvokerOptions& options)
    : loop_(std::move(loop)),
      opener_(std::move(opener)),
      requests_(std::move(requests)),
      wall_(wall),
      options_(options),
      targets_(requests_.size()) {
  std::map<std::string, Pool*> pools;
  for (size_t i = 0; i < requests_.size(); ++i) {
    const InstanceRequest& request = requests_[i];
    if (request.bodies.empty()) continue;  // not played here
    Origin origin = OriginOf(request.url);
    Pool*& pool = pools[origin.url];
    if (pool == nullptr) {
      pool = pools_.emplace_back(std::make_unique<Pool>()).get();
      pool->origin = std::move(origin);
    }
    Target& target = targets_[i];
    target.pool = pool;
    target.timeout_queue = timeouts_.QueueFor(TimeoutNs(request.timeout));
    target.to_head = request.method == "HEAD";
    target.requests.resize(request.bodies.size());
    const int64_t unix_s = wall_.NowUnixS();
    for (size_t body = 0; body < std::min(request.bodies.size(), kReadyBodies);
         ++body) {
      RequestOf(static_cast<uint32_t>(i), body).HeadAt(unix_s);
    }
  }
}

Http1Invoker::~Http1Invoker() = default;

PreparedRequest& Http1Invoker::RequestOf(uint32_t instance, size_t body) {
  std::unique_ptr<PreparedRequest>& request = targets_[instance].requests[body];
  if (request == nullptr) {
    request = std::make_unique<PreparedRequest>(requests_[instance], body);
  }
  return *request;
}

Http1Invoker::Call* Http1Invoker::NewCall() {
  if (idle_calls_.empty()) {
    calls_.push_back(std::make_unique<Call>());
    return calls_.back().get();
  }
  Call* const call = idle_calls_.back();
  idle_calls_.pop_back();
  *call = Call();
  return call;
}

void Http1Invoker::Send(const DueInvocation& due, const RunClock& clock) {
  Target& target = targets_[due.instance];
  Call& call = *NewCall();
  call.request =
      &RequestOf(due.instance, due.sequence % target.requests.size());
  call.pool = target.pool;
  call.to_head = target.to_head;
  call.in_flight_index = in_flight_.size();
  in_flight_.push_back(&call);
  call.record.instance = due.instance;
  call.record.sequence = due.sequence;
  call.record.scheduled_ns = due.scheduled_ns;
  call.record.blocked_ns = due.blocked_ns;
  const int64_t now_ns = clock.NowNs();
  call.record.sent_ns = now_ns;
  timeouts_.Add(target.timeout_queue, now_ns, call);

  while (!target.pool->idle.empty()) {
    Link& link = *target.pool->idle.back();
    RemoveIdle(link);
    if (Transmit(link, call)) {
      ++counts_.reused;
      return;
    }
    ++counts_.closed_by_peer;
    Close(link);
  }
  Connect(call, now_ns);
}

bool Http1Invoker::Transmit(Link& link, Call& call) {
  PreparedRequest& request = *call.request;
  const int64_t unix_s = request.signs() ? wall_.NowUnixS() : 0;
  if (!link.connection.Begin(request.HeadAt(unix_s), request.body(),
                             call.to_head, request.cold_start_source(),
                             absl::MakeSpan(buffer_))) {
    return false;
  }
  call.signed_unix_s = unix_s;
  link.state = Link::State::kBusy;
  link.call = &call;
  call.link = &link;
  if (link.connection.has_more()) Resume(link);
  return true;
}

void Http1Invoker::Connect(Call& call, int64_t now_ns) {
  Pool& pool = *call.pool;
  if (opens_left_ > 0 && pool.waiting.empty()) {
    BeginOpening(call, now_ns);
    return;
  }
  call.waits = true;
  pool.waiting.push_back(&call);
  if (!pool.hungry) hungry_.push_back(&pool);
  pool.hungry = true;
}

void Http1Invoker::BeginOpening(Call& call, int64_t now_ns) {
  --opens_left_;
  MakeRoom();
  ++open_;
  call.attempt = opener_->Begin(call.pool->origin, &call, now_ns);
}

Http1Invoker::Call* Http1Invoker::TakeWaiting(Pool& pool) {
  if (pool.waiting.empty()) return nullptr;
  Call* const call = pool.waiting.front();
  pool.waiting.pop_front();
  call->waits = false;
  return call;
}

void Http1Invoker::OpenWaiting(int64_t now_ns) {
  // Origins take turns: one with many calls must not hold up the others.
  while (opens_left_ > 0 && !hungry_.empty()) {
    Pool& pool = *hungry_.front();
    hungry_.pop_front();
    if (Call* call = TakeWaiting(pool)) BeginOpening(*call, now_ns);
    pool.hungry = !pool.waiting.empty();
    if (pool.hungry) hungry_.push_back(&pool);
  }
}

void Http1Invoker::OnOpened(Call& call, int fd, Outcome outcome,
                            const char* error, const RunClock& clock,
                            OnEnded on_ended) {
  call.attempt = nullptr;
  if (fd < 0) {
    --open_;
    OnFailed(call, outcome, error, clock, on_ended);
    return;
  }
  const auto index = static_cast<size_t>(fd);
  if (by_fd_.size() <= index) by_fd_.resize(index + 1);
  by_fd_[index] = std::make_unique<Link>(fd, *call.pool);
  Link& link = *by_fd_[index];
  link.call = &call;
  call.link = &link;
  SocketStream& stream = link.connection.stream();
  const Origin& origin = call.pool->origin;
  if (!loop_->Add(fd, kEvents).ok() ||
      (origin.tls &&
       !stream.StartTls(*tls_, origin.host, call.pool->session))) {
    Close(link);
    OnFailed(call, Outcome::kConnectError, "no memory", clock, on_ended);
    return;
  }
  if (origin.tls) {
    Resume(link);  // the first step of the handshake is ours
  } else {
    OnUsable(link, clock, on_ended);
  }
}

void Http1Invoker::OnUsable(Link& link, const RunClock& clock,
                            OnEnded on_ended) {
  ++counts_.opened;
  Call& call = *link.call;
  if (call.warms) {
    EndWarming(call);
    SetIdle(link);
    return;
  }
  call.record.new_connection = true;
  if (Transmit(link, call)) return;
  End(call, Outcome::kProtocolError, clock.NowNs(), on_ended);
  Close(link);
}

void Http1Invoker::OnFailed(Call& call, Outcome outcome,
                            const std::string& error, const RunClock& clock,
                            OnEnded on_ended) {
  ++counts_.failed;
  if (call.warms) {
    EndWarming(call);
    warm_failures_.insert(absl::StrCat(call.pool->origin.url, ": ", error));
    return;
  }
  End(call, outcome, clock.NowNs(), on_ended);
}

void Http1Invoker::EndWarming(Call& call) {
  --warming_;
  call.warms = false;
  idle_calls_.push_back(&call);
}

void Http1Invoker::OnEvent(int fd, uint32_t events, const RunClock& clock,
                           OnEnded on_ended) {
  const auto index = static_cast<size_t>(fd);
  if (index >= by_fd_.size() || by_fd_[index] == nullptr) {
    opener_->OnReady(fd, events, clock.NowNs());
    return;
  }
  Link& link = *by_fd_[index];
  if (events & kEndEvents) link.connection.SetEnding();
  if (link.state == Link::State::kIdle && events == EPOLLOUT) return;
  Drive(link, clock, on_ended);
}

void Http1Invoker::Drive(Link& link, const RunClock& clock, OnEnded on_ended) {
  HttpConnection& connection = link.connection;
  const absl::Span<char> buffer = absl::MakeSpan(buffer_);
  switch (link.state) {
    case Link::State::kHandshake: {
      if (handshakes_left_ == 0) {
        Resume(link);
        return;
      }
      --handshakes_left_;
      const SocketStream::State state = connection.stream().Handshake();
      if (state == SocketStream::State::kAgain) return;
      if (state == SocketStream::State::kOk) {
        OnUsable(link, clock, on_ended);
        return;
      }
      Call& call = *link.call;
      const std::string error = connection.stream().TlsError();
      Close(link);
      OnFailed(call, Outcome::kTlsError, error, clock, on_ended);
      return;
    }
    case Link::State::kIdle:
      if (connection.IsStillGood(buffer)) return;
      ++counts_.closed_by_peer;
      RemoveIdle(link);
      Close(link);
      return;
    case Link::State::kBusy:
      switch (connection.Continue(buffer, clock)) {
        case HttpConnection::Progress::kWaiting:
          return;
        case HttpConnection::Progress::kMore:
          Resume(link);
          return;
        case HttpConnection::Progress::kAnswered:
          OnAnswer(link, clock, on_ended);
          return;
        case HttpConnection::Progress::kBroken:
          End(*link.call, Outcome::kProtocolError, clock.NowNs(), on_ended);
          Close(link);
          return;
      }
  }
}

void Http1Invoker::OnAnswer(Link& link, const RunClock& clock,
                            OnEnded on_ended) {
  const HttpConnection& connection = link.connection;
  JudgeAnswer(*link.call, connection.answer());
  End(*link.call, link.call->record.outcome, clock.NowNs(), on_ended);
  if (!connection.reusable()) {
    if (connection.ending() || !connection.answer().keep_alive()) {
      ++counts_.closed_by_peer;
    }
    Close(link);
    return;
  }
  Call* const waiting = TakeWaiting(*link.pool);
  if (waiting == nullptr) {
    SetIdle(link);
  } else if (Transmit(link, *waiting)) {
    ++counts_.reused;
  } else {
    ++counts_.closed_by_peer;
    Close(link);
    // At the head of the line, where it was.
    waiting->waits = true;
    link.pool->waiting.push_front(waiting);
  }
}

void Http1Invoker::JudgeAnswer(Call& call, const AnswerParser& answer) {
  const PreparedRequest& request = *call.request;
  invocator::JudgeAnswer(answer.facts(), answer.body(),
                         request.cold_start_source(), call.record);
  if (call.record.reason == Reason::kNone) return;
  failures_.Add(call.record,
                {answer.facts(), answer.body(), request.request(),
                 request.body_index(), call.signed_unix_s, wall_.NowUnixS()});
}

void Http1Invoker::Resume(Link& link) {
  if (!std::exchange(link.resumes, true)) resumed_.push_back(&link);
}

void Http1Invoker::DriveResumed(const RunClock& clock, OnEnded on_ended) {
  if (resumed_.empty()) return;
  resuming_.swap(resumed_);
  // Close takes a link out by putting null in its place.
  for (size_t i = 0; i < resuming_.size(); ++i) {
    Link* const link = resuming_[i];
    if (link == nullptr) continue;
    resuming_[i] = nullptr;
    link->resumes = false;
    Drive(*link, clock, on_ended);
  }
  resuming_.clear();
}

void Http1Invoker::Poll(int64_t timeout_ns, const RunClock& clock,
                        OnEnded on_ended) {
  opens_left_ = kOpensPerTurn;
  handshakes_left_ = kHandshakesPerTurn;
  if (!resumed_.empty() || !hungry_.empty() || opener_->stirred()) {
    timeout_ns = 0;
  } else if (timeout_ns != 0) {
    const int64_t soonest_ns =
        std::min(opener_->due_ns(), timeouts_.NotBeforeNs());
    if (soonest_ns != TimeoutQueues::kNever) {
      const int64_t left_ns = std::max<int64_t>(0, soonest_ns - clock.NowNs());
      timeout_ns = timeout_ns < 0 ? left_ns : std::min(timeout_ns, left_ns);
    }
  }
  loop_->Wait(timeout_ns, [&](int fd, uint32_t events) {
    OnEvent(fd, events, clock, on_ended);
  });
  DriveResumed(clock, on_ended);
  const int64_t now_ns = clock.NowNs();
  OpenWaiting(now_ns);
  opener_->Turn(now_ns, [&](void* owner, int fd, Outcome outcome,
                            const char* error) {
    OnOpened(*static_cast<Call*>(owner), fd, outcome, error, clock, on_ended);
  });
  Expire(now_ns, on_ended);
}

void Http1Invoker::Expire(int64_t now_ns, OnEnded on_ended) {
  while (TimeoutQueues::Item* item = timeouts_.Expired(now_ns)) {
    CutOff(static_cast<Call&>(*item), Outcome::kTimeout, now_ns, on_ended);
  }
}

void Http1Invoker::AbortAll(const RunClock& clock, OnEnded on_ended) {
  const int64_t now_ns = clock.NowNs();
  while (!in_flight_.empty()) {
    CutOff(*in_flight_.back(), Outcome::kAborted, now_ns, on_ended);
  }
}

void Http1Invoker::CutOff(Call& call, Outcome outcome, int64_t now_ns,
                          OnEnded on_ended) {
  Link* const link = call.link;
  Detach(call);
  End(call, outcome, now_ns, on_ended);
  if (link != nullptr) Close(*link);
}

void Http1Invoker::Detach(Call& call) {
  if (call.waits) {
    std::deque<Call*>& waiting = call.pool->waiting;
    waiting.erase(std::find(waiting.begin(), waiting.end(), &call));
  } else if (call.attempt != nullptr) {
    opener_->Cancel(call.attempt);
    --open_;
  }
}

void Http1Invoker::End(Call& call, Outcome outcome, int64_t now_ns,
                       OnEnded on_ended) {
  Record& record = call.record;
  record.done_ns = now_ns;
  record.outcome = outcome;
  if (call.link != nullptr && call.link->state == Link::State::kBusy) {
    const HttpConnection& connection = call.link->connection;
    const AnswerParser& answer = connection.answer();
    record.first_byte_ns = connection.first_byte_ns();
    record.status = answer.facts().status;
    record.request_id = answer.facts().request_id;
    record.bytes_sent = connection.bytes_sent();
    record.bytes_received = answer.bytes();
  }
  timeouts_.Remove(call);
  Call* const last = in_flight_.back();
  last->in_flight_index = call.in_flight_index;
  in_flight_[call.in_flight_index] = last;
  in_flight_.pop_back();
  idle_calls_.push_back(&call);
  on_ended(record);
}

void Http1Invoker::SetIdle(Link& link) {
  link.state = Link::State::kIdle;
  link.call = nullptr;
  link.idle_index = link.pool->idle.size();
  link.pool->idle.push_back(&link);
  link.idle_before = latest_idle_;
  link.idle_after = nullptr;
  (latest_idle_ == nullptr ? longest_idle_ : latest_idle_->idle_after) = &link;
  latest_idle_ = &link;
}

void Http1Invoker::RemoveIdle(Link& link) {
  std::vector<Link*>& idle = link.pool->idle;
  idle.back()->idle_index = link.idle_index;
  idle[link.idle_index] = idle.back();
  idle.pop_back();
  (link.idle_before == nullptr ? longest_idle_ : link.idle_before->idle_after) =
      link.idle_after;
  (link.idle_after == nullptr ? latest_idle_ : link.idle_after->idle_before) =
      link.idle_before;
}

void Http1Invoker::MakeRoom() {
  if (open_ < options_.max_in_flight || longest_idle_ == nullptr) return;
  Link& link = *longest_idle_;
  RemoveIdle(link);
  Close(link);
}

void Http1Invoker::Close(Link& link) {
  --open_;
  if (link.call != nullptr && link.call->link == &link) {
    link.call->link = nullptr;
  }
  if (link.resumes) {
    for (std::vector<Link*>* list : {&resumed_, &resuming_}) {
      std::replace(list->begin(), list->end(), &link,
                   static_cast<Link*>(nullptr));
    }
  }
  by_fd_[static_cast<size_t>(link.connection.stream().fd())].reset();
}

absl::Status Http1Invoker::Warm(uint32_t count, const SteadyClock& clock,
                                int64_t timeout_ns,
                                const std::function<bool()>& give_up) {
  const RunClock run_clock(clock, clock.NowNs());
  std::vector<Call*> calls;
  for (const auto& pool : pools_) {
    for (uint32_t i = 0; i < count; ++i) {
      Call* const call = calls.emplace_back(NewCall());
      call->pool = pool.get();
      call->warms = true;
      Connect(*call, run_clock.NowNs());
    }
  }
  warming_ = calls.size();
  bool gave_up = false;
  while (warming_ > 0 && run_clock.NowNs() < timeout_ns &&
         !(gave_up = give_up())) {
    Poll(std::min(timeout_ns - run_clock.NowNs(), kGiveUpPeriodNs), run_clock,
         [](const Record&) {});
  }
  const bool all_ended = warming_ == 0;
  for (Call* call : calls) {
    if (!call->warms) continue;
    Link* const link = call->link;
    Detach(*call);
    if (link != nullptr) Close(*link);
    idle_calls_.push_back(call);
  }
  if (gave_up) return absl::CancelledError("given up");
  std::set<std::string> failures = std::exchange(warm_failures_, {});
  if (!all_ended) failures.insert("some connections took too long");
  if (failures.empty()) return absl::OkStatus();
  return absl::UnavailableError(absl::StrJoin(failures, "; "));
}

}  // namespace invocator
