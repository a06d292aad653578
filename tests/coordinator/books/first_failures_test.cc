#include "coordinator/books/first_failures.h"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

#include "common/wire/protocol.h"

namespace invocator {
namespace {

FailureSample SampleOf(Reason reason, int64_t scheduled_ns,
                       const std::string& body) {
  FailureSample sample;
  sample.reason = reason;
  sample.scheduled_ns = scheduled_ns;
  sample.body = body;
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
    EXPECT_EQ(kept->sample.body, "first");
    EXPECT_EQ(kept->worker, 1u);
    EXPECT_FALSE(failures.Of(Reason::kClockSkew));
  }
}

TEST(FirstFailuresTest, EachInstanceHasItsFirstWithTheBeginningOfItsBody) {
  FirstFailures failures;
  const auto add = [&](uint32_t instance, int64_t scheduled_ns,
                       const std::string& body) {
    FailureSample sample =
        SampleOf(Reason::kSignatureMismatch, scheduled_ns, body);
    sample.instance = instance;
    sample.canonical_request = "POST";
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
    EXPECT_EQ(failure.sample.scheduled_ns, instance == 1 ? 20 : 40);
    EXPECT_EQ(failure.sample.body,
              std::string(kMaxPairBodyBytes, instance == 1 ? 'x' : 'y'));
    EXPECT_EQ(failure.sample.body_cut, instance == 1);
    EXPECT_EQ(failure.sample.canonical_request, "");
    instances.push_back(instance);
  });
  EXPECT_EQ(instances, (std::vector<uint32_t>{0, 1}));
  EXPECT_EQ(failures.Of(Reason::kSignatureMismatch)->sample.body.size(),
            kMaxPairBodyBytes + 1);
}

TEST(FirstFailuresTest, WhatIsKeptOfInstancesIsBounded) {
  FirstFailures failures;
  for (uint32_t i = 0; i < FailureKinds::kMaxPairs + 10; ++i) {
    FailureSample sample = SampleOf(Reason::kForbidden, 1, "");
    sample.instance = FailureKinds::kMaxPairs + 9 - i;
    failures.Add(0, sample);
  }
  uint32_t next = 0;
  failures.ForEachOfInstances(
      [&](uint32_t instance, Reason, const FirstFailures::Failure&) {
        EXPECT_EQ(instance, next++);
      });
  EXPECT_EQ(next, FailureKinds::kMaxPairs);
}

}  // namespace
}  // namespace invocator
