// The stamp of sending, checked against the kernel's own: what is said to be
// sent has not left before, and has left before its answer came. Order alone is
// asserted; by how much the stamps differ is for the benchmark to say.
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>

#include "tests/support/invoker_fixture.h"
#include "tests/support/transmit_stamps.h"

namespace invocator {
namespace {

// The wall clock may be slewed by 500 ppm while a stamp is some 10 ms old.
constexpr int64_t kSlewNs = 5'000;

class SendStampTest : public InvokerFixture {};
INSTANTIATE_TEST_SUITE_P(Direct, SendStampTest,
                         testing::Values(Transport::kDirect, Transport::kUring),
                         TransportName);

TEST_P(SendStampTest, ACallLeavesAfterItsStampAndBeforeItsFirstByte) {
  SetBodies({std::string(100, 'x')});
  for (uint64_t i = 0; i < 5; ++i) {
    // A stamp that waits to be read ends a connection: one for each call.
    Answer(kOk);
    ASSERT_TRUE(Warm(1).ok());
    std::optional<TransmitStamps> stamps =
        TransmitStamps::Watch(server_->url());
    if (!stamps) GTEST_SKIP() << "this kernel has no SO_TIMESTAMPING";
    const Record record = SendAndAwait(i);
    EXPECT_EQ(record.outcome, Outcome::kOk);
    EXPECT_FALSE(record.new_connection);
    const auto left = stamps->Take(clock_);
    if (!left) GTEST_SKIP() << "this kernel does not stamp what it transmits";
    EXPECT_GE(left->to_ns + kSlewNs, record.sent_ns);
    EXPECT_LE(left->from_ns - kSlewNs, record.first_byte_ns);
  }
}

// That the stamps are of what was sent, and not of anything else.
TEST_P(SendStampTest, WhatWasNotSentHasNoStamp) {
  Answer(kOk);
  ASSERT_TRUE(Warm(1).ok());
  std::optional<TransmitStamps> stamps = TransmitStamps::Watch(server_->url());
  if (!stamps) GTEST_SKIP() << "this kernel has no SO_TIMESTAMPING";
  EXPECT_FALSE(stamps->Take(clock_));
}

}  // namespace
}  // namespace invocator
