#include "worker/setup/engine_group.h"

#include <pthread.h>
#include <time.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/scheduling.h"
#include "common/plan/partition.h"
#include "common/process/last_words.h"
#include "common/process/log.h"
#include "common/words/listing.h"
#include "worker/engine/spin_window.h"
#include "worker/exchange/request.h"
#include "worker/net/origin.h"
#include "worker/transport/direct_invoker.h"

namespace invocator {
namespace {

constexpr int64_t kLookUpTimeoutNs = 5'000'000'000;
// A silent host must not delay the start for long; one that answers gets time
// for every connection, up to a limit.
constexpr int64_t kWarmTimeoutNs = 2'000'000'000;
constexpr int64_t kWarmEachNs = 1'000'000;
constexpr int64_t kMostWarmNs = 10'000'000'000;
// Time from the request to leave to its instant, in which the coordinator gives
// later calls to other workers.
constexpr int64_t kLeaveLeadNs = 300'000'000;
// Time for calls in flight after that instant. Container systems kill a process
// 10 s after asking it to stop.
constexpr int64_t kLeaveDrainNs = 7'700'000'000;
// An instant that has passed is moved so far ahead at first, then farther.
constexpr int64_t kHoldLeadNs = 2'000'000;
constexpr int64_t kMostHoldLeadNs = 2'000'000'000;
// The instant lies at least so far ahead when every engine can see it.
constexpr int64_t kLeaveMarginNs = 1'000'000;
// An engine with nothing to play is busy for all of its few microseconds.
constexpr int64_t kShortestSpanNs = 100'000'000;

int64_t ThreadCpuNs() {
  timespec ts;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
  return int64_t{ts.tv_sec} * 1'000'000'000 + ts.tv_nsec;
}

// The part-th of `parts` near-equal parts of `total`.
uint32_t PartOf(uint32_t total, uint32_t part, uint32_t parts) {
  return total / parts + (part < total % parts ? 1 : 0);
}

// The origins of the requests, each once.
std::vector<Origin> OriginsOf(const std::vector<InstanceRequest>& requests) {
  std::map<std::string, Origin> origins;
  for (const InstanceRequest& request : requests) {
    if (request.bodies.empty()) continue;  // not played here
    Origin& origin = origins[OriginOf(request.url).url];
    if (origin.url.empty()) origin = ProxiedOriginOf(request.url);
  }
  std::vector<Origin> list;
  list.reserve(origins.size());
  for (auto& [url, origin] : origins) list.push_back(std::move(origin));
  return list;
}

CoreGapFacts GapFactsOf(const EngineResult& result) {
  const auto seconds = [](int64_t ns) { return static_cast<double>(ns) / 1e9; };
  const CoreGaps& gaps = result.gaps;
  return {.spun_s = seconds(result.spun_ns),
          .count = gaps.count(),
          .total_s = seconds(gaps.total_ns()),
          .longest_s = seconds(gaps.longest_ns()),
          .preempted_s = seconds(gaps.preempted_ns())};
}

}  // namespace

struct EngineGroup::Member {
  std::unique_ptr<Signer> signer;
  std::unique_ptr<CredentialsFollower> follower;
  std::vector<Origin> origins;
  std::unique_ptr<Invoker> invoker;
  std::unique_ptr<Recorder> recorder;
  std::unique_ptr<Engine> engine;
  uint32_t max_in_flight = 0;
  std::optional<uint32_t> core;   // to be pinned to
  uint32_t warm_connections = 0;  // to each origin
  std::promise<absl::Status> warmed;
  std::thread thread;
  // Written by the thread, read after it was joined.
  EngineResult result;
  int64_t cpu_ns = 0;
};

EngineGroup::EngineGroup(const Plan& plan, uint32_t engines,
                         const SteadyClock& steady)
    : steady_(steady),
      addresses_(steady),
      extender_(plan, engines,
                [this](size_t engine, std::vector<Schedule::Line> lines) {
                  return members_[engine]->engine->Add(std::move(lines));
                }) {}

absl::StatusOr<std::unique_ptr<EngineGroup>> EngineGroup::Create(
    const Plan& plan, const std::vector<Share>& shares,
    const CredentialsCell* credentials, ChunkQueue& queue,
    const SteadyClock& steady, const WallClock& wall,
    const EngineGroupOptions& options) {
  std::unique_ptr<EngineGroup> group(
      new EngineGroup(plan, options.engines, steady));
  const auto parts = PartitionShares(plan, shares, options.engines);
  const std::vector<Share> whole = WholeShares(plan);
  EngineOptions engine_options = options.engine;
  if (engine_options.spin_ns != 0) {
    engine_options.spin_ns =
        SpinWindowNs(MeasureWakeUpsNs(steady), engine_options.spin_ns);
  }
  const uint32_t ahead =
      options.http2 ? std::max(options.warm_connections, options.connections)
                    : options.warm_connections;
  for (uint32_t i = 0; i < options.engines; ++i) {
    if (options.give_up()) return absl::CancelledError("given up");
    auto member = std::make_unique<Member>();
    if (credentials != nullptr) {
      member->signer = std::make_unique<Signer>(Credentials());
      member->follower =
          std::make_unique<CredentialsFollower>(*credentials, *member->signer);
    }
    member->max_in_flight = PartOf(options.max_in_flight, i, options.engines);
    if (options.pin) member->core = i;
    auto requests = PrepareRequests(plan, options.extensible ? whole : parts[i],
                                    options.endpoint_url, member->signer.get());
    for (InstanceRequest& request : requests) {
      request.follower = member->follower.get();
    }
    member->origins = OriginsOf(requests);
    auto invoker = DirectInvoker::Create(
        std::move(requests), AddressTurns(group->addresses_, i), wall,
        {.target = options.target,
         .max_in_flight = member->max_in_flight,
         .http2 = options.http2,
         .connections =
             std::max<uint32_t>(1, PartOf(ahead, i, options.engines)),
         .io = options.io});
    if (!invoker.ok()) return invoker.status();
    member->invoker = *std::move(invoker);
    member->recorder = std::make_unique<Recorder>(queue);
    engine_options.pacer.max_in_flight = member->max_in_flight;
    member->engine = std::make_unique<Engine>(
        plan, parts[i], engine_options, *member->invoker, *member->recorder);
    group->members_.push_back(std::move(member));
  }
  absl::Status status;
  if (options.target.unix_socket.empty()) {
    status = group->LookUpHosts(options.give_up);
  }
  group->ShareConnections(ahead);
  if (status.ok()) status = group->StartThreads();
  if (status.ok()) status = group->AwaitConnections(options.give_up);
  if (!status.ok()) return status;
  return group;
}

absl::Status EngineGroup::StartThreads() {
  const std::shared_future<RunClock> start = start_.get_future().share();
  for (size_t i = 0; i < members_.size(); ++i) {
    Member& member = *members_[i];
    try {
      member.thread = std::thread([this, &member, start] {
        member.warmed.set_value(Warm(member));
        // Broken promise: the group ends before a start.
        try {
          Play(member, start.get());
        } catch (const std::future_error&) {
        }
      });
    } catch (const std::system_error& error) {
      return absl::ResourceExhaustedError(absl::StrCat(
          "engine ", i + 1, " of ", members_.size(), ": ", NoThread(error)));
    }
    pthread_setname_np(member.thread.native_handle(),
                       absl::StrCat("engine-", i).c_str());
  }
  return absl::OkStatus();
}

absl::Status EngineGroup::LookUpHosts(const std::function<bool()>& give_up) {
  std::set<std::string> hosts;
  for (const auto& member : members_) {
    for (const Origin& origin : member->origins) {
      std::string name = NameToLookUp(origin);
      if (!name.empty()) hosts.insert(std::move(name));
    }
  }
  const std::vector<std::string> unknown =
      addresses_.Await({hosts.begin(), hosts.end()}, kLookUpTimeoutNs, give_up);
  if (give_up()) return absl::CancelledError("given up");
  if (!unknown.empty()) {
    Log().warn("no address was found before the start for {}",
               FirstFew(unknown));
  }
  return absl::OkStatus();
}

void EngineGroup::ShareConnections(uint32_t count) {
  // One budget for all: they are opened before one start.
  const auto engines = static_cast<uint32_t>(members_.size());
  uint64_t connections = 0;
  for (const auto& member : members_) {
    connections = std::max<uint64_t>(connections, member->origins.size());
  }
  connections *= count;
  warm_until_ns_ =
      steady_.NowNs() +
      std::min(kMostWarmNs, kWarmTimeoutNs + kWarmEachNs * static_cast<int64_t>(
                                                               connections));
  bool has_room = true;
  for (uint32_t i = 0; i < engines; ++i) {
    Member& member = *members_[i];
    member.warm_connections = PartOf(count, i, engines);
    if (uint64_t{member.warm_connections} * member.origins.size() >
        member.max_in_flight) {
      // One too many would only close another.
      member.warm_connections =
          member.max_in_flight / static_cast<uint32_t>(member.origins.size());
      has_room = false;
    }
  }
  if (!has_room) {
    Log().warn(
        "fewer than {} to each host opened before the start: no more are kept "
        "than calls may be in flight",
        Counted(count, "connection"));
  }
}

absl::Status EngineGroup::Warm(Member& member) {
  if (member.warm_connections == 0) return absl::OkStatus();
  return member.invoker->Warm(
      member.warm_connections, steady_,
      std::max<int64_t>(0, warm_until_ns_ - steady_.NowNs()),
      [this] { return gave_up_.load(); });
}

absl::Status EngineGroup::AwaitConnections(
    const std::function<bool()>& give_up) {
  absl::Status opened;
  for (const auto& member : members_) {
    std::future<absl::Status> warmed = member->warmed.get_future();
    while (warmed.wait_for(std::chrono::nanoseconds(
               Invoker::kGiveUpPeriodNs)) != std::future_status::ready) {
      if (give_up()) gave_up_ = true;
    }
    opened.Update(warmed.get());
  }
  if (gave_up_) return absl::CancelledError("given up");
  if (!opened.ok()) {
    Log().warn("connections could not be opened before the start: {}",
               std::string(opened.message()));
  }
  return absl::OkStatus();
}

EngineGroup::~EngineGroup() {
  Stop(/*now=*/true);
  start_ = {};
  for (const auto& member : members_) {
    if (member->thread.joinable()) member->thread.join();
  }
}

void EngineGroup::Start(int64_t start_steady_ns,
                        std::function<void()> on_ended) {
  on_ended_ = std::move(on_ended);
  running_ = members_.size();
  start_steady_ns_ = start_steady_ns;
  SetSendUntil(send_until_steady_ns_);
  start_.set_value(RunClock(steady_, start_steady_ns));
}

void EngineGroup::Play(Member& member, const RunClock& clock) {
  WorkOnTime();
  if (member.core) PinToCore(*member.core);
  const int64_t before_ns = ThreadCpuNs();
  member.result = member.engine->Run(clock);
  member.cpu_ns = ThreadCpuNs() - before_ns;
  if (running_.fetch_sub(1) == 1) on_ended_();
}

void EngineGroup::Stop(bool now) {
  stopped_ = true;
  for (const auto& member : members_) member->engine->Stop(now);
}

void EngineGroup::SetSendUntil(int64_t until_steady_ns) {
  send_until_steady_ns_ = until_steady_ns;
  if (start_steady_ns_ == 0) return;  // Start will do it
  int64_t until_ns = Schedule::kNever;
  if (until_steady_ns != Schedule::kNever &&
      __builtin_sub_overflow(until_steady_ns, start_steady_ns_, &until_ns)) {
    until_ns = 0;
  }
  for (const auto& member : members_) member->engine->SetSendUntil(until_ns);
}

int64_t EngineGroup::HoldFrom(int64_t from_ns) {
  const RunClock clock(steady_, start_steady_ns_);
  // An engine reads the clock and then the instant. An engine that has not seen
  // the instant read the clock before it was written, and takes only calls due
  // before that. So the instant is exact if it was still ahead when it was
  // written; if it has passed, or this thread stood still meanwhile, it is
  // moved. The instant of an earlier call stands unless it is later.
  const int64_t before_ns = held_from_ns_;
  for (int64_t lead_ns = kHoldLeadNs;; lead_ns *= 2) {
    const int64_t least_ns = std::max<int64_t>(
        0, clock.NowNs() + std::min(lead_ns, kMostHoldLeadNs));
    held_from_ns_ = std::min(before_ns, std::max(from_ns, least_ns));
    for (const auto& member : members_) {
      member->engine->HoldFrom(held_from_ns_, hold_drain_end_ns_);
    }
    if (held_from_ns_ == before_ns ||
        clock.NowNs() + kLeaveMarginNs <= held_from_ns_) {
      return held_from_ns_;
    }
  }
}

void EngineGroup::EndAfterAdditions() {
  extender_.AfterAll([this] {
    for (const auto& member : members_) member->engine->Leave();
  });
}

int64_t EngineGroup::Leave() {
  const RunClock clock(steady_, start_steady_ns_);
  const int64_t from_ns = std::max<int64_t>(0, clock.NowNs() + kLeaveLeadNs);
  hold_drain_end_ns_ = from_ns + kLeaveDrainNs;
  const int64_t held_ns = HoldFrom(from_ns);
  EndAfterAdditions();
  return std::max(from_ns, held_ns);
}

int64_t EngineGroup::StopFrom(int64_t from_ns) {
  const int64_t held_ns = HoldFrom(from_ns);
  EndAfterAdditions();
  return std::max(from_ns, held_ns);
}

uint64_t EngineGroup::in_flight() const {
  uint64_t sum = 0;
  for (const auto& member : members_) sum += member->engine->in_flight();
  return sum;
}

int64_t EngineGroup::FlushedUntilNs() const {
  if (start_steady_ns_ == 0) return 0;
  int64_t until_ns = std::max<int64_t>(0, steady_.NowNs() - start_steady_ns_);
  for (const auto& member : members_) {
    until_ns = std::min(until_ns, member->engine->flushed_until_ns());
  }
  return until_ns;
}

void EngineGroup::FillReport(WorkerDone& done) {
  done.extends = extender_.Finish();
  done.schedule_exhausted = true;
  done.io = members_.front()->invoker->io();
  for (const auto& member : members_) {
    if (member->thread.joinable()) member->thread.join();
    const EngineResult& result = member->result;
    if (!result.schedule_exhausted) done.schedule_exhausted = false;
    if (result.was_cut_short) done.lease_ended = true;
    done.start_error_ns = std::max(done.start_error_ns, result.first_turn_ns);
    done.last_sent_ns = std::max(done.last_sent_ns, result.last_sent_ns);
    done.ended_ns = std::max(done.ended_ns, result.ended_ns);
    const double span_ns =
        static_cast<double>(std::max(result.ended_ns, kShortestSpanNs));
    const ConnectionCounts connections = member->invoker->connections();
    done.engines.push_back(
        {.busy_ratio = std::clamp(
             static_cast<double>(member->cpu_ns - result.spun_ns) / span_ns,
             0.0, 1.0),
         .at_limit_s = static_cast<double>(result.at_limit_ns) / 1e9,
         .max_in_flight = member->max_in_flight,
         .connections = connections.opened,
         .connections_reused = connections.reused,
         .connections_failed = connections.failed,
         .connections_closed_by_peer = connections.closed_by_peer,
         .gaps = GapFactsOf(result)});
  }
}

}  // namespace invocator
