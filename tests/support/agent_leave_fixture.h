// An agent amid a long plan, and the records that it has reported.
#ifndef INVOCATOR_TESTS_SUPPORT_AGENT_LEAVE_FIXTURE_H_
#define INVOCATOR_TESTS_SUPPORT_AGENT_LEAVE_FIXTURE_H_

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <set>
#include <thread>

#include "common/wire/plan_codec.h"
#include "common/wire/record_codec.h"
#include "proto/fleet.pb.h"
#include "tests/support/agent_fixture.h"

namespace invocator {

class AgentLeaveFixture : public AgentFixture {
 protected:
  using Kind = FakeCoordinator::Kind;
  using Session = FakeCoordinator::Session;
  static constexpr int64_t kMs = 1'000'000;
  static constexpr int64_t kS = 1'000 * kMs;

  // From Hello to the start, with a lease, and more to come.
  void Start(Session& session, const Plan& plan, int64_t in_ns = 100 * kMs) {
    session.Await(Kind::kHello);
    session.SayWelcome();
    session.SayAssignment(plan, target_.url(), WholeShares(plan),
                          /*extensible=*/true);
    session.Await(Kind::kReady);
    session.SayPing(1, steady_.NowNs() + 30 * kS);
    session.SayStart(in_ns);
    session.Await(Kind::kStartArmed);
  }
  // From Hello to the start of the long plan, with room for its calls and a
  // minute to drain.
  void StartWithDrain(Session& session) {
    session.Await(Kind::kHello);
    session.SayWelcome();
    wire::CoordinatorMessage message;
    *message.mutable_assignment()->mutable_plan() = ToWire(LongPlan());
    *message.mutable_assignment()->add_shares() =
        ToWire(WholeShares(LongPlan())[0]);
    auto& settings = *message.mutable_assignment()->mutable_settings();
    settings.set_endpoint_url(target_.url());
    settings.set_drain_ns(60 * kS);
    settings.set_record_ratio(1);
    settings.set_max_in_flight(200);
    session.Send(message);
    session.Await(Kind::kReady);
    session.SayStart(100 * kMs);
  }
  // All reports to Done; notes the sequences and outcomes of records.
  wire::Done NoteAll(Session& session) {
    while (const auto message = session.Await(Kind::kReport)) {
      Note(message->report());
      if (message->report().has_done()) return message->report().done();
    }
    ADD_FAILURE() << "no Done came";
    return {};
  }
  void Note(const wire::Report& report) {
    if (!report.has_records()) return;
    EXPECT_TRUE(DecodeRecords(report.records(), 1, [&](const Record& r) {
                  EXPECT_TRUE(sequences_.insert(r.sequence).second);
                  aborted_ += r.outcome == Outcome::kAborted;
                }).ok());
  }
  // That were scheduled before that instant, every 10 ms.
  static std::set<uint64_t> SequencesBefore(int64_t from_ns) {
    std::set<uint64_t> sequences;
    for (uint64_t i = 0; static_cast<int64_t>(i + 1) * 10 * kMs < from_ns;
         ++i) {
      sequences.insert(i);
    }
    return sequences;
  }

  std::atomic<int> service_ms_ = 0;
  std::atomic<bool> is_over_ = false;
  ScriptedServer target_{[this](ScriptedServer::Connection& connection) {
    while (!connection.ReadRequest().empty()) {
      for (int i = 0; i < service_ms_ && !is_over_; ++i) {
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
      }
      connection.Send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    }
  }};
  std::set<uint64_t> sequences_;
  int aborted_ = 0;
};

}  // namespace invocator

#endif  // INVOCATOR_TESTS_SUPPORT_AGENT_LEAVE_FIXTURE_H_
