#include "common/wire/done_codec.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "proto/fleet.pb.h"

namespace invocator {
namespace {

constexpr int64_t kS = 1'000'000'000;

WorkerDone Filled() {
  WorkerDone done;
  done.schedule_exhausted = true;
  done.lease_ended = true;
  done.start_error_ns = 1;
  done.last_sent_ns = 2;
  done.ended_ns = 3;
  done.cpu_s = 4;
  done.max_rss_bytes = 5;
  done.steal_s = 1.5;
  done.extends = 6;
  done.records_lost = 7;
  done.engines = {{0.25, 0.5, 8, 9, 10, 11, 12, {2, 13, 0.75, 0.5, 0.25}}, {}};
  return done;
}

TEST(DoneCodecTest, ItComesBackAsItWas) {
  const auto got = FromWire(ToWire(Filled()), 10 * kS);
  ASSERT_TRUE(got.ok()) << got.status();
  EXPECT_TRUE(got->schedule_exhausted);
  EXPECT_TRUE(got->lease_ended);
  EXPECT_EQ(got->start_error_ns, 1);
  EXPECT_EQ(got->last_sent_ns, 2);
  EXPECT_EQ(got->ended_ns, 3);
  EXPECT_EQ(got->cpu_s, 4);
  EXPECT_EQ(got->max_rss_bytes, 5u);
  EXPECT_EQ(got->steal_s, 1.5);
  EXPECT_EQ(got->extends, 6u);
  EXPECT_EQ(got->records_lost, 7u);
  ASSERT_EQ(got->engines.size(), 2u);
  const EngineFacts& engine = got->engines[0];
  EXPECT_EQ(engine.busy_ratio, 0.25);
  EXPECT_EQ(engine.at_limit_s, 0.5);
  EXPECT_EQ(engine.max_in_flight, 8u);
  EXPECT_EQ(engine.connections, 9u);
  EXPECT_EQ(engine.connections_reused, 10u);
  EXPECT_EQ(engine.connections_failed, 11u);
  EXPECT_EQ(engine.connections_closed_by_peer, 12u);
  EXPECT_EQ(engine.gaps.spun_s, 2);
  EXPECT_EQ(engine.gaps.count, 13u);
  EXPECT_EQ(engine.gaps.total_s, 0.75);
  EXPECT_EQ(engine.gaps.longest_s, 0.5);
  EXPECT_EQ(engine.gaps.preempted_s, 0.25);
  const auto none = FromWire(ToWire(WorkerDone()), 0);
  ASSERT_TRUE(none.ok()) << none.status();
  EXPECT_FALSE(none->schedule_exhausted);
  EXPECT_FALSE(none->lease_ended);
  EXPECT_FALSE(none->steal_s);
}

TEST(DoneCodecTest, WhatCannotBeIsRefused) {
  constexpr int64_t kRunNs = 10 * kS;
  const int64_t latest_ns = kRunNs + 60 * kS;  // clocks may differ
  WorkerDone latest = Filled();
  latest.start_error_ns = latest.last_sent_ns = latest.ended_ns = latest_ns;
  latest.engines[0].busy_ratio = 1;
  latest.engines[0].at_limit_s = 70;
  EXPECT_TRUE(FromWire(ToWire(latest), kRunNs).ok());
  const std::function<void(WorkerDone&)> spoils[] = {
      [&](auto& d) { d.start_error_ns = latest_ns + 1; },
      [](auto& d) { d.start_error_ns = -1; },
      [&](auto& d) { d.last_sent_ns = latest_ns + 1; },
      [](auto& d) { d.last_sent_ns = -1; },
      [&](auto& d) { d.ended_ns = latest_ns + 1; },
      [](auto& d) { d.ended_ns = -1; },
      [](auto& d) { d.cpu_s = -0.1; },
      [](auto& d) { d.cpu_s = std::nan(""); },
      [](auto& d) { d.cpu_s = 4096 * 70.1; },
      [](auto& d) { d.engines.resize(4097); },
      [](auto& d) { d.engines[0].busy_ratio = 1.01; },
      [](auto& d) { d.engines[1].busy_ratio = -0.01; },
      [](auto& d) { d.engines[1].at_limit_s = 70.1; },
      [](auto& d) { d.steal_s = -0.1; },
      [](auto& d) { d.steal_s = std::nan(""); },
      [](auto& d) { d.engines[0].gaps.spun_s = 70.1; },
      [](auto& d) { d.engines[0].gaps.total_s = 70.1; },
      [](auto& d) { d.engines[0].gaps.longest_s = 0.76; },
      [](auto& d) { d.engines[0].gaps.preempted_s = 0.76; },
      [](auto& d) { d.engines[0].gaps.preempted_s = -0.1; }};
  for (size_t i = 0; i < std::size(spoils); ++i) {
    WorkerDone bad = Filled();
    spoils[i](bad);
    EXPECT_TRUE(absl::IsInvalidArgument(FromWire(ToWire(bad), kRunNs).status()))
        << i;
  }
}

}  // namespace
}  // namespace invocator
