#include "coordinator/first_failures.h"

#include <gtest/gtest.h>

#include <array>
#include <functional>
#include <string>

#include "common/protocol.h"

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

TEST(FirstFailuresTest, WhatCannotBeIsRefused) {
  const wire::FailureSample good = SampleOf(Reason::kForbidden, 1, "{}");
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
