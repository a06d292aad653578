// Simulates a fleet of many workers against one real coordinator.
//
// usage: fleet_scale COORDINATOR WORKERS [FLUSH_MS]
//   COORDINATOR  host:port, where "invocator run --workers WORKERS" listens
//   FLUSH_MS     how often a worker sends its records, 10 .. 1000; 100 if not
//                given, as the real ones
//
// Every worker has a real stream on a connection of its own. Together they play
// the plan that they are assigned, as the schedule has it, but invoke nothing:
// the records are made up. The run's books balance all the same.
//
// Prints a line of JSON at every step: "gathered" (all were welcomed),
// "assigned", "started" (all have a start), "sent" (all was reported) and
// "ended" (the coordinator has closed every stream). Exit 1 if a stream failed.
#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/arrivals/rng.h"
#include "common/base/clock.h"
#include "common/plan/digest.h"
#include "common/plan/sampling.h"
#include "common/process/process_setup.h"
#include "common/wire/plan_codec.h"
#include "proto/fleet.pb.h"
#include "tests/bench/simulated_worker.h"
#include "worker/engine/schedule.h"

namespace invocator {
namespace {

using std::chrono::steady_clock;

constexpr std::chrono::seconds kStepDeadline{300};
// Progress is sent every second, as by a real worker. The workers take turns,
// so that the load is even.
constexpr int64_t kTickMs = 10;
constexpr int64_t kTickNs = kTickMs * 1'000'000;
constexpr size_t kTicksPerProgress = 100;

void Tell(const char* step, steady_clock::time_point since, uint64_t records) {
  std::printf(
      "{\"step\": \"%s\", \"s\": %.3f, \"records\": %llu}\n", step,
      std::chrono::duration<double>(steady_clock::now() - since).count(),
      static_cast<unsigned long long>(records));
  std::fflush(stdout);
}

// Which worker plays an invocation.
class Owners {
 public:
  Owners(const std::vector<std::unique_ptr<SimulatedWorker>>& workers,
         size_t instances)
      : owners_(instances) {
    for (const auto& worker : workers) {
      for (const Share& share : worker->shares()) {
        std::vector<SimulatedWorker*>& of = owners_[share.instance];
        of.resize(std::max<size_t>(of.size(), share.count));
        of[share.index] = worker.get();
      }
    }
  }

  SimulatedWorker& Of(const ScheduledInvocation& invocation) const {
    const auto& of = owners_[invocation.instance];
    return *of[invocation.sequence % of.size()];
  }

 private:
  std::vector<std::vector<SimulatedWorker*>> owners_;
};

// Invents what became of an invocation: a call of some milliseconds to AWS.
class RecordMaker {
 public:
  Record Make(const ScheduledInvocation& invocation) {
    Record record;
    record.instance = invocation.instance;
    record.sequence = invocation.sequence;
    record.scheduled_ns = invocation.scheduled_ns;
    const double draw = rng_.Uniform();
    record.sent_ns =
        record.scheduled_ns + static_cast<int64_t>(1e3 + 50e3 * draw * draw);
    record.first_byte_ns =
        record.sent_ns + static_cast<int64_t>(3e6 / (1.001 - draw));
    record.done_ns = record.first_byte_ns + 20'000;
    record.status = 200;
    record.bytes_sent = 612;
    record.bytes_received = 389;
    record.request_id.Set("c6af9ac6-7b61-11e6-9a41-93e8deadbeef");
    return record;
  }

