#include "common/wire/arrivals_codec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "common/arrivals/instant_tape.h"
#include "tests/support/tapes.h"

namespace invocator {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kPlanDurationS = 15;

// No field has its default.
ArrivalSpec Sample(ArrivalKind kind) {
  ArrivalSpec spec;
  spec.kind = kind;
  spec.seed = 4294967295;
  spec.stream = "instance1";
  spec.duration_s = 15;
  spec.window_start_s = 5;
  spec.window_end_s = 10;
  spec.spikes = {{.at_s = 1, .calls = 5},
                 {.at_s = 1, .calls = 0},
                 {.at_s = 12.5, .calls = kMaxCallsAtOnce}};
  if (HasRate(kind)) {
    spec.rate.points = {{0, 0.1}, {2, 7}, {2, 0}, {4, 1e7}};
    spec.rate.every_s = 4.5;
    spec.bursts = Bursts{.per_s = 200, .mean_on_s = 2, .mean_off_s = 30};
  }
  // The parameter in the workload does not travel.
  if (kind == ArrivalKind::kGamma) spec.law = GammaGaps(3);
  if (kind == ArrivalKind::kWeibull) spec.law = WeibullGaps(2);
  if (kind == ArrivalKind::kLognormal) spec.law = LognormalGaps(1.5);
  if (kind == ArrivalKind::kPareto) spec.law = ParetoGaps(1.5);
  spec.law.parameter = 0;
  if (kind == ArrivalKind::kList) spec.gaps_s = {5, 0.13, 0};
  if (kind == ArrivalKind::kCounts) {
    spec.counts = {.counts = {3, 0, kMaxCallsAtOnce},
                   .bin_s = 2.5,
                   .speed = 0.5,
                   .even = true,
                   .thin = 0.25};
  }
  return spec;
}

constexpr ArrivalKind kKinds[] = {
    ArrivalKind::kPoisson, ArrivalKind::kUniform,   ArrivalKind::kGamma,
    ArrivalKind::kWeibull, ArrivalKind::kLognormal, ArrivalKind::kPareto,
    ArrivalKind::kList,    ArrivalKind::kCounts,    ArrivalKind::kTimestamps};

TEST(ArrivalsCodecTest, WhatGoesOutComesBack) {
  for (const ArrivalKind kind : kKinds) {
    const ArrivalSpec spec = Sample(kind);
    wire::Arrivals message;
    // Through bytes, as it travels.
    ASSERT_TRUE(message.ParseFromString(ToWire(spec).SerializeAsString()));
    const absl::StatusOr<ArrivalSpec> decoded =
        FromWire(message, kPlanDurationS);
    ASSERT_TRUE(decoded.ok()) << decoded.status();
    EXPECT_EQ(*decoded, spec) << static_cast<int>(kind);
  }
}

TEST(ArrivalsCodecTest, KindsHaveTheirNumbers) {
  const std::pair<ArrivalKind, int> kRows[] = {
      {ArrivalKind::kPoisson, 1},   {ArrivalKind::kUniform, 2},
      {ArrivalKind::kList, 3},      {ArrivalKind::kGamma, 4},
      {ArrivalKind::kWeibull, 5},   {ArrivalKind::kLognormal, 6},
      {ArrivalKind::kPareto, 7},    {ArrivalKind::kCounts, 8},
      {ArrivalKind::kTimestamps, 9}};
  for (const auto& [kind, number] : kRows) {
    EXPECT_EQ(ToWire(Sample(kind)).kind(), number);
  }
}

TEST(ArrivalsCodecTest, LawsAtTheLimitsOfAWorkloadAreTaken) {
  const auto taken = [](ArrivalKind kind, const GapLaw& law) {
    ArrivalSpec spec = Sample(kind);
    spec.law = law;
    return FromWire(ToWire(spec), kPlanDurationS).status();
  };
  for (const double cv : {kMinGapCv, 1.0, kMaxGapCv}) {
    EXPECT_EQ(taken(ArrivalKind::kGamma, GammaGaps(cv)), absl::OkStatus());
    EXPECT_EQ(taken(ArrivalKind::kWeibull, WeibullGaps(cv)), absl::OkStatus());
    EXPECT_EQ(taken(ArrivalKind::kLognormal, LognormalGaps(cv)),
              absl::OkStatus());
  }
  for (const double alpha : {kMinParetoAlpha, kMaxParetoAlpha}) {
    EXPECT_EQ(taken(ArrivalKind::kPareto, ParetoGaps(alpha)), absl::OkStatus());
  }
}

struct Hostile {
  std::string says;  // part of the message
  ArrivalKind kind;
  std::function<void(wire::Arrivals&)> edit;
};

class HostileArrivalsTest : public ::testing::TestWithParam<Hostile> {};

TEST_P(HostileArrivalsTest, AreRefused) {
  wire::Arrivals message = ToWire(Sample(GetParam().kind));
  GetParam().edit(message);
  const absl::Status status = FromWire(message, kPlanDurationS).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()),
              AllOf(StartsWith("plan: "), HasSubstr(GetParam().says)));
}

