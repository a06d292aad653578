// Deltas that no worker of ours reports are refused, with all that came in
// their message.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <limits>

#include "common/result/reason.h"
#include "common/wire/histogram_codec.h"
#include "coordinator/books/merge.h"
#include "proto/fleet.pb.h"
#include "tests/support/deltas.h"
#include "tests/support/histograms.h"
#include "tests/support/hostile_delta.h"
#include "tests/support/same_totals.h"

namespace invocator {
namespace {

using Delta = wire::InstanceDelta;

class HostileDeltaTest : public testing::TestWithParam<Hostile> {};

TEST_P(HostileDeltaTest, IsRefusedWithAllThatCameInItsMessage) {
  wire::InstanceDelta delta = DeltaOf(1, 3);
  GetParam().spoil(delta);
  Merger merger(PlainScope({10, 10}), 1);
  ASSERT_TRUE(merger.Add(0, ProgressOf({DeltaOf(0, 1), DeltaOf(1, 2)})).ok());
  const Totals before = TotalOf(merger);
  EXPECT_EQ(merger.Add(0, ProgressOf({DeltaOf(0, 2), delta})).code(),
            absl::StatusCode::kInvalidArgument);
  ExpectEqual(TotalOf(merger), before);
  EXPECT_THAT(merger.touched(0), testing::ElementsAre(1, 2));
}

INSTANTIATE_TEST_SUITE_P(
    Merger, HostileDeltaTest,
    testing::Values(
        Hostile{"an unknown instance", [](Delta& d) { d.set_instance(2); }},
        Hostile{"an instance twice", [](Delta& d) { d.set_instance(0); }},
        Hostile{"more than is planned", [](Delta& d) { d = DeltaOf(1, 9); }},
        Hostile{"drops that overflow the sum",
                [](Delta& d) { Bin(d).set_dropped(UINT64_MAX - 2); }},
        Hostile{"fewer sent than have ended",
                [](Delta& d) { Bin(d).set_sent(2); }},
        Hostile{"more sent than have ended",
                [](Delta& d) { Bin(d).set_sent(4); }},
        Hostile{"outcomes that overflow to the right sum",
                [](Delta& d) {
                  Bin(d).set_outcomes(1, UINT64_MAX);
                  Bin(d).set_outcomes(2, 1);
                }},
        Hostile{"losses of its own",
                [](Delta& d) {
                  Bin(d).set_outcomes(static_cast<int>(Outcome::kOk), 2);
                  Bin(d).set_outcomes(static_cast<int>(Outcome::kLost), 1);
                }},
        Hostile{"more billed than sent",
                [](Delta& d) { d.set_billed_count(4); }},
        Hostile{"a bill for nobody", [](Delta& d) { d.set_billed_ms(1); }},
        Hostile{"more memory than there is",
                [](Delta& d) {
                  d.set_billed_count(1);
                  d.set_billed_ms(1);
                  d.set_billed_mb_ms(UINT64_MAX);
                }},
        Hostile{"latencies of others",
                [](Delta& d) {
                  Bin(d).mutable_service()->set_counts(0, 2);
                  Bin(d).mutable_service()->set_sum_ns(2 * 20'000'000.0);
                }},
        Hostile{"no outcomes", [](Delta& d) { Bin(d).clear_outcomes(); }},
        Hostile{"an outcome more", [](Delta& d) { Bin(d).add_outcomes(1); }},
        Hostile{"too few reasons", [](Delta& d) { d.add_reasons(1); }},
        Hostile{"a reason without its outcome",
                [](Delta& d) {
                  for (size_t i = 0; i < kReasons; ++i) {
                    d.add_reasons(i == 1 ? 1 : 0);
                  }
                }},
        Hostile{"a reason for what is ok",
                [](Delta& d) {
                  for (size_t i = 0; i < kReasons; ++i) {
                    d.add_reasons(i == 0 ? 1 : 0);
                  }
                }},
        Hostile{
            "more cold ones than have ended",
            [](Delta& d) {
              Bin(d).set_cold(4);
              *d.mutable_cold_service() = ToWire(HistogramOf({1, 2, 3, 4}));
              *d.mutable_cold_response() = ToWire(HistogramOf({1, 2, 3, 4}));
            }},
        Hostile{"a cold one without its response",
                [](Delta& d) {
                  Bin(d).set_cold(1);
                  *d.mutable_cold_service() = ToWire(HistogramOf({1}));
                }},
        Hostile{"an init of nothing that is billed",
                [](Delta& d) { *d.mutable_init() = ToWire(HistogramOf({1})); }},
        Hostile{"a cold one without its times",
                [](Delta& d) { Bin(d).set_cold(1); }},
        Hostile{"warm ones that overflow the sum",
                [](Delta& d) {
                  SetWarmths(1, 1, d);
                  Bin(d).set_warm(UINT64_MAX);
                }},
        Hostile{"a first byte more than have ended",
                [](Delta& d) {
                  *Bin(d).mutable_first_byte() =
                      ToWire(HistogramOf({1, 2, 3, 4}));
                }},
        Hostile{"3 first bytes of 3 sent, of which one was aborted",
                [](Delta& d) {
                  Abort(1, d);
                  *Bin(d).mutable_first_byte() = ToWire(HistogramOf({1, 2, 3}));
                }},
        Hostile{"a broken first byte time",
                [](Delta& d) { Bin(d).mutable_first_byte()->add_counts(5); }},
        Hostile{"aborted in a bin where none is scheduled",
                [](Delta& d) {
                  Bin(d).set_outcomes(static_cast<int>(Outcome::kOk), 2);
                  wire::BinDelta& later = AddBin(7, d);
                  for (size_t i = 0; i < kOutcomes; ++i) later.add_outcomes(0);
                  later.set_outcomes(static_cast<int>(Outcome::kAborted), 1);
                }},
        Hostile{"no bins, but a reason",
                [](Delta& d) {
                  d.clear_bins();
                  SetReasons({{Reason::kForbidden, 1}}, d);
                }},
        Hostile{"a tick twice", [](Delta& d) { AddBin(0, d); }},
        Hostile{"a tick with nothing in it", [](Delta& d) { AddBin(1, d); }},
        Hostile{"ticks in descending order",
                [](Delta& d) {
                  AddBin(9, d);
                  AddBin(8, d);
                }},
        Hostile{"a tick after the last",
                [](Delta& d) { AddBin(TimeBins(10).ticks(), d); }},
        Hostile{"the highest tick of all",
                [](Delta& d) { AddBin(UINT32_MAX, d); }},
        Hostile{"more than is planned, over several bins",
                [](Delta& d) {
                  for (uint32_t tick = 1; tick <= 2; ++tick) {
                    FillBin(3, AddBin(tick, d));
                  }
                }},
        Hostile{"counts of bins that overflow to the right sum",
                [](Delta& d) {
                  Bin(d).set_sent(UINT64_MAX);
                  AddBin(1, d).set_sent(4);
                }},
        Hostile{"drops of bins that overflow the sum",
                [](Delta& d) {
                  AddBin(1, d).set_dropped(UINT64_MAX);
                  AddBin(2, d).set_dropped(1);
                }},
        Hostile{"outcomes of bins that overflow to the right sum",
                [](Delta& d) {
                  for (size_t i = 0; i < 2; ++i) {
                    wire::BinDelta& bin =
                        AddBin(1 + static_cast<uint32_t>(i), d);
                    for (size_t o = 0; o < kOutcomes; ++o) bin.add_outcomes(0);
                    bin.set_outcomes(1, i == 0 ? UINT64_MAX : 1);
                  }
                }},
        Hostile{"cold ones of bins that overflow to the right sum",
                [](Delta& d) {
                  SetWarmths(1, 0, d);
                  AddBin(1, d).set_cold(UINT64_MAX);
                  AddBin(2, d).set_cold(1);
                }},
        Hostile{"more scheduled than sent",
                [](Delta& d) {
                  wire::BinDelta& bin = AddBin(1, d);
                  *bin.mutable_lateness() = ToWire(HistogramOf({1}));
                  *bin.mutable_service() = ToWire(HistogramOf({1}));
                  *bin.mutable_response() = ToWire(HistogramOf({1}));
                }},
        Hostile{"sent, but not scheduled",
                [](Delta& d) {
                  Bin(d).set_sent(4);
                  Bin(d).set_outcomes(static_cast<int>(Outcome::kOk), 4);
                }},
        Hostile{"calls of a warm-up that the plan does not have",
                [](Delta& d) { d.set_warmup(true); }},
        Hostile{"2 cold and 2 warm of 3 that have ended",
                [](Delta& d) { SetWarmths(2, 2, d); }},
        Hostile{"4 warm of 3 that have ended",
                [](Delta& d) { SetWarmths(0, 4, d); }},
        Hostile{"3 cold and 1 warm of 3 that have ended",
                [](Delta& d) { SetWarmths(3, 1, d); }},
        Hostile{"3 cold of 3 sent, of which one was aborted",
                [](Delta& d) {
                  Abort(1, d);
                  SetWarmths(3, 0, d);
                }},
        Hostile{"a cold response without its service time",
                [](Delta& d) {
                  Bin(d).set_cold(1);
                  *d.mutable_cold_response() = ToWire(HistogramOf({1}));
                }},
        Hostile{"a warm one without its response",
                [](Delta& d) {
                  Bin(d).set_warm(1);
                  *d.mutable_warm_service() = ToWire(HistogramOf({1}));
                }},
        Hostile{"a warm response without its service time",
                [](Delta& d) {
                  Bin(d).set_warm(1);
                  *d.mutable_warm_response() = ToWire(HistogramOf({1}));
                }},
        Hostile{"an init more than was billed",
                [](Delta& d) {
                  d.set_billed_count(2);
                  *d.mutable_init() = ToWire(HistogramOf({1, 2, 3}));
                }},
        Hostile{"5 billed of 3 that were sent",
                [](Delta& d) { d.set_billed_count(5); }},
        Hostile{"a millisecond more than can be billed",
                [](Delta& d) {
                  d.set_billed_count(2);
                  d.set_billed_ms(2 * kMaxBilledMs + 1);
                }},
        Hostile{"a MB ms more than can be billed",
                [](Delta& d) {
                  d.set_billed_count(1);
                  d.set_billed_ms(7);
                  d.set_billed_mb_ms(7 * kMaxMemoryMb + 1);
                }},
        Hostile{"MB ms of no ms",
                [](Delta& d) {
                  d.set_billed_count(1);
                  d.set_billed_mb_ms(1);
                }},
        Hostile{"a MB more than there is",
                [](Delta& d) { d.set_memory_used_mb(kMaxMemoryMb + 1); }},
        Hostile{"a reason more than its outcome",
                [](Delta& d) {
                  Bin(d).set_outcomes(static_cast<int>(Outcome::kOk), 2);
                  Bin(d).set_outcomes(static_cast<int>(Outcome::kAuthError), 1);
                  SetReasons({{Reason::kForbidden, 2}}, d);
                }},
        Hostile{
            "two reasons that share an outcome",
            [](Delta& d) {
              Bin(d).set_outcomes(static_cast<int>(Outcome::kOk), 0);
              Bin(d).set_outcomes(static_cast<int>(Outcome::kAuthError), 3);
              SetReasons({{Reason::kForbidden, 2}, {Reason::kClockSkew, 2}}, d);
            }},
        Hostile{"reasons that overflow to the right sum",
                [](Delta& d) {
                  Bin(d).set_outcomes(static_cast<int>(Outcome::kOk), 2);
                  Bin(d).set_outcomes(static_cast<int>(Outcome::kAuthError), 1);
                  SetReasons({{Reason::kForbidden, UINT64_MAX},
                              {Reason::kClockSkew, 2}},
                             d);
                }},
        Hostile{"a reason more than there are",
                [](Delta& d) {
                  SetReasons({}, d);
                  d.add_reasons(0);
                }},
        Hostile{"dropped beyond what is planned",
                [](Delta& d) { Bin(d).set_dropped(6); }},
        Hostile{"a value of lateness more than were sent",
                [](Delta& d) {
                  *Bin(d).mutable_lateness() =
                      ToWire(HistogramOf({1, 2, 3, 4}));
                }},
        Hostile{"a response too few",
                [](Delta& d) {
                  *Bin(d).mutable_response() = ToWire(HistogramOf({1, 2}));
                }},
        Hostile{"blocked times without own lateness",
                [](Delta& d) {
                  *d.mutable_blocked() = ToWire(HistogramOf({1, 2, 3}));
                }},
        Hostile{"own lateness without blocked times",
                [](Delta& d) {
                  *d.mutable_own_lateness() = ToWire(HistogramOf({1, 2, 3}));
                }},
        Hostile{"more memory used than there is",
                [](Delta& d) { d.set_memory_used_mb(UINT64_MAX); }},
        Hostile{"a broken cold service time",
                [](Delta& d) { d.mutable_cold_service()->add_counts(5); }},
        Hostile{"a broken warm response time",
                [](Delta& d) { d.mutable_warm_response()->set_min_ns(5); }},
        Hostile{"a broken init time",
                [](Delta& d) { d.mutable_init()->set_clamped(5); }},
        Hostile{"a negative minimum",
                [](Delta& d) { Bin(d).mutable_lateness()->set_min_ns(-1); }},
        Hostile{"a minimum over the maximum",
                [](Delta& d) { Bin(d).mutable_service()->set_max_ns(0); }},
        Hostile{"a sum that is no number",
                [](Delta& d) {
                  Bin(d).mutable_response()->set_sum_ns(
                      std::numeric_limits<double>::quiet_NaN());
                }},
        Hostile{"an infinite sum",
                [](Delta& d) {
                  Bin(d).mutable_lateness()->set_sum_ns(
                      std::numeric_limits<double>::infinity());
                }},
        Hostile{"a cell beyond the last",
                [](Delta& d) {
                  Bin(d).mutable_lateness()->set_index_deltas(
                      0, Histogram::kCells);
                }},
        Hostile{"a count for no cell",
                [](Delta& d) { Bin(d).mutable_lateness()->add_counts(1); }},
        Hostile{"counts that overflow the total",
                [](Delta& d) {
                  Bin(d).mutable_lateness()->set_counts(0, UINT64_MAX);
                  Bin(d).mutable_lateness()->set_sum_ns(0x1p64 * 20'000'000);
                }},
        Hostile{"a broken own lateness",
                [](Delta& d) { d.mutable_own_lateness()->set_min_ns(5); }},
        Hostile{"a broken blocked time",
                [](Delta& d) { d.mutable_blocked()->add_counts(5); }}));

}  // namespace
}  // namespace invocator
