#include "common/credentials/credentials_refresher.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

namespace invocator {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::chrono::seconds kDeadline{10};
const absl::Time kStart = absl::FromUnixSeconds(1'700'000'000);

Credentials Keys(int number) {
  return {absl::StrCat("ASIAEXAMPLE", number), "hush", "token"};
}

// A refresher whose source answers from a queue, and whose clock moves when
// told to.
class CredentialsRefresherTest : public testing::Test {
 protected:
  void Start(absl::Duration life) {
    ChosenCredentials chosen;
    chosen.source.name = "a source";
    chosen.source.fetch = [this](const GiveUp& give_up) {
      return Fetch(give_up);
    };
    chosen.found = {Keys(0), kStart + life};
    RefresherOptions options;
    options.now = [this] {
      const std::lock_guard lock(mutex_);
      ++looks_;
      changed_.notify_all();
      return now_;
    };
    options.tell = [this](RefreshNews news, const std::string& words) {
      const std::lock_guard lock(mutex_);
      told_.emplace_back(news, words);
      changed_.notify_all();
    };
    options.look_every = absl::Milliseconds(1);
    refresher_.emplace(std::move(chosen), std::move(options));
  }

  absl::StatusOr<FoundCredentials> Fetch(const GiveUp& give_up) {
    std::unique_lock lock(mutex_);
    ++fetches_;
    looks_ = 0;
    changed_.notify_all();
    while (answers_.empty()) {  // a source that hangs
      if (give_up()) return absl::CancelledError("given up");
      changed_.wait_for(lock, std::chrono::milliseconds(1));
    }
    auto answer = answers_.front();
    answers_.pop_front();
    return answer;
  }

  void Answer(absl::StatusOr<FoundCredentials> answer) {
    const std::lock_guard lock(mutex_);
    answers_.push_back(std::move(answer));
  }
  void SetTime(absl::Duration since_start) {
    const std::lock_guard lock(mutex_);
    now_ = kStart + since_start;
  }
  // What was told by then, or the deadline.
  std::vector<std::pair<RefreshNews, std::string>> AwaitNews(size_t count) {
    std::unique_lock lock(mutex_);
    EXPECT_TRUE(changed_.wait_for(lock, kDeadline,
                                  [&] { return told_.size() >= count; }));
    return told_;
  }
  void AwaitFetches(int count) {
    std::unique_lock lock(mutex_);
    EXPECT_TRUE(
        changed_.wait_for(lock, kDeadline, [&] { return fetches_ >= count; }));
  }
  // So many were fetched, and the time was looked at since.
  void AwaitDated(int count) {
    std::unique_lock lock(mutex_);
    EXPECT_TRUE(changed_.wait_for(
        lock, kDeadline, [&] { return fetches_ >= count && looks_ > 0; }));
  }
  int fetches() {
    const std::lock_guard lock(mutex_);
    return fetches_;
  }
  Credentials InUse() {
    uint64_t generation;
    return refresher_->cell().Get(generation);
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  absl::Time now_ = kStart;
  std::deque<absl::StatusOr<FoundCredentials>> answers_;
  std::vector<std::pair<RefreshNews, std::string>> told_;
  int fetches_ = 0;
  int looks_ = 0;  // at the clock, since the last fetch
  std::optional<CredentialsRefresher> refresher_;  // ends first
};

TEST_F(CredentialsRefresherTest, TheFirstCredentialsAreInUseAtOnce) {
  Start(absl::Hours(1));
  EXPECT_EQ(InUse(), Keys(0));
}

TEST_F(CredentialsRefresherTest, TheyAreRenewedWhenItIsTimeAndNotBefore) {
  Answer(FoundCredentials{Keys(1), kStart + absl::Hours(2)});
  Answer(FoundCredentials{Keys(2), kStart + absl::Hours(3)});
  Start(absl::Hours(1));
  SetTime(absl::Minutes(44));
  EXPECT_EQ(fetches(), 0);
  SetTime(absl::Minutes(45));
  const auto news = AwaitNews(1);
  EXPECT_EQ(news[0].first, RefreshNews::kRenewed);
  EXPECT_THAT(
      news[0].second,
      AllOf(HasSubstr("a source"), HasSubstr("ASIA...PLE1"),
            HasSubstr("until 2023-11-15T00:13:20"), Not(HasSubstr("hush"))));
  EXPECT_EQ(InUse(), Keys(1));
  SetTime(absl::Minutes(105));
  AwaitNews(2);
  EXPECT_EQ(InUse(), Keys(2));
}

TEST_F(CredentialsRefresherTest, OnFailureTheOldOnesAreKept) {
  Answer(absl::UnavailableError("no answer"));
  Start(absl::Hours(1));
  SetTime(absl::Minutes(46));
  const auto news = AwaitNews(1);
  EXPECT_EQ(news[0].first, RefreshNews::kNotRenewed);
  EXPECT_THAT(news[0].second,
              AllOf(HasSubstr("no answer"),
                    HasSubstr("good until 2023-11-14T23:13:20")));
  EXPECT_EQ(InUse(), Keys(0));
  // And tried again.
  Answer(FoundCredentials{Keys(1), kStart + absl::Hours(2)});
  SetTime(absl::Minutes(47));
  EXPECT_EQ(AwaitNews(2)[1].first, RefreshNews::kRenewed);
  EXPECT_EQ(InUse(), Keys(1));
}

TEST_F(CredentialsRefresherTest, AfterTheirExpiryItSaysSoAndGoesOnTrying) {
  Answer(absl::UnavailableError("no answer"));
  Start(absl::Hours(1));
  SetTime(absl::Hours(1));
  const auto news = AwaitNews(1);
  EXPECT_EQ(news[0].first, RefreshNews::kExpired);
  EXPECT_THAT(news[0].second, HasSubstr("expired at"));
  Answer(FoundCredentials{Keys(1), kStart + absl::Hours(9)});
  SetTime(absl::Hours(2));
  EXPECT_EQ(AwaitNews(2)[1].first, RefreshNews::kRenewed);
  EXPECT_EQ(InUse(), Keys(1));
}

TEST_F(CredentialsRefresherTest, TheSameCredentialsAgainAreNoNews) {
  Answer(FoundCredentials{Keys(0), kStart + absl::Hours(2)});
  Answer(FoundCredentials{Keys(1), kStart + absl::Hours(3)});
  Start(absl::Hours(1));
  SetTime(absl::Minutes(45));
  AwaitDated(1);
  SetTime(absl::Minutes(105));
  EXPECT_EQ(AwaitNews(1).size(), 1u);
  EXPECT_EQ(InUse(), Keys(1));
  uint64_t generation;
  refresher_->cell().Get(generation);
  EXPECT_EQ(generation, 2u);
}

TEST_F(CredentialsRefresherTest, ItsEndDoesNotWaitForASourceThatHangs) {
  Start(absl::Hours(1));
  SetTime(absl::Minutes(46));
  AwaitFetches(1);
  refresher_.reset();
  EXPECT_TRUE(told_.empty());
}

TEST_F(CredentialsRefresherTest, WhatIsGoodForEverIsNeverAskedForAgain) {
  ChosenCredentials chosen;
  chosen.source.fetch = [this](const GiveUp& give_up) {
    return Fetch(give_up);
  };
  chosen.found.credentials = Keys(0);
  refresher_.emplace(std::move(chosen), RefresherOptions());
  EXPECT_EQ(InUse(), Keys(0));
  refresher_.reset();
  EXPECT_EQ(fetches(), 0);
}

}  // namespace
}  // namespace invocator
