// The send path does not allocate. A program of its own, since it puts itself
// in the place of malloc.
#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "tests/support/invoker_fixture.h"
#include "worker/engine.h"

extern "C" {
void* __libc_malloc(size_t size);
void* __libc_calloc(size_t count, size_t size);
void* __libc_realloc(void* block, size_t size);
}

namespace {
thread_local bool counting = false;
thread_local int allocations = 0;

void Count() {
  if (counting) ++allocations;
}
}  // namespace

extern "C" {
void* malloc(size_t size) {
  Count();
  return __libc_malloc(size);
}
void* calloc(size_t count, size_t size) {
  Count();
  return __libc_calloc(count, size);
}
void* realloc(void* block, size_t size) {
  Count();
  return __libc_realloc(block, size);
}
}

namespace invocator {
namespace {

using Connection = ScriptedServer::Connection;

class SendPathTest : public InvokerFixture {
 protected:
  void Turn(uint64_t sequence, int64_t& ended) {
    Send(sequence);
    const int64_t wanted = ended + 1;
    while (ended < wanted) {
      invoker_->Poll(kDeadlineNs, clock_, [&](const Record& record) {
        ended += record.outcome == Outcome::kOk ? 1 : 1'000'000;
      });
    }
  }
};
INSTANTIATE_TEST_SUITE_P(Direct, SendPathTest,
                         testing::Values(Transport::kDirect));

TEST_P(SendPathTest, ASignedCallOverAWarmConnectionAllocatesNothing) {
  instance().signing = SigningScope{"us-west-1", "execute-api"};
  SetBodies({"{\"n\": 1}", "{\"n\": 2}"});
  Signer signer({"AKID", "secret", "token"});
  Serve(
      [](Connection& connection) {
        while (!connection.ReadRequest().empty()) connection.Send(kOk);
      },
      &signer);
  int64_t ended = 0;
  for (int second = 0; second < 3; ++second) {
    // Once a second, OpenSSL's HMAC takes a few blocks.
    ++wall_.unix_s;
    for (uint64_t i = 0; i < 2; ++i) Turn(i, ended);
    counting = true;
    for (uint64_t i = 0; i < 100; ++i) Turn(i, ended);
    counting = false;
  }
  EXPECT_EQ(ended, 306);
  EXPECT_EQ(allocations, 0);
}

// That the counting counts.
TEST(CountingTest, AnAllocationIsSeen) {
  counting = true;
  const int before = allocations;
  auto block = std::make_unique<std::string>(1'000, 'x');
  counting = false;
  EXPECT_EQ(allocations, before + 2);
  allocations = 0;
}

}  // namespace
}  // namespace invocator
