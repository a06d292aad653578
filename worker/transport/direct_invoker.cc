#include "worker/transport/direct_invoker.h"

#include <sys/epoll.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "worker/io/open_loop.h"

namespace invocator {
namespace {

constexpr uint32_t kEndEvents = EPOLLRDHUP | EPOLLHUP | EPOLLERR;

}  // namespace

absl::StatusOr<std::unique_ptr<DirectInvoker>> DirectInvoker::Create(
    std::vector<InstanceRequest> requests, AddressTurns turns,
    const WallClock& wall, const InvokerOptions& options) {
  absl::StatusOr<std::unique_ptr<EventLoop>> loop = OpenEventLoop(options.io);
  if (!loop.ok()) return loop.status();
  auto opener = ConnectionOpener::Create(**loop, std::move(turns),
                                         options.target.unix_socket);
  if (!opener.ok()) return opener.status();
  std::unique_ptr<DirectInvoker> invoker(
      new DirectInvoker(*std::move(loop), *std::move(opener),
                        std::move(requests), wall, options));
  absl::Status read =
      invoker->handshakes_.Open(options.target, invoker->targets_.pools());
  if (!read.ok()) return read;
  return invoker;
}

DirectInvoker::DirectInvoker(std::unique_ptr<EventLoop> loop,
                             std::unique_ptr<ConnectionOpener> opener,
                             std::vector<InstanceRequest> requests,
                             const WallClock& wall,
                             const InvokerOptions& options)
    : loop_(std::move(loop)),
      requests_(std::move(requests), wall.NowUnixS(), options.http2),
      closer_(wall),
      targets_(requests_.requests(), options, closer_.timeouts()),
      handshakes_(pool_),
      pool_(options.max_in_flight),
      line_(std::move(opener), pool_),
      warming_(closer_.calls(), line_, pool_),
      http1_({wall, closer_, pool_, line_, counts_, absl::MakeSpan(buffer_)}),
      http2_({wall, closer_, pool_, line_, counts_, absl::MakeSpan(buffer_)},
             warming_) {}

DirectInvoker::~DirectInvoker() = default;

void DirectInvoker::Send(const DueInvocation& due, const RunClock& clock) {
  const TargetTable::Target& target = targets_[due.instance];
  Call& call = closer_.calls().Begin();
  call.request = &requests_.Of(due.instance, due.sequence);
  call.pool = target.pool;
  call.to_head = target.to_head;
  call.record.instance = due.instance;
  call.record.sequence = due.sequence;
  call.record.scheduled_ns = due.scheduled_ns;
  call.record.blocked_ns = due.blocked_ns;
  const bool http2 = target.pool->http2;
  // Before the stamp: that is not the server's time.
  http2 ? http2_.Sign(call) : http1_.Sign(call);
  const int64_t now_ns = call.record.sent_ns = clock.NowNs();
  closer_.timeouts().Add(target.timeout_queue, now_ns, call);
  if (http2 ? http2_.Send(call) : http1_.Send(call)) return;
  line_.Add(call, now_ns);
}

void DirectInvoker::OnOpened(Call& call, int fd,
                             const TransportFailure& failure,
                             const RunClock& clock, OnEnded on_ended) {
  if (fd < 0) return OnFailed(call, failure, clock, on_ended);
  const TransportFailure no_memory = {Reason::kNoLocalResources, "no memory"};
  absl::StatusOr<std::unique_ptr<Socket>> socket = loop_->Adopt(fd);
  if (!socket.ok()) {
    pool_.LeavePlace(*call.pool);
    return OnFailed(call, no_memory, clock, on_ended);
  }
  Link& link = pool_.Add(*std::move(socket), call);
  if (!TlsHandshakes::Needs(*call.pool)) {
    OnUsable(link, clock, on_ended);
  } else if (!handshakes_.Begin(link)) {
    pool_.Close(link);
    OnFailed(call, no_memory, clock, on_ended);
  }
}

void DirectInvoker::OnUsable(Link& link, const RunClock& clock,
                             OnEnded on_ended) {
  ++counts_.opened;
  OriginPool& pool = *link.pool;
  pool.tls_began = false;
  if (pool.origin.tls ? link.stream.chose_http2() : pool.http2) {
    http2_.Begin(link, clock, on_ended);
    return;
  }
  if (std::exchange(pool.http2, false)) {
    line_.QueueIfWaiting(pool);  // HTTP/1.1 has no connection limit
  }
  Call& call = *link.call;
  if (call.warms) {
    warming_.OnOpened(call);
    pool_.SetIdle(link);
  } else if (call.spare) {
    http2_.EndSpare(call);
    pool_.SetIdle(link);
  } else {
    http1_.Begin(link, clock, on_ended);
  }
}

void DirectInvoker::OnFailed(Call& call, const TransportFailure& failure,
                             const RunClock& clock, OnEnded on_ended) {
  ++counts_.failed;
  if (call.warms) return warming_.OnFailed(call, failure);
  if (call.spare) return http2_.OnSpareFailed(call, clock.NowNs());
  closer_.Failed(call, nullptr, failure, clock.NowNs(), on_ended);
}

void DirectInvoker::OnEvent(int fd, uint32_t events, const RunClock& clock,
                            OnEnded on_ended) {
  Link* const found = pool_.Find(fd);
  if (found == nullptr) {
    line_.OnReady(fd, events, clock.NowNs());
    return;
  }
  Link& link = *found;
  if (events & kEndEvents) {
    link.connection.SetEnding();
    if (link.http2 != nullptr) link.http2->SetEnding();
  }
  if (link.state == Link::State::kIdle && events == EPOLLOUT) return;
  Drive(link, clock, on_ended);
}

void DirectInvoker::DriveHandshake(Link& link, const RunClock& clock,
                                   OnEnded on_ended) {
  const SocketStream::State state = handshakes_.Step(link);
  if (state == SocketStream::State::kAgain) return;
  if (state == SocketStream::State::kOk) {
    // More may have come with the last bytes of the handshake, and no event
    // will tell of it.
    pool_.resumed().Add(link);
    return OnUsable(link, clock, on_ended);
  }
  Call& call = *link.call;
  OriginPool& pool = *link.pool;
  const TransportFailure failure = TlsHandshakes::WhyFailed(link);
  pool_.Close(link);
  OnFailed(call, failure, clock, on_ended);
  line_.QueueIfWaiting(pool);
}

void DirectInvoker::Drive(Link& link, const RunClock& clock, OnEnded on_ended) {
  switch (link.state) {
    case Link::State::kHandshake:
      DriveHandshake(link, clock, on_ended);
      return;
    case Link::State::kIdle:
    case Link::State::kBusy:
      http1_.Drive(link, clock, on_ended);
      return;
    case Link::State::kStreams:
      http2_.Drive(link, clock, on_ended);
      return;
  }
}

int64_t DirectInvoker::Poll(int64_t now_ns, int64_t until_ns,
                            const RunClock& clock, OnEnded on_ended) {
  line_.BeginTurn();
  handshakes_.BeginTurn();
  http2_.WriteAll(clock, on_ended);
  idle_ =
      pool_.resumed().empty() && pool_.unwritten().empty() && !line_.has_work();
  if (!idle_) {
    until_ns = now_ns;
  } else {
    until_ns =
        std::min({until_ns, line_.due_ns(), closer_.timeouts().NotBeforeNs()});
  }
  loop_->Wait(std::max<int64_t>(0, until_ns - now_ns),
              [&](int fd, uint32_t events) {
                idle_ = false;
                OnEvent(fd, events, clock, on_ended);
              });
  pool_.resumed().Visit([&](Link& link) { Drive(link, clock, on_ended); });
  now_ns = clock.NowNs();
  bool any_done = line_.EndTurn(
      now_ns, [&](Call& call, int fd, const TransportFailure& failure) {
        OnOpened(call, fd, failure, clock, on_ended);
      });
  while (TimeoutQueues::Item* item = closer_.timeouts().Expired(now_ns)) {
    Call& call = static_cast<Call&>(*item);
    if (call.spare) {
      GiveUpSpare(call, now_ns);
    } else {
      CutOff(call, Outcome::kTimeout, now_ns, on_ended);
    }
    any_done = true;
  }
  if (!any_done) return now_ns;
  idle_ = false;
  return clock.NowNs();
}

void DirectInvoker::AbortAll(const RunClock& clock, OnEnded on_ended) {
  const int64_t now_ns = clock.NowNs();
  while (Call* call = closer_.calls().last()) {
    CutOff(*call, Outcome::kAborted, now_ns, on_ended);
  }
  pool_.CloseAll();
}

void DirectInvoker::CutOff(Call& call, Outcome outcome, int64_t now_ns,
                           OnEnded on_ended) {
  Link* const link = call.link;
  Http2Stream* const stream = call.stream;
  const bool connects =
      call.attempt != nullptr ||
      (link != nullptr && link->state == Link::State::kHandshake);
  if (connects && outcome == Outcome::kTimeout) ++counts_.failed;
  std::optional<ExchangeFacts> facts;
  if (stream != nullptr) {
    facts.emplace(stream->facts());
  } else if (link != nullptr && link->state == Link::State::kBusy) {
    facts.emplace(link->connection.facts());
  }
  const ExchangeFacts* const known = facts ? &*facts : nullptr;
  const TransportFailure failure =
      outcome == Outcome::kTimeout ? WhyLate(call) : TransportFailure();
  OriginPool& pool = *call.pool;
  const int64_t sent_ns = call.record.sent_ns;
  line_.Remove(call);
  if (outcome == Outcome::kTimeout) {
    closer_.Failed(call, known, failure, now_ns, on_ended);
  } else {
    closer_.Aborted(call, known, now_ns, on_ended);
  }
  if (stream != nullptr) {
    http2_.Cancel(*link, *stream);
    if (outcome == Outcome::kTimeout) http2_.OnTimeout(*link, sent_ns);
  } else if (link != nullptr) {
    pool_.Close(*link);
    line_.QueueIfWaiting(pool);
  }
}

void DirectInvoker::GiveUpSpare(Call& call, int64_t now_ns) {
  Link* const link = call.link;
  OriginPool& pool = *call.pool;
  ++counts_.failed;
  line_.Remove(call);
  if (link != nullptr) pool_.Close(*link);
  http2_.OnSpareFailed(call, now_ns);
  line_.QueueIfWaiting(pool);
}

TransportFailure DirectInvoker::WhyLate(const Call& call) const {
  if (call.stream != nullptr) return call.stream->WhyLate();
  if (call.link == nullptr) return line_.WhyLate(call);
  switch (call.link->state) {
    case Link::State::kHandshake:
      return TlsHandshakes::WhyLate(*call.link);
    case Link::State::kStreams:
      return {Reason::kFirstByteTimeout, "still waiting for HTTP/2 SETTINGS"};
    case Link::State::kBusy:
    case Link::State::kIdle:
      break;
  }
  return call.link->connection.WhyLate();
}

absl::Status DirectInvoker::Warm(uint32_t count, const SteadyClock& clock,
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
