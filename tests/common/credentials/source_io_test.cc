#include "common/credentials/source_io.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/support/fake_source_io.h"

namespace invocator {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class FetchPatientlyTest : public testing::Test {
 protected:
  absl::StatusOr<HttpResponse> Fetch(int attempts) {
    HttpRequest request;
    request.url = "http://h:1/path?secret=1";
    return FetchPatiently(world_.io(), request, attempts, absl::Seconds(2),
                          IsTransientStatus);
  }

  const std::string what_ = "GET http://h:1/path?secret=1";
  FakeSourceIo world_;
};

TEST_F(FetchPatientlyTest, WhatSucceedsAtOnceNeedsNoWords) {
  world_.Respond(what_, 200, "{}");
  EXPECT_TRUE(Fetch(3).ok());
  EXPECT_THAT(world_.requests, SizeIs(1));
  EXPECT_THAT(world_.said, IsEmpty());
}

TEST_F(FetchPatientlyTest, SaysOnceWhatIsTriedAgainAndWhy) {
  world_.Refuse(what_, absl::UnavailableError("cannot reach http://h:1"));
  EXPECT_TRUE(absl::IsUnavailable(Fetch(3).status()));
  EXPECT_THAT(world_.requests, SizeIs(3));
  EXPECT_THAT(world_.pauses, ElementsAre(absl::Seconds(2), absl::Seconds(2)));
  EXPECT_THAT(world_.said,
              ElementsAre("credentials: cannot reach http://h:1; trying "
                          "again, at most 2 times"));
}

TEST_F(FetchPatientlyTest, NamesTheHostOfABadAnswerAndNoMore) {
  for (const int status : {429, 500, 503}) {
    world_.Respond(what_, status, "");
    world_.said.clear();
    EXPECT_EQ(Fetch(2)->status, status);
    EXPECT_THAT(world_.said, ElementsAre(absl::StrCat(
                                 "credentials: http://h:1 answered ", status,
                                 "; trying again, at most 1 time")));
  }
}

TEST_F(FetchPatientlyTest, AnAnswerThatWouldStayTheSameIsTakenAsItIs) {
  for (const int status : {200, 400, 403, 428, 430, 499}) {
    world_.Respond(what_, status, "");
    EXPECT_EQ(Fetch(3)->status, status);
  }
  EXPECT_THAT(world_.requests, SizeIs(6));
  world_.Refuse(what_, absl::FailedPreconditionError("certificate"));
  EXPECT_FALSE(Fetch(3).ok());
  EXPECT_THAT(world_.requests, SizeIs(7));
  world_.Refuse(what_, absl::DeadlineExceededError("late"));
  EXPECT_FALSE(Fetch(2).ok());
  EXPECT_THAT(world_.requests, SizeIs(9));
  EXPECT_THAT(world_.said, SizeIs(1));
}

TEST_F(FetchPatientlyTest, OneAttemptIsOne) {
  world_.Respond(what_, 500, "");
  EXPECT_EQ(Fetch(1)->status, 500);
  EXPECT_THAT(world_.requests, SizeIs(1));
  EXPECT_THAT(world_.said, IsEmpty());
}

}  // namespace
}  // namespace invocator
