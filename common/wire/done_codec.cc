#include "common/wire/done_codec.h"

#include <algorithm>

#include "absl/status/status.h"
#include "proto/fleet.pb.h"

namespace invocator {
namespace {

constexpr int64_t kMostClockErrorNs = 60'000'000'000;
constexpr int kMostEngines = 4096;
constexpr int kMostCpus = 65'536;

bool IsBetween(double value, double least, double most) {
  return value >= least && value <= most;  // NaN is not
}

bool IsSane(const wire::Done& done, int64_t run_ns) {
  const int64_t limit_ns = run_ns + kMostClockErrorNs;
  const double limit_s = static_cast<double>(limit_ns) / 1e9;
  for (int64_t ns : {done.start_error_ns(), done.last_sent_ns(),
                     done.ended_ns(), done.stopped_from_ns()}) {
    if (ns < 0 || ns > limit_ns) return false;
  }
  return IsBetween(done.cpu_s(), 0, limit_s * kMostEngines) &&
         IsBetween(done.steal_s(), 0, limit_s * kMostCpus) &&
         done.io() < kIoModes.size() && done.engines_size() <= kMostEngines &&
         std::all_of(
             done.engines().begin(), done.engines().end(),
             [&](const wire::EngineReport& engine) {
               return IsBetween(engine.busy_ratio(), 0, 1) &&
                      IsBetween(engine.at_limit_s(), 0, limit_s) &&
                      IsBetween(engine.spun_s(), 0, limit_s) &&
                      IsBetween(engine.gaps_s(), 0, limit_s) &&
                      IsBetween(engine.longest_gap_s(), 0, engine.gaps_s()) &&
                      IsBetween(engine.preempted_s(), 0, engine.gaps_s());
             });
}

}  // namespace

wire::Done ToWire(const WorkerDone& done) {
  wire::Done message;
  message.set_schedule_exhausted(done.schedule_exhausted);
  message.set_lease_ended(done.lease_ended);
  message.set_start_error_ns(done.start_error_ns);
  message.set_last_sent_ns(done.last_sent_ns);
  message.set_ended_ns(done.ended_ns);
  message.set_cpu_s(done.cpu_s);
  message.set_max_rss_bytes(done.max_rss_bytes);
  message.set_stopped_from_ns(done.stopped_from_ns);
  message.set_extends(done.extends);
  message.set_records_lost(done.records_lost);
  if (done.steal_s) message.set_steal_s(*done.steal_s);
  message.set_io(static_cast<uint32_t>(done.io));
  for (const EngineFacts& engine : done.engines) {
    wire::EngineReport& report = *message.add_engines();
    report.set_busy_ratio(engine.busy_ratio);
    report.set_at_limit_s(engine.at_limit_s);
    report.set_max_in_flight(engine.max_in_flight);
    report.set_connections(engine.connections);
    report.set_connections_reused(engine.connections_reused);
    report.set_connections_failed(engine.connections_failed);
    report.set_connections_closed_by_peer(engine.connections_closed_by_peer);
    report.set_spun_s(engine.gaps.spun_s);
    report.set_gaps(engine.gaps.count);
    report.set_gaps_s(engine.gaps.total_s);
    report.set_longest_gap_s(engine.gaps.longest_s);
    report.set_preempted_s(engine.gaps.preempted_s);
  }
  return message;
}

absl::StatusOr<WorkerDone> FromWire(const wire::Done& message, int64_t run_ns) {
  if (!IsSane(message, run_ns)) {
    return absl::InvalidArgumentError("sent numbers that cannot be");
  }
  WorkerDone done;
  done.schedule_exhausted = message.schedule_exhausted();
  done.lease_ended = message.lease_ended();
  done.start_error_ns = message.start_error_ns();
  done.last_sent_ns = message.last_sent_ns();
  done.ended_ns = message.ended_ns();
  done.cpu_s = message.cpu_s();
  done.max_rss_bytes = message.max_rss_bytes();
  done.stopped_from_ns = message.stopped_from_ns();
  done.extends = message.extends();
  done.records_lost = message.records_lost();
  if (message.has_steal_s()) done.steal_s = message.steal_s();
  done.io = static_cast<IoMode>(message.io());
  for (const wire::EngineReport& report : message.engines()) {
    done.engines.push_back({report.busy_ratio(),
                            report.at_limit_s(),
                            report.max_in_flight(),
                            report.connections(),
                            report.connections_reused(),
                            report.connections_failed(),
                            report.connections_closed_by_peer(),
                            {report.spun_s(), report.gaps(), report.gaps_s(),
                             report.longest_gap_s(), report.preempted_s()}});
  }
  return done;
}

}  // namespace invocator
