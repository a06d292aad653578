#include "coordinator/books/first_failures.h"

#include <gtest/gtest.h>

#include <array>
#include <functional>
#include <string>
#include <vector>

#include "common/wire/protocol.h"

namespace invocator {
namespace {

wire::FailureSample SampleOf(Reason reason, int64_t scheduled_ns,
                             const std::string& body) {
  wire::FailureSample sample;
  sample.set_reason(static_cast<uint32_t>(reason));
  sample.set_scheduled_ns(scheduled_ns);
  sample.set_body(body);
  return sample;
}

TEST(FirstFailuresTest, TheEarliestOfAKindIsKeptWhateverTheOrder) {
  const std::array samples = {SampleOf(Reason::kForbidden, 30, "late"),
                              SampleOf(Reason::kForbidden, 10, "first"),
                              SampleOf(Reason::kForbidden, 20, "second")};
  for (const auto& order :
       {std::array<size_t, 3>{0, 1, 2}, {2, 1, 0}, {1, 0, 2}}) {
    FirstFailures failures;
    for (const size_t i : order) failures.Add(i, samples[i]);
    const auto& kept = failures.Of(Reason::kForbidden);
    ASSERT_TRUE(kept);
    EXPECT_EQ(kept->sample.body(), "first");
    EXPECT_EQ(kept->worker, 1u);
    EXPECT_FALSE(failures.Of(Reason::kClockSkew));
  }
}

TEST(FirstFailuresTest, EachInstanceHasItsFirstWithTheBeginningOfItsBody) {
  FirstFailures failures;
  const auto add = [&](uint32_t instance, int64_t scheduled_ns,
                       const std::string& body) {
    wire::FailureSample sample =
        SampleOf(Reason::kSignatureMismatch, scheduled_ns, body);
    sample.set_instance(instance);
    sample.set_canonical_request("POST");
    failures.Add(instance, sample);
  };
  add(1, 30, "late");
  add(1, 20, std::string(kMaxPairBodyBytes + 1, 'x'));
  add(0, 40, std::string(kMaxPairBodyBytes, 'y'));
  add(1, 25, "later");
  std::vector<uint32_t> instances;
  failures.ForEachOfInstances([&](uint32_t instance, Reason reason,
                                  const FirstFailures::Failure& failure) {
    EXPECT_EQ(reason, Reason::kSignatureMismatch);
    EXPECT_EQ(failure.worker, instance);
    EXPECT_EQ(failure.sample.scheduled_ns(), instance == 1 ? 20 : 40);
    EXPECT_EQ(failure.sample.body(),
              std::string(kMaxPairBodyBytes, instance == 1 ? 'x' : 'y'));
    EXPECT_EQ(failure.sample.body_cut(), instance == 1);
    EXPECT_EQ(failure.sample.canonical_request(), "");
    instances.push_back(instance);
  });
  EXPECT_EQ(instances, (std::vector<uint32_t>{0, 1}));
  EXPECT_EQ(failures.Of(Reason::kSignatureMismatch)->sample.body().size(),
            kMaxPairBodyBytes + 1);
}

TEST(FirstFailuresTest, WhatIsKeptOfInstancesIsBounded) {
  FirstFailures failures;
  for (uint32_t i = 0; i < FailureKinds::kMaxPairs + 10; ++i) {
    wire::FailureSample sample = SampleOf(Reason::kForbidden, 1, "");
    sample.set_instance(FailureKinds::kMaxPairs + 9 - i);
    failures.Add(0, sample);
  }
  uint32_t next = 0;
  failures.ForEachOfInstances(
      [&](uint32_t instance, Reason, const FirstFailures::Failure&) {
        EXPECT_EQ(instance, next++);
      });
  EXPECT_EQ(next, FailureKinds::kMaxPairs);
}

TEST(FirstFailuresTest, WhatCannotBeIsRefused) {
  wire::FailureSample good = SampleOf(Reason::kForbidden, 1, "{}");
  good.set_detail(std::string(kMaxFailureDetailBytes, 'x'));
  ASSERT_TRUE(FirstFailures::Check(good, 1).ok());
  const std::function<void(wire::FailureSample&)> spoils[] = {
      [](auto& s) { s.set_reason(0); },
      [](auto& s) { s.set_reason(kReasons); },
      [](auto& s) { s.set_instance(1); },
      [](auto& s) { s.set_status(1000); },
      [](auto& s) { s.set_scheduled_ns(-1); },
      [](auto& s) { s.set_scheduled_ns(INT64_MAX); },
      [](auto& s) { s.set_date_ahead_s(INT64_MIN); },
      [](auto& s) { s.set_body(std::string(kMaxFailureBodyBytes + 1, 'x')); },
      [](auto& s) {
        s.set_canonical_request(std::string(kMaxCanonicalBytes + 1, 'x'));
      },
      [](auto& s) {
        s.set_error_type(std::string(kMaxErrorTypeBytes + 1, 'x'));
      },
      [](auto& s) {
        s.set_detail(std::string(kMaxFailureDetailBytes + 1, 'x'));
      }};
  for (const auto& spoil : spoils) {
    wire::FailureSample bad = good;
    spoil(bad);
    EXPECT_EQ(FirstFailures::Check(bad, 1).code(),
              absl::StatusCode::kInvalidArgument)
        << bad.ShortDebugString().substr(0, 200);
  }
}

}  // namespace
}  // namespace invocator
