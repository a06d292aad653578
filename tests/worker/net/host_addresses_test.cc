#include "worker/net/host_addresses.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/clock.h"
#include "tests/support/fake_clock.h"
#include "tests/support/look_ups.h"
#include "worker/net/address_turns.h"

namespace invocator {
namespace {

constexpr int64_t kDeadlineNs = 10'000'000'000;

// Until a look-up has been begun for the `count`-th time, or the deadline.
void AwaitAsked(const std::atomic<int>& asked, int count) {
  const SystemSteadyClock clock;
  const int64_t end_ns = clock.NowNs() + kDeadlineNs;
  while (asked < count && clock.NowNs() < end_ns) std::this_thread::yield();
  EXPECT_GE(asked, count);
}

TEST(HostAddressesTest, ANameIsLookedUpOnceInItsTime) {
  FakeSteadyClock clock;
  auto asked = std::make_shared<std::atomic<int>>(0);
  HostAddresses addresses(clock, [asked](const std::string&) {
    // From the second time on, the name is not found.
    return asked->fetch_add(1) == 0 ? std::vector<std::string>{"a"}
                                    : std::vector<std::string>();
  });
  EXPECT_THAT(addresses.Await({"host"}, kDeadlineNs, Never),
              testing::IsEmpty());
  for (int i = 0; i < 100; ++i) addresses.Of("host");
  clock.Advance(HostAddresses::kTtlNs - 1);
  EXPECT_THAT(*addresses.Of("host"), testing::ElementsAre("a"));
  EXPECT_EQ(*asked, 1);
  // What is known serves until something better is.
  clock.Advance(1);
  EXPECT_THAT(*addresses.Of("host"), testing::ElementsAre("a"));
  AwaitAsked(*asked, 2);
  EXPECT_THAT(*addresses.Of("host"), testing::ElementsAre("a"));
}

TEST(HostAddressesTest, ANameThatIsNotFoundIsTriedAgain) {
  FakeSteadyClock clock;
  auto asked = std::make_shared<std::atomic<int>>(0);
  HostAddresses addresses(clock, [asked](const std::string&) {
    return asked->fetch_add(1) == 0 ? std::vector<std::string>()
                                    : std::vector<std::string>{"b"};
  });
  EXPECT_THAT(addresses.Await({"host"}, kDeadlineNs, Never),
              testing::ElementsAre("host"));
  clock.Advance(HostAddresses::kRetryNs - 1);
  EXPECT_THAT(*addresses.Of("host"), testing::IsEmpty());
  EXPECT_EQ(*asked, 1);
  clock.Advance(1);
  addresses.Of("host");
  AwaitAsked(*asked, 2);
  EXPECT_THAT(addresses.Await({"host"}, kDeadlineNs, Never),
              testing::IsEmpty());
  EXPECT_THAT(*addresses.Of("host"), testing::ElementsAre("b"));
}

TEST(HostAddressesTest, ManyAskWhileOneLookUpIsOut) {
  const SystemSteadyClock clock;
  auto asked = std::make_shared<std::atomic<int>>(0);
  auto go_on = std::make_shared<std::atomic<bool>>(false);
  HostAddresses addresses(clock, [asked, go_on](const std::string&) {
    asked->fetch_add(1);
    while (!*go_on) std::this_thread::yield();
    return std::vector<std::string>{"a"};
  });
  EXPECT_THAT(addresses.Await({"host"}, 1, Never),
              testing::ElementsAre("host"));
  EXPECT_THAT(addresses.Await({"host"}, kDeadlineNs, [] { return true; }),
              testing::ElementsAre("host"));
  for (int i = 0; i < 100; ++i) {
    EXPECT_THAT(*addresses.Of("host"), testing::IsEmpty());
  }
  *go_on = true;
  EXPECT_THAT(addresses.Await({"host"}, kDeadlineNs, Never),
              testing::IsEmpty());
  EXPECT_EQ(*asked, 1);
}

TEST(HostAddressesTest, FewLookManyHostsUp) {
  const SystemSteadyClock clock;
  struct Seen {
    std::mutex mutex;
    std::set<std::thread::id> threads;
  };
  auto seen = std::make_shared<Seen>();
  HostAddresses addresses(clock, [seen](const std::string& host) {
    const std::lock_guard lock(seen->mutex);
    seen->threads.insert(std::this_thread::get_id());
    return std::vector<std::string>{host};
  });
  std::vector<std::string> hosts;
  for (int i = 0; i < 1000; ++i) hosts.push_back(absl::StrCat("h", i));
  EXPECT_THAT(addresses.Await(hosts, kDeadlineNs, Never), testing::IsEmpty());
  EXPECT_LE(seen->threads.size(), 16u);
  EXPECT_THAT(*addresses.Of("h999"), testing::ElementsAre("h999"));
}

TEST(AddressTurnsTest, EveryAddressIsFirstInTurnAndEnginesBeginApart) {
  const SystemSteadyClock clock;
  HostAddresses addresses(clock, Always({"a", "b", "c"}));
  addresses.Await({"host"}, kDeadlineNs, Never);
  AddressTurns one(addresses, 0);
  AddressTurns other(addresses, 4);
  EXPECT_THAT(one.Next("host"), testing::ElementsAre("a", "b", "c"));
  EXPECT_THAT(other.Next("host"), testing::ElementsAre("b", "c", "a"));
  EXPECT_THAT(one.Next("host"), testing::ElementsAre("b", "c", "a"));
  EXPECT_THAT(one.Next("host"), testing::ElementsAre("c", "a", "b"));
  EXPECT_THAT(one.Next("host"), testing::ElementsAre("a", "b", "c"));
}

TEST(AddressTurnsTest, FewOfManyAreTriedForOneConnection) {
  const SystemSteadyClock clock;
  std::vector<std::string> all;
  for (int i = 0; i < 100; ++i) all.push_back(absl::StrCat(i));
  HostAddresses addresses(clock, Always(all));
  addresses.Await({"host"}, kDeadlineNs, Never);
  AddressTurns turns(addresses, 98);
  EXPECT_THAT(turns.Next("host"),
              testing::ElementsAre("98", "99", "0", "1", "2", "3", "4", "5"));
  EXPECT_EQ(turns.Next("host").front(), "99");
}

}  // namespace
}  // namespace invocator
