#include "common/wire/progress_codec.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "common/wire/protocol.h"
#include "proto/fleet.pb.h"

namespace invocator {
namespace {

TEST(ProgressCodecTest, FailuresComeBackAsTheyWere) {
  FailureSample sent;
  sent.reason = Reason::kSignatureMismatch;
  sent.instance = 3;
  sent.sequence = uint64_t{1} << 40;
  sent.scheduled_ns = 5'000'000'000;
  sent.status = 403;
  sent.error_type = "InvalidSignatureException";
  sent.body = std::string("{\0}", 3);
  sent.body_cut = true;
  sent.canonical_request = "POST\n/";
  sent.date_ahead_s = -301;
  sent.detail = "d";
  wire::Progress progress;
  ProgressWriter writer = progress;
  writer.AddFailure(sent);
  FailureSample bare;
  bare.reason = Reason::kForbidden;
  writer.AddFailure(bare);
  const auto failures = ProgressReader(progress).Failures(4);
  ASSERT_TRUE(failures.ok()) << failures.status();
  ASSERT_EQ(failures->size(), 2u);
  const FailureSample& got = failures->front();
  EXPECT_EQ(got.reason, sent.reason);
  EXPECT_EQ(got.instance, sent.instance);
  EXPECT_EQ(got.sequence, sent.sequence);
  EXPECT_EQ(got.scheduled_ns, sent.scheduled_ns);
  EXPECT_EQ(got.status, sent.status);
  EXPECT_EQ(got.error_type, sent.error_type);
  EXPECT_EQ(got.body, sent.body);
  EXPECT_TRUE(got.body_cut);
  EXPECT_EQ(got.canonical_request, sent.canonical_request);
  EXPECT_EQ(got.date_ahead_s, -301);
  EXPECT_EQ(got.detail, sent.detail);
  EXPECT_FALSE(failures->back().date_ahead_s.has_value());
  EXPECT_FALSE(failures->back().body_cut);
}

TEST(ProgressCodecTest, AFailureThatCannotBeIsRefused) {
  wire::Progress progress;
  wire::FailureSample& sample = *progress.add_failures();
  wire::FailureSample good;
  good.set_reason(static_cast<uint32_t>(Reason::kForbidden));
  good.set_scheduled_ns(1);
  good.set_body("{}");
  good.set_detail(std::string(kMaxFailureDetailBytes, 'x'));
  sample = good;
  ASSERT_TRUE(ProgressReader(progress).Failures(1).ok());
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
    sample = good;
    spoil(sample);
    EXPECT_TRUE(
        absl::IsInvalidArgument(ProgressReader(progress).Failures(1).status()))
        << sample.SerializeAsString().size();
  }
}

}  // namespace
}  // namespace invocator