constexpr ArrivalKind kPoisson = ArrivalKind::kPoisson;
constexpr ArrivalKind kList = ArrivalKind::kList;
constexpr ArrivalKind kCounts = ArrivalKind::kCounts;

INSTANTIATE_TEST_SUITE_P(
    Kinds, HostileArrivalsTest,
    ::testing::Values(
        Hostile{"arrivals of unknown kind 0", kPoisson,
                [](auto& a) { a.clear_kind(); }},
        Hostile{
            "arrivals of unknown kind 99", kPoisson,
            [](auto& a) { a.set_kind(static_cast<wire::Arrivals::Kind>(99)); }},
        Hostile{"arrivals of unknown generator 0", kPoisson,
                [](auto& a) { a.clear_rng(); }},
        Hostile{"arrivals that FaaSProfiler does not support", kPoisson,
                [](auto& a) { a.set_rng(wire::Arrivals::FAASPROFILER); }},
        Hostile{"arrivals that FaaSProfiler does not support", kList,
                [](auto& a) { a.set_rng(wire::Arrivals::FAASPROFILER); }},
        Hostile{"arrivals that FaaSProfiler does not support", kCounts,
                [](auto& a) {
                  a.set_rng(wire::Arrivals::FAASPROFILER);
                  a.clear_spikes();
                }}));

INSTANTIATE_TEST_SUITE_P(
    Times, HostileArrivalsTest,
    ::testing::Values(
        Hostile{"arrivals for 16 s in a plan of 15 s", kPoisson,
                [](auto& a) { a.set_duration_s(16); }},
        Hostile{"arrivals for 0 s", kPoisson,
                [](auto& a) { a.set_duration_s(0); }},
        Hostile{"arrivals for nan s", kPoisson,
                [](auto& a) { a.set_duration_s(kNan); }},
        Hostile{"window [5, 16]", kPoisson,
                [](auto& a) { a.set_window_end_s(16); }},
        Hostile{"window [5, 4]", kPoisson,
                [](auto& a) { a.set_window_end_s(4); }},
        Hostile{"window [-1, 10]", kPoisson,
                [](auto& a) { a.set_window_start_s(-1); }},
        Hostile{"window [nan, 10]", kPoisson,
                [](auto& a) { a.set_window_start_s(kNan); }},
        Hostile{"gap -1", kList, [](auto& a) { a.add_gaps_s(-1); }},
        Hostile{"gap inf", kList, [](auto& a) { a.add_gaps_s(kInfinity); }},
        Hostile{"gap nan", kList, [](auto& a) { a.add_gaps_s(kNan); }}));

