#include "worker/transport/curl_invoker.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "worker/io/open_loop.h"
#include "worker/net/origin.h"

namespace invocator {
namespace {

// Transfers made for each instance before the start, since making one takes
// some ten microseconds; and the limit on idle ones kept in all, since one
// takes some ten KB and a plan may have very many instances.
constexpr size_t kReadyTransfers = 2;
constexpr size_t kMostKept = 2'000;

// The URL of a transfer's origin.
std::string UrlOf(CURL* easy) {
  char* url = nullptr;
  curl_easy_getinfo(easy, CURLINFO_EFFECTIVE_URL, &url);
  return OriginOf(url).url;
}

}  // namespace

absl::StatusOr<std::unique_ptr<CurlInvoker>> CurlInvoker::Create(
    std::vector<InstanceRequest> requests, AddressTurns turns,
    const WallClock& wall, const InvokerOptions& options) {
  absl::StatusOr<std::unique_ptr<EventLoop>> loop =
      OpenEventLoop(IoMode::kEpoll);
  if (!loop.ok()) return loop.status();
  absl::StatusOr<std::unique_ptr<CurlMulti>> multi = CurlMulti::Create(**loop);
  if (!multi.ok()) return multi.status();
  return std::unique_ptr<CurlInvoker>(
      new CurlInvoker(*std::move(loop), *std::move(multi), std::move(requests),
                      std::move(turns), wall, options));
}

CurlInvoker::CurlInvoker(std::unique_ptr<EventLoop> loop,
                         std::unique_ptr<CurlMulti> multi,
                         std::vector<InstanceRequest> requests,
                         AddressTurns turns, const WallClock& wall,
                         const InvokerOptions& options)
    : loop_(std::move(loop)),
      requests_(std::move(requests)),
      turns_(std::move(turns)),
      wall_(wall),
      options_(options),
      multi_(std::move(multi)),
      targets_(requests_.size()) {
  for (size_t i = 0; i < requests_.size(); ++i) {
    const size_t bodies = requests_[i].bodies.size();
    if (bodies == 0) continue;  // not played here
    targets_[i].bodies.resize(bodies);
    targets_[i].origin = &FactsOf(requests_[i].url);
    for (size_t n = 0; n < kReadyTransfers && kept_ < kMostKept; ++n) {
      ++kept_;
      targets_[i].idle.push_back(std::make_unique<CurlTransfer>(
          requests_[i], options_, *targets_[i].origin));
    }
    for (size_t body = 0; body < std::min(bodies, kReadyBodies); ++body) {
      HeadersNow(static_cast<uint32_t>(i), body);
    }
  }
  multi_->SetMaxConnections(options_.max_in_flight);
}

OriginFacts& CurlInvoker::FactsOf(const std::string& url) {
  OriginFacts& facts = origins_[OriginOf(url).url];
  if (facts.origin.url.empty()) {
    facts.origin = options_.target.unix_socket.empty() ? ProxiedOriginOf(url)
                                                       : OriginOf(url);
  }
  return facts;
}

bool CurlInvoker::SetAddresses(CurlTransfer& transfer,
                               const OriginFacts& origin) {
  if (!options_.target.unix_socket.empty()) return true;
  const std::string name = NameToLookUp(origin.origin);
  if (name.empty()) return true;
  std::shared_ptr<const HostAddresses::List> known = turns_.All(name);
  if (known->empty()) return false;
  transfer.SetAddresses(name, std::move(known));
  return true;
}

CurlInvoker::~CurlInvoker() {
  for (CurlTransfer* transfer : in_flight_) {
    multi_->Remove(transfer->easy());
    delete transfer;
  }
}

const std::shared_ptr<const CurlHeaders>& CurlInvoker::HeadersNow(
    uint32_t instance, size_t body) {
  Target::Body& ready = targets_[instance].bodies[body];
  InstanceRequest& request = requests_[instance];
  const int64_t unix_s = request.signer != nullptr ? wall_.NowUnixS() : 0;
  if (ready.unix_s != unix_s) {
    ready.headers =
        std::make_shared<CurlHeaders>(request, request.StampAt(body, unix_s));
    ready.unix_s = unix_s;
  }
  return ready.headers;
}

void CurlInvoker::Send(const DueInvocation& due, const RunClock& clock) {
  Target& target = targets_[due.instance];
  const size_t body = due.sequence % target.bodies.size();
  std::unique_ptr<CurlTransfer> idle;
  if (target.idle.empty()) {
    idle = std::make_unique<CurlTransfer>(requests_[due.instance], options_,
                                          *target.origin);
  } else {
    // Last in, first out: the transfer used last is warm in the caches.
    idle = std::move(target.idle.back());
    target.idle.pop_back();
    --kept_;
  }
  CurlTransfer& transfer = *idle.release();  // owned by in_flight_ till its end
  transfer.in_flight_index = in_flight_.size();
  in_flight_.push_back(&transfer);

  transfer.SetRequest(HeadersNow(due.instance, body),
                      requests_[due.instance].bodies[body].body);
  transfer.Begin(clock);
  transfer.signed_unix_s = target.bodies[body].unix_s;
  Record& record = transfer.record();
  record.instance = due.instance;
  record.sequence = due.sequence;
  record.scheduled_ns = due.scheduled_ns;
  record.blocked_ns = due.blocked_ns;
  record.sent_ns = clock.NowNs();
  if (SetAddresses(transfer, *target.origin)) {
    multi_->Start(transfer.easy(), record.sent_ns);
  } else {
    without_address_.push_back(&transfer);
  }
}

void CurlInvoker::Turn(int64_t now_ns, int64_t until_ns,
                       const RunClock& clock) {
  const int64_t left_ns = std::min(until_ns, multi_->due_ns()) - now_ns;
  std::optional<int64_t> woken_ns;
  loop_->Wait(std::max<int64_t>(0, left_ns), [&](int fd, uint32_t events) {
    if (!woken_ns) woken_ns = clock.NowNs();
    multi_->OnReady(fd, events, *woken_ns);
  });
  multi_->ActIfDue(clock.NowNs());
}

int64_t CurlInvoker::Poll(int64_t now_ns, int64_t until_ns,
                          const RunClock& clock, OnEnded on_ended) {
  // Calls that ended while being sent must not wait for the sleep's end.
  if (!DeliverEnded(clock, on_ended)) {
    Turn(now_ns, until_ns, clock);
    DeliverEnded(clock, on_ended);
  }
  return clock.NowNs();
}

bool CurlInvoker::DeliverEnded(const RunClock& clock, OnEnded on_ended) {
  const auto without = std::exchange(without_address_, {});
  for (CurlTransfer* const transfer : without) {
    End(*transfer, transfer->OutcomeWithoutAddress(), clock.NowNs(), on_ended);
  }
  const bool any = multi_->TakeDone([&](CURL* easy, CURLcode code) {
    CurlTransfer& transfer = CurlTransfer::Of(easy);
    End(transfer, transfer.OutcomeOfEnd(code), clock.NowNs(), on_ended);
  });
  return any || !without.empty();
}

void CurlInvoker::Count(const CurlTransfer& transfer, Outcome outcome) {
  connections_.closed_by_peer += transfer.retries();
  const long opened = ConnectionsOpened(transfer.easy());
  if (outcome == Outcome::kConnectError ||
      (outcome == Outcome::kTlsError && !transfer.connected())) {
    ++connections_.failed;  // even if libcurl calls it opened: TCP was
  } else if (opened == 0) {
    ++connections_.reused;
  } else {
    connections_.opened += static_cast<uint64_t>(opened);
  }
}

void CurlInvoker::End(CurlTransfer& transfer, Outcome outcome, int64_t now_ns,
                      OnEnded on_ended) {
  const Record& record = transfer.Finish(outcome, now_ns);
  if (record.reason != Reason::kNone) {
    const InstanceRequest& request = requests_[record.instance];
    failures_.Add(
        record, {transfer.facts(), transfer.body(), request,
                 record.sequence % request.bodies.size(),
                 transfer.signed_unix_s, wall_.NowUnixS(), transfer.detail()});
  }
  Count(transfer, record.outcome);
  multi_->Remove(transfer.easy());
  CurlTransfer* const last = in_flight_.back();
  last->in_flight_index = transfer.in_flight_index;
  in_flight_[transfer.in_flight_index] = last;
  in_flight_.pop_back();
  std::unique_ptr<CurlTransfer> ended(&transfer);
  on_ended(record);
  if (kept_ >= kMostKept) return;
  ++kept_;
  targets_[record.instance].idle.push_back(std::move(ended));
}

void CurlInvoker::AbortAll(const RunClock& clock, OnEnded on_ended) {
  DeliverEnded(clock, on_ended);
  const int64_t now_ns = clock.NowNs();
  while (!in_flight_.empty()) {
    End(*in_flight_.back(), Outcome::kAborted, now_ns, on_ended);
  }
}

absl::Status CurlInvoker::Warm(uint32_t count, const SteadyClock& clock,
                               int64_t timeout_ns,
                               const std::function<bool()>& give_up) {
  const RunClock run_clock(clock, clock.NowNs());
  // By origin.
  std::map<std::string, std::unique_ptr<CurlHeaders>> hosts;
  for (const InstanceRequest& request : requests_) {
    for (const Header& header : request.headers) {
      if (header.first == "Host") {
        hosts[FactsOf(request.url).origin.url] =
            std::make_unique<CurlHeaders>(header.second);
      }
    }
  }
  std::vector<std::unique_ptr<CurlTransfer>> pings;
  for (const auto& [origin, headers] : hosts) {
    for (uint32_t i = 0; i < count; ++i) {
      const auto& ping = pings.emplace_back(std::make_unique<CurlTransfer>(
          origin + "/ping", options_, origins_[origin]));
      ping->Begin(run_clock);
      SetAddresses(*ping, origins_[origin]);
      curl_easy_setopt(ping->easy(), CURLOPT_HTTPHEADER, headers->list());
      multi_->Add(ping->easy());
    }
  }
  std::set<std::string> failures;
  std::set<CURL*> open;
  for (const auto& ping : pings) open.insert(ping->easy());
  bool gave_up = false;
  int64_t now_ns = 0;
  while (!open.empty() && (now_ns = run_clock.NowNs()) < timeout_ns &&
         !(gave_up = give_up())) {
    Turn(now_ns, std::min(timeout_ns, now_ns + kGiveUpPeriodNs), run_clock);
    multi_->TakeDone([&](CURL* easy, CURLcode code) {
      open.erase(easy);
      connections_.opened += static_cast<uint64_t>(ConnectionsOpened(easy));
      if (code == CURLE_OK) return;
      ++connections_.failed;
      failures.insert(absl::StrCat(
          UrlOf(easy), ": ", CurlTransfer::Of(easy).FailureOf(code).detail));
    });
  }
  for (CURL* easy : open) {
    const TransportFailure late =
        CurlTransfer::Of(easy).FailureOf(CURLE_OPERATION_TIMEDOUT);
    failures.insert(
        absl::StrCat(UrlOf(easy), ": not in time, ", WaitWords(late)));
  }
  for (const std::unique_ptr<CurlTransfer>& ping : pings) {
    multi_->Remove(ping->easy());
  }
  if (gave_up) return absl::CancelledError("given up");
  if (failures.empty()) return absl::OkStatus();
  return absl::UnavailableError(absl::StrJoin(failures, "; "));
}

}  // namespace invocator