 private:
  StreamRng rng_{1, "records"};
};

// Plays the plan to its end; returns how many records were sent.
uint64_t Play(const std::vector<std::unique_ptr<SimulatedWorker>>& workers,
              size_t ticks_per_flush) {
  const int64_t start_ns = workers[0]->start_ns();
  const wire::Assignment& assignment = workers[0]->assignment();
  const auto plan = FromWire(assignment.plan());
  if (!plan.ok()) {
    std::fprintf(stderr, "fleet_scale: %s\n", plan.status().ToString().c_str());
    std::exit(1);
  }
  std::vector<Share> everything;
  std::vector<uint64_t> name_hashes;
  for (uint32_t i = 0; i < plan->instances.size(); ++i) {
    everything.push_back({i, 0, 1});
    name_hashes.push_back(HashName(plan->instances[i].name));
  }
  Schedule schedule(*plan, everything);
  const Owners owners(workers, plan->instances.size());
  const double ratio = assignment.settings().record_ratio();
  const SystemSteadyClock clock;
  RecordMaker maker;
  uint64_t records = 0;
  for (size_t tick = 0; !schedule.exhausted(); ++tick) {
    const int64_t until_ns = static_cast<int64_t>(tick + 1) * kTickNs;
    const int64_t ahead_ns = start_ns + until_ns - clock.NowNs();
    if (ahead_ns > 0) {
      std::this_thread::sleep_for(std::chrono::nanoseconds(ahead_ns));
    }
    while (schedule.NextNs() < until_ns) {
      const ScheduledInvocation invocation = schedule.Take(/*hold=*/false);
      const uint64_t term =
          DigestTerm(name_hashes[invocation.instance], invocation.sequence,
                     invocation.scheduled_ns);
      const bool sampled = IsSampled(name_hashes[invocation.instance],
                                     plan->seed, invocation.sequence, ratio);
      records += sampled ? 1 : 0;
      owners.Of(invocation).Report(maker.Make(invocation), term, sampled);
    }
    for (size_t i = tick % ticks_per_flush; i < workers.size();
         i += ticks_per_flush) {
      workers[i]->SendRecords();
    }
    for (size_t i = tick % kTicksPerProgress; i < workers.size();
         i += kTicksPerProgress) {
      workers[i]->SendProgress();
    }
  }
  const int64_t ended_ns = clock.NowNs() - start_ns;
  for (const auto& worker : workers) {
    worker->SendRecords();
    worker->SendProgress();
    worker->SendDone(ended_ns);
  }
  return records;
}

int Run(const std::string& coordinator, size_t count, int64_t flush_ms) {
  RaiseFileLimit();
  Scoreboard scoreboard;
  const steady_clock::time_point begun = steady_clock::now();
  std::vector<std::unique_ptr<SimulatedWorker>> workers;
  for (size_t i = 0; i < count; ++i) {
    workers.push_back(
        std::make_unique<SimulatedWorker>(coordinator, i, scoreboard));
  }
  const auto step = [&](const char* name, size_t Scoreboard::Counts::*counter,
                        uint64_t records) {
    const Scoreboard::Counts counts = scoreboard.Await(
        [&](const Scoreboard::Counts& c) { return c.*counter >= count; },
        steady_clock::now() + kStepDeadline);
    if (counts.*counter < count) {
      std::fprintf(stderr, "fleet_scale: %zu of %zu %s; %s\n", counts.*counter,
                   count, name, counts.first_failure.c_str());
      std::_Exit(1);
    }
    Tell(name, begun, records);
  };
  step("gathered", &Scoreboard::Counts::welcomed, 0);
  step("assigned", &Scoreboard::Counts::assigned, 0);
  step("started", &Scoreboard::Counts::started, 0);
  const uint64_t records =
      Play(workers, static_cast<size_t>(flush_ms / kTickMs));
  Tell("sent", begun, records);
  step("ended", &Scoreboard::Counts::closed, records);
  return 0;
}

}  // namespace
}  // namespace invocator

int main(int argc, char** argv) {
  size_t workers = 0;
  int64_t flush_ms = 1000;
  if (argc < 3 || argc > 4 || !absl::SimpleAtoi(argv[2], &workers) ||
      workers == 0 ||
      (argc == 4 && (!absl::SimpleAtoi(argv[3], &flush_ms) || flush_ms < 10 ||
                     flush_ms > 1000))) {
    std::fprintf(stderr, "usage: fleet_scale COORDINATOR WORKERS [FLUSH_MS]\n");
    return 2;
  }
  return invocator::Run(argv[1], workers, flush_ms);
}