INSTANTIATE_TEST_SUITE_P(
    Rates, HostileArrivalsTest,
    ::testing::Values(
        Hostile{"5 instants of 4 rates", kPoisson,
                [](auto& a) { a.add_rate_at_s(9); }},
        Hostile{"rate: expected 1 .. 100000 points, found 0", kPoisson,
                [](auto& a) {
                  a.clear_rate_at_s();
                  a.clear_rate_per_s();
                }},
        Hostile{"rate: expected a rate from 0 to 1e+07, found [0, -1]",
                kPoisson, [](auto& a) { a.set_rate_per_s(0, -1); }},
        Hostile{"rate: expected a rate from 0 to 1e+07, found [0, nan]",
                kPoisson, [](auto& a) { a.set_rate_per_s(0, kNan); }},
        Hostile{"rate: expected the first point at second 0", kPoisson,
                [](auto& a) { a.set_rate_at_s(0, 1); }},
        Hostile{"rate: expected points in order of time", kPoisson,
                [](auto& a) { a.set_rate_at_s(1, 3); }},
        Hostile{"rate: expected a period", kPoisson,
                [](auto& a) { a.set_rate_every_s(kNan); }},
        Hostile{"rate: expected points within the period", kPoisson,
                [](auto& a) { a.set_rate_every_s(3); }},
        // Kinds without a rate have one point.
        Hostile{"rate: expected 1 .. 100000 points, found 0", kList,
                [](auto& a) {
                  a.clear_rate_at_s();
                  a.clear_rate_per_s();
                }},
        Hostile{"a rate of some 1.5e+09 straight lines", kPoisson, [](auto& a) {
                  a.clear_rate_at_s();
                  a.clear_rate_per_s();
                  a.set_rate_every_s(0.001);
                  for (int i = 0; i < 100'000; ++i) {
                    a.add_rate_at_s(i * 1e-8);
                    a.add_rate_per_s(0);
                  }
                }}));

Hostile Law(std::string says, ArrivalKind kind, double shape, double scale) {
  return {std::move(says), kind, [=](wire::Arrivals& a) {
            a.set_gap_shape(shape);
            a.set_gap_scale(scale);
          }};
}

