#include "worker/transport/http1_invoker.h"

#include <sys/epoll.h>

#include <algorithm>
#include <utility>

#include "worker/exchange/answer_judge.h"
#include "worker/io/open_loop.h"

namespace invocator {
namespace {

constexpr uint32_t kEndEvents = EPOLLRDHUP | EPOLLHUP | EPOLLERR;

}  // namespace

absl::StatusOr<std::unique_ptr<Http1Invoker>> Http1Invoker::Create(
    std::vector<InstanceRequest> requests, AddressTurns turns,
    const WallClock& wall, const InvokerOptions& options) {
  absl::StatusOr<std::unique_ptr<EventLoop>> loop = OpenEventLoop(options.io);
  if (!loop.ok()) return loop.status();
  auto opener = ConnectionOpener::Create(**loop, std::move(turns),
                                         options.target.unix_socket);
  if (!opener.ok()) return opener.status();
  std::unique_ptr<Http1Invoker> invoker(
      new Http1Invoker(*std::move(loop), *std::move(opener),
                       std::move(requests), wall, options));
  if (invoker->targets_.any_tls()) {
    absl::Status read = invoker->handshakes_.Open(options.target);
    if (!read.ok()) return read;
  }
  return invoker;
}

Http1Invoker::Http1Invoker(std::unique_ptr<EventLoop> loop,
                           std::unique_ptr<ConnectionOpener> opener,
                           std::vector<InstanceRequest> requests,
                           const WallClock& wall, const InvokerOptions& options)
    : loop_(std::move(loop)),
      wall_(wall),
      requests_(std::move(requests), wall.NowUnixS()),
      targets_(requests_.requests(), timeouts_),
      handshakes_(pool_),
      pool_(options.max_in_flight),
      line_(std::move(opener), pool_),
      warming_(calls_, line_, pool_) {}

Http1Invoker::~Http1Invoker() = default;

void Http1Invoker::Send(const DueInvocation& due, const RunClock& clock) {
  const TargetTable::Target& target = targets_[due.instance];
  Call& call = calls_.Begin();
  call.request = &requests_.Of(due.instance, due.sequence);
  call.pool = target.pool;
  call.to_head = target.to_head;
  call.record.instance = due.instance;
  call.record.sequence = due.sequence;
  call.record.scheduled_ns = due.scheduled_ns;
  call.record.blocked_ns = due.blocked_ns;
  SignAndStamp(call, clock);
  const int64_t now_ns = call.record.sent_ns;
  timeouts_.Add(target.timeout_queue, now_ns, call);
  Dispatch(call, now_ns);
}

void Http1Invoker::Dispatch(Call& call, int64_t now_ns) {
  while (Link* link = pool_.TakeIdle(*call.pool)) {
    if (Transmit(*link, call)) return;
    ++counts_.closed_by_peer;
    pool_.Close(*link);
  }
  line_.Add(call, now_ns);
}

void Http1Invoker::Sign(Call& call) {
  PreparedRequest& request = *call.request;
  call.signed_unix_s = request.signs() ? wall_.NowUnixS() : 0;
  request.FrontAt(call.signed_unix_s);
}

void Http1Invoker::SignAndStamp(Call& call, const RunClock& clock) {
  Sign(call);  // before the stamp: that is not the server's time
  call.record.sent_ns = clock.NowNs();
}

bool Http1Invoker::Transmit(Link& link, Call& call) {
  PreparedRequest& request = *call.request;
  const absl::string_view front = request.FrontAt(call.signed_unix_s);
  if (!link.connection.Begin(front, request.rest(), call.to_head,
                             request.answer_rules(), absl::MakeSpan(buffer_))) {
    return false;
  }
  link.state = Link::State::kBusy;
  link.call = &call;
  call.link = &link;
  if (link.connection.has_more()) pool_.Resume(link);
  return true;
}

void Http1Invoker::OnOpened(Call& call, int fd, const TransportFailure& failure,
                            const RunClock& clock, OnEnded on_ended) {
  if (fd < 0) return OnFailed(call, failure, clock, on_ended);
  const TransportFailure no_memory = {Reason::kNoLocalResources, "no memory"};
  absl::StatusOr<std::unique_ptr<Socket>> socket = loop_->Adopt(fd);
  if (!socket.ok()) {
    pool_.LeavePlace();
    return OnFailed(call, no_memory, clock, on_ended);
  }
  Link& link = pool_.Add(*std::move(socket), call);
  const bool tls = call.pool->origin.tls;
  if (tls && !handshakes_.Begin(link)) {
    pool_.Close(link);
    return OnFailed(call, no_memory, clock, on_ended);
  }
  if (!tls) OnUsable(link, clock, on_ended);
}

void Http1Invoker::OnUsable(Link& link, const RunClock& clock,
                            OnEnded on_ended) {
  ++counts_.opened;
  Call& call = *link.call;
  if (call.warms) {
    warming_.OnOpened(call);
    pool_.SetIdle(link);
    return;
  }
  call.record.new_connection = true;
  Sign(call);  // anew: to connect may have taken long
  if (!Transmit(link, call)) OnBroken(link, clock, on_ended);
}

void Http1Invoker::OnFailed(Call& call, const TransportFailure& failure,
                            const RunClock& clock, OnEnded on_ended) {
  ++counts_.failed;
  if (call.warms) return warming_.OnFailed(call, failure);
  Fail(call, failure, clock.NowNs(), on_ended);
}

void Http1Invoker::OnBroken(Link& link, const RunClock& clock,
                            OnEnded on_ended) {
  Fail(*link.call, link.connection.WhyBroken(), clock.NowNs(), on_ended);
  pool_.Close(link);
}

void Http1Invoker::OnEvent(int fd, uint32_t events, const RunClock& clock,
                           OnEnded on_ended) {
  Link* const found = pool_.Find(fd);
  if (found == nullptr) {
    line_.OnReady(fd, events, clock.NowNs());
    return;
  }
  Link& link = *found;
  if (events & kEndEvents) link.connection.SetEnding();
  if (link.state == Link::State::kIdle && events == EPOLLOUT) return;
  Drive(link, clock, on_ended);
}

void Http1Invoker::DriveHandshake(Link& link, const RunClock& clock,
                                  OnEnded on_ended) {
  const SocketStream::State state = handshakes_.Step(link);
  if (state == SocketStream::State::kAgain) return;
  if (state == SocketStream::State::kOk) {
    return OnUsable(link, clock, on_ended);
  }
  Call& call = *link.call;
  const TransportFailure failure = link.connection.stream().WhyTlsFailed();
  pool_.Close(link);
  OnFailed(call, failure, clock, on_ended);
}

void Http1Invoker::Drive(Link& link, const RunClock& clock, OnEnded on_ended) {
  HttpConnection& connection = link.connection;
  const absl::Span<char> buffer = absl::MakeSpan(buffer_);
  switch (link.state) {
    case Link::State::kHandshake:
      DriveHandshake(link, clock, on_ended);
      return;
    case Link::State::kIdle:
      if (connection.IsStillGood(buffer)) return;
      ++counts_.closed_by_peer;
      pool_.RemoveIdle(link);
      pool_.Close(link);
      return;
    case Link::State::kBusy:
      switch (connection.Continue(buffer, clock)) {
        case HttpConnection::Progress::kWaiting:
          return;
        case HttpConnection::Progress::kMore:
          pool_.Resume(link);
          return;
        case HttpConnection::Progress::kAnswered:
          OnAnswer(link, clock, on_ended);
          return;
        case HttpConnection::Progress::kBroken:
          if (connection.ending()) ++counts_.closed_by_peer;
          OnBroken(link, clock, on_ended);
          return;
        case HttpConnection::Progress::kGone: {
          Call& call = *link.call;
          ++counts_.closed_by_peer;
          pool_.Close(link);
          Dispatch(call, clock.NowNs());
          return;
        }
      }
  }
}

void Http1Invoker::OnAnswer(Link& link, const RunClock& clock,
                            OnEnded on_ended) {
  const HttpConnection& connection = link.connection;
  JudgeAnswer(*link.call, connection.answer());
  End(*link.call, link.call->record.outcome, connection.read_ns(), on_ended);
  if (!connection.reusable()) {
    if (connection.ending() || !connection.answer().keep_alive()) {
      ++counts_.closed_by_peer;
    }
    pool_.Close(link);
    return;
  }
  Call* const waiting = line_.Take(*link.pool);
  if (waiting == nullptr) {
    pool_.SetIdle(link);
    return;
  }
  SignAndStamp(*waiting, clock);
  if (!Transmit(link, *waiting)) {
    ++counts_.closed_by_peer;
    pool_.Close(link);
    line_.PutBack(*waiting);
  }
}

void Http1Invoker::JudgeAnswer(Call& call, const AnswerParser& answer) {
  const PreparedRequest& request = *call.request;
  invocator::JudgeAnswer(answer.facts(), answer.body(), request.answer_rules(),
                         call.record);
  if (call.record.reason == Reason::kNone) return;
  failures_.Add(call.record,
                {answer.facts(), answer.body(), request.request(),
                 request.body_index(), call.signed_unix_s, wall_.NowUnixS()});
}

int64_t Http1Invoker::Poll(int64_t now_ns, int64_t until_ns,
                           const RunClock& clock, OnEnded on_ended) {
  line_.BeginTurn();
  handshakes_.BeginTurn();
  if (pool_.any_resumed() || line_.stirred()) {
    until_ns = now_ns;
  } else {
    until_ns = std::min({until_ns, line_.due_ns(), timeouts_.NotBeforeNs()});
  }
  loop_->Wait(
      std::max<int64_t>(0, until_ns - now_ns),
      [&](int fd, uint32_t events) { OnEvent(fd, events, clock, on_ended); });
  pool_.ForEachResumed([&](Link& link) { Drive(link, clock, on_ended); });
  now_ns = clock.NowNs();
  bool any_done = line_.EndTurn(
      now_ns, [&](Call& call, int fd, const TransportFailure& failure) {
        OnOpened(call, fd, failure, clock, on_ended);
      });
  while (TimeoutQueues::Item* item = timeouts_.Expired(now_ns)) {
    CutOff(static_cast<Call&>(*item), Outcome::kTimeout, now_ns, on_ended);
    any_done = true;
  }
  return any_done ? clock.NowNs() : now_ns;
}

void Http1Invoker::AbortAll(const RunClock& clock, OnEnded on_ended) {
  const int64_t now_ns = clock.NowNs();
  while (Call* call = calls_.last()) {
    CutOff(*call, Outcome::kAborted, now_ns, on_ended);
  }
  pool_.CloseIdle();
}

void Http1Invoker::CutOff(Call& call, Outcome outcome, int64_t now_ns,
                          OnEnded on_ended) {
  Link* const link = call.link;
  const bool connects =
      call.attempt != nullptr ||
      (link != nullptr && link->state == Link::State::kHandshake);
  if (connects && outcome == Outcome::kTimeout) ++counts_.failed;
  const TransportFailure failure =
      outcome == Outcome::kTimeout ? WhyLate(call) : TransportFailure();
  line_.Remove(call);
  if (outcome == Outcome::kTimeout) {
    Fail(call, failure, now_ns, on_ended);
  } else {
    End(call, outcome, now_ns, on_ended);
  }
  if (link != nullptr) pool_.Close(*link);
}

TransportFailure Http1Invoker::WhyLate(const Call& call) const {
  if (call.link == nullptr) return line_.WhyLate(call);
  if (call.link->state == Link::State::kHandshake) return LateHandshake();
  return call.link->connection.WhyLate();
}

void Http1Invoker::Fail(Call& call, const TransportFailure& failure,
                        int64_t now_ns, OnEnded on_ended) {
  static const ResponseFacts kNoFacts;
  static const KeptBody kNoBody;
  call.record.reason = failure.reason;
  const bool is_busy =
      call.link != nullptr && call.link->state == Link::State::kBusy;
  const PreparedRequest& request = *call.request;
  failures_.Add(call.record,
                {is_busy ? call.link->connection.answer().facts() : kNoFacts,
                 is_busy ? call.link->connection.answer().body() : kNoBody,
                 request.request(), request.body_index(), call.signed_unix_s,
                 wall_.NowUnixS(), failure.detail});
  End(call, OutcomeOf(failure.reason), now_ns, on_ended);
}

void Http1Invoker::End(Call& call, Outcome outcome, int64_t now_ns,
                       OnEnded on_ended) {
  Record& record = call.record;
  record.done_ns = now_ns;
  record.outcome = outcome;
  if (call.link != nullptr && call.link->state == Link::State::kBusy) {
    const HttpConnection& connection = call.link->connection;
    const AnswerParser& answer = connection.answer();
    if (!record.new_connection) ++counts_.reused;
    record.first_byte_ns = connection.first_byte_ns();
    record.status = answer.facts().status;
    record.request_id = answer.facts().request_id;
    record.bytes_sent = connection.bytes_sent();
    record.bytes_received = answer.bytes();
  }
  timeouts_.Remove(call);
  calls_.End(call);
  on_ended(record);
}

absl::Status Http1Invoker::Warm(uint32_t count, const SteadyClock& clock,
                                int64_t timeout_ns,
                                const std::function<bool()>& give_up) {
  const RunClock run_clock(clock, clock.NowNs());
  for (const auto& pool : targets_.pools()) {
    warming_.Begin(*pool, count, run_clock.NowNs());
  }
  bool gave_up = false;
  int64_t now_ns = run_clock.NowNs();
  while (warming_.any_left() && now_ns < timeout_ns && !(gave_up = give_up())) {
    now_ns = Poll(now_ns, std::min(timeout_ns, now_ns + kGiveUpPeriodNs),
                  run_clock, [](const Record&) {});
  }
  absl::Status opened =
      warming_.End([this](const Call& call) { return WhyLate(call); });
  return gave_up ? absl::CancelledError("given up") : opened;
}

}  // namespace invocator
