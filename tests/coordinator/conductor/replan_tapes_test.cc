// A worker that plays timestamps is lost, and a real one takes its calls over:
// also of an instance of which it had no share.
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "common/wire/record_codec.h"
#include "tests/support/conductor_fixture.h"
#include "tests/support/scripted_server.h"
#include "tests/support/tapes.h"
#include "worker/agent/agent.h"

namespace invocator {
namespace {

using Sequences = std::map<uint32_t, std::set<uint64_t>>;  // by instance

class NotingSink final : public ResultSink {
 public:
  absl::Status OnProgress(size_t, const ProgressReader&) override {
    return absl::OkStatus();
  }
  absl::Status OnRecords(size_t, const wire::RecordBatch& batch) override {
    return DecodeRecords(batch, 2, [&](const Record& record) {
      EXPECT_TRUE(sent_[record.instance].insert(record.sequence).second);
    });
  }

  void OnTick(double) override {}

  Sequences sent_;
};

ConductorOptions QuickReplan() {
  ConductorOptions options;
  options.on_worker_loss = OnWorkerLoss::kReplan;
  options.leases = {absl::Milliseconds(50), absl::Milliseconds(1'000),
                    absl::Milliseconds(500), absl::Milliseconds(500)};
  return options;
}

// Instants in random order of magnitude, some at once, over 4 s.
std::vector<int64_t> InstantsOverFourSeconds(size_t count, double power) {
  std::vector<int64_t> instants_ns;
  for (size_t i = 0; i < count; ++i) {
    const double part = static_cast<double>(i / 2) / static_cast<double>(count);
    instants_ns.push_back(std::llround(8e9 * std::pow(part, power)));
  }
  return instants_ns;
}

class ReplanTapesTest : public ConductorFixture {
 protected:
  ReplanTapesTest() : ConductorFixture(QuickReplan()) {
    plan_ = PlanOf({TapeInstance("a", InstantsOverFourSeconds(300, 1), 4.1),
                    TapeInstance("b", InstantsOverFourSeconds(200, 1.1), 4.1)},
                   4.1);
    settings_.endpoint_url = target_.url();
    settings_.record_ratio = 1;
    settings_.max_in_flight = 8;
    settings_.drain_ns = 1'000'000'000;
  }

  ScriptedServer target_{[](ScriptedServer::Connection& connection) {
    while (!connection.ReadRequest().empty()) {
      connection.Send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    }
  }};
};

TEST_F(ReplanTapesTest, WhatTheLostOneLeftIsPlayedFromTheTapesOfAll) {
  size_t lost_bytes = 0;
  Join([&](FakeWorker& worker) {
    worker.SayHello("lost");
    const auto assigned = worker.Await(FakeWorker::Kind::kAssignment);
    if (!assigned) return;
    for (int i = 0; i < assigned->assignment().tapes_size(); ++i) {
      const auto chunk = worker.Await(FakeWorker::Kind::kTapeChunk);
      if (chunk) lost_bytes += chunk->tape_chunk().data().size();
    }
    worker.SayReady();
    worker.AwaitStart();
  });
  const SystemWallClock wall;
  AgentOptions options;
  options.name = "heir";
  options.threads = 2;
  options.file_limit = 1'024;
  Agent heir(options, clock_, wall);
  std::jthread heirs_stay([&] {
    heir.Join([&] { return fleet_->InProcessChannel(); }).IgnoreError();
  });
  ASSERT_TRUE(conductor_.Gather(2, kLong).ok());
  std::vector<std::vector<Share>> partition;
  for (const RunWorker& worker : conductor_.workers()) {
    const size_t index = partition.size();
    partition.push_back({{0, index, 2}});
    if (worker.name == "lost") partition.back().push_back({1, 0, 1});
  }
  NotingSink sink;
  absl::Status status = conductor_.Prepare(plan_, partition, settings_, kLong);
  if (status.ok()) status = conductor_.Play(kLong, sink);
  EXPECT_TRUE(status.ok()) << status;

  Sequences expected;
  int64_t from_ns = -1;
  for (const RunWorker& worker : conductor_.workers()) {
    EXPECT_EQ(worker.lost(), worker.name == "lost");
    if (worker.lost()) from_ns = worker.pieces[0].until_ns;
  }
  for (size_t i = 0; i < partition.size(); ++i) {
    const bool is_lost = conductor_.workers()[i].lost();
    for (const Share& share : partition[i]) {
      const std::vector<int64_t> instants_ns =
          InstantsOf(plan_.instances[share.instance].arrivals.tape);
      for (size_t sequence = 0; sequence < instants_ns.size(); ++sequence) {
        if (!share.Owns(sequence)) continue;
        if (is_lost && instants_ns[sequence] < from_ns) continue;
        expected[static_cast<uint32_t>(share.instance)].insert(sequence);
      }
    }
  }
  EndScripts();
  EXPECT_EQ(sink.sent_, expected);
  // Something was handed over, and something was not.
  EXPECT_GT(expected[1].size(), 20u);
  EXPECT_LT(expected[1].size(), 180u);
  EXPECT_EQ(lost_bytes, plan_.instances[0].arrivals.tape->bytes() +
                            plan_.instances[1].arrivals.tape->bytes());
}

}  // namespace
}  // namespace invocator
