#include "worker/exchange/credentials_follower.h"

#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/support/plans.h"
#include "worker/exchange/request.h"

namespace invocator {
namespace {

constexpr int64_t kUnixS = 1'700'000'000;

// All three parts carry one number, so that a mixture can be told.
Credentials Keys(int number) {
  return {absl::StrCat("ASIA", number), absl::StrCat("secret", number),
          absl::StrCat("token", number)};
}

class CredentialsFollowerTest : public testing::Test {
 protected:
  CredentialsCell cell_{Keys(0)};
  Signer signer_{Credentials()};
  CredentialsFollower follower_{cell_, signer_};
};

TEST_F(CredentialsFollowerTest, TheSignerHasThoseInUseFromTheStart) {
  EXPECT_EQ(signer_.credentials(), Keys(0));
  const uint64_t generation = signer_.generation();
  follower_.Follow(kUnixS);
  EXPECT_EQ(signer_.generation(), generation);
}

TEST_F(CredentialsFollowerTest, NewOnesAreTakenInANewSecond) {
  follower_.Follow(kUnixS);
  cell_.Set(Keys(1));
  follower_.Follow(kUnixS);
  EXPECT_EQ(signer_.credentials(), Keys(0));
  follower_.Follow(kUnixS + 1);
  EXPECT_EQ(signer_.credentials(), Keys(1));
}

TEST_F(CredentialsFollowerTest, OfManyTheLastAreTaken) {
  for (int i = 1; i <= 5; ++i) cell_.Set(Keys(i));
  follower_.Follow(kUnixS);
  EXPECT_EQ(signer_.credentials(), Keys(5));
}

TEST_F(CredentialsFollowerTest, AClockThatIsSetBackDoesNotStopIt) {
  follower_.Follow(kUnixS);
  cell_.Set(Keys(1));
  follower_.Follow(kUnixS - 3'600);
  EXPECT_EQ(signer_.credentials(), Keys(1));
}

TEST_F(CredentialsFollowerTest, ThreadsNeverSeeAMixture) {
  constexpr int kGenerations = 2'000;
  std::atomic<bool> all_set = false;
  std::vector<std::thread> threads;
  for (int t = 0; t < 3; ++t) {
    threads.emplace_back([&] {
      Signer signer{Credentials()};
      CredentialsFollower follower(cell_, signer);
      int64_t unix_s = kUnixS;
      bool last = false;
      while (!last) {
        last = all_set;
        follower.Follow(unix_s++);
        const Credentials& seen = signer.credentials();
        EXPECT_EQ("secret" + seen.access_key_id.substr(4),
                  seen.secret_access_key);
        EXPECT_EQ("token" + seen.access_key_id.substr(4), seen.session_token);
      }
      // Others may have been at the cell.
      for (int i = 0;
           i < 1'000'000 && signer.credentials() != Keys(kGenerations); ++i) {
        follower.Follow(unix_s++);
      }
      EXPECT_EQ(signer.credentials(), Keys(kGenerations));
    });
  }
  for (int i = 1; i <= kGenerations; ++i) cell_.Set(Keys(i));
  all_set = true;
  for (std::thread& thread : threads) thread.join();
}

TEST_F(CredentialsFollowerTest, ARequestIsStampedWithTheNewOnes) {
  Plan plan = PlanOf({ListInstance("a", {1}, 10)}, 10);
  plan.instances[0].signing = SigningScope{"eu-west-1", "execute-api"};
  InstanceRequest request =
      std::move(PrepareRequests(plan, WholeShares(plan), "", &signer_)[0]);
  request.follower = &follower_;
  EXPECT_NE(request.StampAt(0, kUnixS)->authorization.find("=ASIA0/"),
            std::string::npos);
  cell_.Set(Keys(1));
  EXPECT_NE(request.StampAt(0, kUnixS + 1)->authorization.find("=ASIA1/"),
            std::string::npos);
  EXPECT_EQ(request.signer->credentials().session_token, "token1");
}

}  // namespace
}  // namespace invocator