INSTANTIATE_TEST_SUITE_P(
    Laws, HostileArrivalsTest,
    ::testing::Values(
        Law("gaps of shape 0, expected 0.00111111 .. 10000",
            ArrivalKind::kGamma, 0, 1),
        Law("gaps of shape 10001", ArrivalKind::kGamma, 10'001, 1),
        Law("gaps of shape nan", ArrivalKind::kGamma, kNan, 1),
        // All gaps would round to 0: a window that never begins.
        Law("gaps of shape 1000, expected 0.00999975 .. 2.6",
            ArrivalKind::kLognormal, 1000, 0),
        Law("gaps of shape nan", ArrivalKind::kLognormal, kNan, 0),
        Law("gaps of shape 0.001, expected 0.1 .. 200", ArrivalKind::kWeibull,
            0.001, 1),
        // 0 times infinity.
        Law("gaps of scale 0, expected 2.75573e-07, for which their mean is 1",
            ArrivalKind::kWeibull, 0.1, 0),
        Law("gaps of scale nan", ArrivalKind::kWeibull, 1, kNan),
        Law("gaps of scale 1.1, expected 1", ArrivalKind::kWeibull, 1, 1.1),
        Law("gaps of shape 1, expected 1.001 .. 1000", ArrivalKind::kPareto, 1,
            0),
        Law("gaps of shape inf", ArrivalKind::kPareto, kInfinity, 0)));

INSTANTIATE_TEST_SUITE_P(
    Bursts, HostileArrivalsTest,
    ::testing::Values(
        Hostile{"bursts of -1 per second, on for 2 s and off for 30 s",
                kPoisson, [](auto& a) { a.mutable_bursts()->set_per_s(-1); }},
        Hostile{"bursts of nan per second", kPoisson,
                [](auto& a) { a.mutable_bursts()->set_per_s(kNan); }},
        Hostile{"bursts of 200 per second, on for 0 s", kPoisson,
                [](auto& a) { a.mutable_bursts()->set_mean_on_s(0); }},
        Hostile{"off for inf s", kPoisson, [](auto& a) {
                  a.mutable_bursts()->set_mean_off_s(kInfinity);
                }}));

INSTANTIATE_TEST_SUITE_P(
    Spikes, HostileArrivalsTest,
    ::testing::Values(
        Hostile{"a spike at 0.5 s after 1 s", kPoisson,
                [](auto& a) { a.mutable_spikes(1)->set_at_s(0.5); }},
        Hostile{"a spike at -1 s after 0 s", kCounts,
                [](auto& a) { a.mutable_spikes(0)->set_at_s(-1); }},
        Hostile{"a spike at nan s", kList,
                [](auto& a) { a.mutable_spikes(2)->set_at_s(kNan); }},
        Hostile{"a spike at 1e+300 s", kPoisson,
                [](auto& a) { a.mutable_spikes(2)->set_at_s(1e300); }},
        Hostile{"a spike of 1000000001 calls, expected at most 1000000000",
                kPoisson,
                [](auto& a) {
                  a.mutable_spikes(0)->set_calls(kMaxCallsAtOnce + 1);
                }},
        Hostile{"10001 spikes, expected at most 10000", kPoisson, [](auto& a) {
                  a.clear_spikes();
                  for (int i = 0; i < 10'001; ++i) a.add_spikes();
                }}));

INSTANTIATE_TEST_SUITE_P(
    Counts, HostileArrivalsTest,
    ::testing::Values(
        Hostile{"1000001 bins of counts, expected at most 1000000", kCounts,
                [](auto& a) {
                  a.mutable_counts()->mutable_counts()->Resize(1'000'001, 0);
                }},
        Hostile{
            "a bin of 4294967295 calls", kCounts,
            [](auto& a) { a.mutable_counts()->set_counts(1, 4'294'967'295); }},
        Hostile{"counts by bins of 0 s", kCounts,
                [](auto& a) { a.clear_counts(); }},
        Hostile{"counts by bins of nan s", kCounts,
                [](auto& a) { a.mutable_counts()->set_bin_s(kNan); }},
        Hostile{"at speed 0,", kCounts,
                [](auto& a) { a.mutable_counts()->set_speed(0); }},
        Hostile{"at speed inf,", kCounts,
                [](auto& a) { a.mutable_counts()->set_speed(kInfinity); }},
        Hostile{"thinned to 1e-300", kCounts,
                [](auto& a) { a.mutable_counts()->set_thin(1e-300); }},
        Hostile{"thinned to 1.5", kCounts,
                [](auto& a) { a.mutable_counts()->set_thin(1.5); }}));

Hostile Tape(std::string says, uint64_t instants, uint64_t bytes) {
  return {std::move(says), ArrivalKind::kTimestamps, [=](wire::Arrivals& a) {
            a.mutable_tape()->set_instants(instants);
            a.mutable_tape()->set_bytes(bytes);
          }};
}

INSTANTIATE_TEST_SUITE_P(
    Timestamps, HostileArrivalsTest,
    ::testing::Values(Hostile{"timestamps for arrivals of kind 3", kList,
                              [](auto& a) { a.mutable_tape(); }},
                      Tape("10000001 timestamps, expected at most 10000000",
                           kMaxTapeInstants + 1, 20'000'000),
                      Tape("18446744073709551615 timestamps", UINT64_MAX,
                           UINT64_MAX),
                      Tape("2 timestamps in 1 bytes, expected 2 .. 18", 2, 1),
                      Tape("2 timestamps in 19 bytes", 2, 19),
                      Tape("0 timestamps in 1 bytes, expected 0 .. 0", 0, 1)));

TEST(ArrivalsCodecTest, OfTimestampsTheSizeTravels) {
  ArrivalSpec spec = Sample(ArrivalKind::kTimestamps);
  spec.tape = TapeOf({0, 1, 1'000'000'000});
  const wire::Arrivals message = ToWire(spec);
  EXPECT_EQ(message.tape().instants(), 3u);
  EXPECT_EQ(message.tape().bytes(), 7u);
  const auto decoded = FromWire(message, kPlanDurationS);
  ASSERT_TRUE(decoded.ok()) << decoded.status();
  EXPECT_EQ(decoded->tape, nullptr);
}

}  // namespace
}  // namespace invocator
