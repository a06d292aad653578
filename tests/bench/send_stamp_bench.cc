// How long after our stamp of sending the kernel hands a call to the network
// device, by the kernel's own stamp: what no stamp of ours can see of itself.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/plans.h"
#include "tests/support/scripted_server.h"
#include "tests/support/transmit_stamps.h"
#include "worker/transport/direct_invoker.h"

namespace invocator {
namespace {

constexpr int64_t kDeadlineNs = 10'000'000'000;

double MedianUs(std::vector<int64_t> ns) {
  const auto middle = ns.begin() + static_cast<std::ptrdiff_t>(ns.size() / 2);
  std::nth_element(ns.begin(), middle, ns.end());
  return static_cast<double>(*middle) / 1e3;
}

void BM_KernelStampAfterOurs(benchmark::State& state) {
  const Plan plan = PlanOf({ListInstance("f", {1}, 10)}, 10);
  ScriptedServer server([](ScriptedServer::Connection& connection) {
    while (!connection.ReadRequest().empty()) {
      connection.Send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    }
  });
  const SystemSteadyClock steady;
  const SystemWallClock wall;
  HostAddresses addresses(steady);
  const RunClock clock(steady, steady.NowNs());
  std::vector<int64_t> behind_ns;
  for (auto _ : state) {
    // A stamp that waits to be read ends a connection: one for each call.
    auto invoker = DirectInvoker::Create(
        PrepareRequests(plan, WholeShares(plan), server.url(), nullptr),
        AddressTurns(addresses, 0), wall, {});
    if (!invoker.ok() ||
        !(*invoker)->Warm(1, steady, kDeadlineNs, [] { return false; }).ok()) {
      state.SkipWithError("no connection");
      break;
    }
    std::optional<TransmitStamps> stamps = TransmitStamps::Watch(server.url());
    (*invoker)->Send({}, clock);
    std::optional<Record> ended;
    while (!ended && clock.NowNs() < kDeadlineNs) {
      (*invoker)->Poll(clock.NowNs(), kDeadlineNs, clock,
                       [&](const Record& record) { ended = record; });
    }
    const auto left = stamps ? stamps->Take(clock) : std::nullopt;
    if (!ended || !left) {
      state.SkipWithError("the kernel does not stamp what it transmits");
      break;
    }
    behind_ns.push_back((left->from_ns + left->to_ns) / 2 - ended->sent_ns);
  }
  if (!behind_ns.empty()) state.counters["behind_us"] = MedianUs(behind_ns);
}
BENCHMARK(BM_KernelStampAfterOurs)->Iterations(200);

}  // namespace
}  // namespace invocator
