// Deltas at the limits of what a worker of ours may report are merged.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>

#include "common/result/reason.h"
#include "common/wire/histogram_codec.h"
#include "coordinator/books/merge.h"
#include "proto/fleet.pb.h"
#include "tests/support/deltas.h"
#include "tests/support/histograms.h"
#include "tests/support/hostile_delta.h"

namespace invocator {
namespace {

using Delta = wire::InstanceDelta;

class LimitTest : public testing::TestWithParam<Hostile> {};

TEST_P(LimitTest, IsMerged) {
  wire::InstanceDelta delta = DeltaOf(0, 3);
  GetParam().spoil(delta);
  Merger merger(PlainScope({10}), 1);
  EXPECT_EQ(merger.Add(0, ProgressOf({delta})), absl::OkStatus());
  EXPECT_THAT(merger.touched(0),
              testing::ElementsAre(TotalsDelta(delta).sent() +
                                   TotalsDelta(delta).dropped()));
}

// As far as a worker of ours may go.
INSTANTIATE_TEST_SUITE_P(
    Merger, LimitTest,
    testing::Values(
        Hostile{"2 cold and 1 warm of 3",
                [](Delta& d) { SetWarmths(2, 1, d); }},
        Hostile{"3 cold of 3", [](Delta& d) { SetWarmths(3, 0, d); }},
        Hostile{"3 warm of 3", [](Delta& d) { SetWarmths(0, 3, d); }},
        Hostile{"1 cold and 1 warm of 3, one of them aborted",
                [](Delta& d) {
                  Abort(1, d);
                  SetWarmths(1, 1, d);
                }},
        Hostile{"all billed, as long and as large as can be",
                [](Delta& d) {
                  d.set_billed_count(3);
                  d.set_billed_ms(3 * kMaxBilledMs);
                  d.set_billed_mb_ms(3 * kMaxBilledMs * kMaxMemoryMb);
                  d.set_memory_used_mb(kMaxMemoryMb);
                  *d.mutable_init() = ToWire(HistogramOf({1, 2, 3}));
                }},
        Hostile{"billed for nothing", [](Delta& d) { d.set_billed_count(3); }},
        Hostile{"as many dropped as are left",
                [](Delta& d) { Bin(d).set_dropped(7); }},
        Hostile{"nothing sent", [](Delta& d) { d = DeltaOf(0, 0); }},
        Hostile{"a first byte of each that has ended",
                [](Delta& d) {
                  *Bin(d).mutable_first_byte() = ToWire(HistogramOf({1, 2, 3}));
                }},
        Hostile{"bins up to the last tick",
                [](Delta& d) {
                  AddBin(1, d);
                  d.mutable_bins(1)->set_dropped(1);
                  AddBin(TimeBins(10).ticks() - 1, d);
                  d.mutable_bins(2)->set_dropped(1);
                }},
        Hostile{"no bins", [](Delta& d) { d.clear_bins(); }},
        Hostile{
            "as many reasons as outcomes",
            [](Delta& d) {
              Bin(d).set_outcomes(static_cast<int>(Outcome::kOk), 0);
              Bin(d).set_outcomes(static_cast<int>(Outcome::kAuthError), 3);
              SetReasons({{Reason::kForbidden, 2}, {Reason::kClockSkew, 1}}, d);
            }},
        Hostile{"fewer reasons than outcomes", [](Delta& d) {
                  Bin(d).set_outcomes(static_cast<int>(Outcome::kOk), 0);
                  Bin(d).set_outcomes(static_cast<int>(Outcome::kAuthError), 3);
                  SetReasons({{Reason::kForbidden, 1}}, d);
                }}));

}  // namespace
}  // namespace invocator
