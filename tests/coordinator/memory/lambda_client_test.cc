#include "coordinator/memory/lambda_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "tests/support/fake_lambda.h"

namespace invocator {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Le;
using ::testing::SizeIs;

const LambdaFunction kFunction{"f", "us-west-1"};
constexpr char kUrl[] = "http://127.0.0.1:9000";

class LambdaClientTest : public ::testing::Test {
 protected:
  LambdaClientTest() { lambda_.functions["f"] = {}; }

  LambdaClient Client() { return LambdaClient(lambda_.System(), kUrl); }
  // Whatever the revision, as somebody who did not read it.
  absl::StatusOr<FunctionConfiguration> Set(LambdaClient& client,
                                            uint32_t memory_mb) {
    return client.SetMemory(kFunction, memory_mb, "").configuration;
  }
  // As often as `client` thinks fit.
  absl::Status Change(LambdaClient& client, uint32_t memory_mb) {
    const auto found = client.Get(kFunction);
    if (!found.ok()) return found.status();
    return client.Change(
        kFunction, *found, [&](const FunctionConfiguration& read) {
          return client.SetMemory(kFunction, memory_mb, read.revision)
              .configuration.status();
        });
  }
  absl::Duration Elapsed() const {
    return absl::Nanoseconds(lambda_.now_ns - 1'000'000'000);
  }

  FakeLambda lambda_;
};

TEST_F(LambdaClientTest, ReadsAndSets) {
  LambdaClient client = Client();
  EXPECT_EQ(client.Get(kFunction)->memory_mb, 128u);
  EXPECT_EQ(Set(client, 256)->memory_mb, 256u);
  EXPECT_EQ(client.Get(kFunction)->memory_mb, 256u);
  EXPECT_THAT(lambda_.calls, ElementsAre("GET f", "PUT f 256", "GET f"));
  EXPECT_THAT(lambda_.sleeps, SizeIs(0));
}

TEST_F(LambdaClientTest, ConflictOfFiveSecondsIsWaitedOut) {
  lambda_.functions["f"].busy_until_ns = lambda_.now_ns + 5'000'000'000;
  LambdaClient client = Client();
  const absl::Status status = Change(client, 256);
  ASSERT_TRUE(status.ok()) << status;
  EXPECT_EQ(lambda_.functions["f"].memory_mb, 256u);
  EXPECT_GE(Elapsed(), absl::Seconds(5));
  EXPECT_LE(Elapsed(), absl::Seconds(7));
  EXPECT_EQ(lambda_.calls.back(), "PUT f 256");
}

TEST_F(LambdaClientTest, UpdateInProgressWithoutEndIsNotWaitedForForever) {
  lambda_.functions["f"].busy_until_ns = INT64_MAX;
  LambdaClient client = Client();
  EXPECT_TRUE(absl::IsDeadlineExceeded(Change(client, 256)));
  EXPECT_GE(Elapsed(), LambdaClient::kSettleTimeout);
  EXPECT_LE(Elapsed(), LambdaClient::kSettleTimeout + absl::Seconds(2));
}

TEST_F(LambdaClientTest, ConflictWithoutEndIsNotWaitedForForever) {
  lambda_.on_call = [this](const std::string& call) {
    if (call != "PUT f 256") return;
    lambda_.next = {AwsError(409, "ResourceConflictException", "not now")};
  };
  LambdaClient client = Client();
  const absl::Status status = Change(client, 256);
  EXPECT_TRUE(absl::IsAborted(status));
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("409 ResourceConflictException: not now"));
  EXPECT_GE(Elapsed(), LambdaClient::kSettleTimeout);
  EXPECT_LE(Elapsed(), LambdaClient::kSettleTimeout + absl::Seconds(2));
}

TEST_F(LambdaClientTest, ChangeOfAnotherRevisionIsRefusedAndReadAnew) {
  LambdaClient client = Client();
  const auto old = client.Get(kFunction);
  lambda_.Change("f", 512);
  const MemoryAnswer late = client.SetMemory(kFunction, 256, old->revision);
  EXPECT_TRUE(absl::IsAborted(late.configuration.status()));
  EXPECT_FALSE(late.may_be_made);
  EXPECT_EQ(lambda_.functions["f"].memory_mb, 512u);
  bool came_between = false;
  lambda_.on_call = [&](const std::string& call) {
    if (call == "PUT f 256" && !std::exchange(came_between, true)) {
      lambda_.Change("f", 1024);
    }
  };
  EXPECT_TRUE(Change(client, 256).ok());
  EXPECT_EQ(lambda_.functions["f"].memory_mb, 256u);
}

TEST_F(LambdaClientTest, KnowsWhetherAChangeMayBeMade) {
  const HttpResponse refused = AwsError(403, "AccessDeniedException", "no");
  const HttpResponse throttled = AwsError(429, "TooManyRequestsException", "");
  const struct {
    std::deque<absl::StatusOr<HttpResponse>> answers;
    bool may_be_made;
  } kRows[] = {
      {{refused}, false},
      {{throttled, refused}, false},
      {{AwsError(412, "PreconditionFailedException", "")}, false},
      {{absl::UnavailableError("cut"), refused}, true},
      {{AwsError(500, "ServiceException", ""), refused}, true},
      {{AwsError(302, "", "")}, true},
      {{}, true},
  };
  for (const auto& [answers, may_be_made] : kRows) {
    lambda_.next = answers;
    LambdaClient client = Client();
    EXPECT_EQ(client.SetMemory(kFunction, 256, "").may_be_made, may_be_made);
  }
}

TEST_F(LambdaClientTest, WhatMayPassIsTriedAgainWithJitter) {
  lambda_.jitter = 0.25;
  lambda_.next = {AwsError(429, "TooManyRequestsException", "Rate exceeded"),
                  AwsError(500, "ServiceException", ""),
                  AwsError(503, "ServiceUnavailable", ""),
                  absl::UnavailableError("connection refused"),
                  absl::DeadlineExceededError("no answer")};
  LambdaClient client = Client();
  EXPECT_TRUE(client.Get(kFunction).ok());
  EXPECT_THAT(lambda_.calls, SizeIs(6));
  EXPECT_THAT(
      lambda_.sleeps,
      ElementsAre(absl::Milliseconds(250), absl::Milliseconds(500),
                  absl::Seconds(1), absl::Seconds(2), absl::Seconds(4)));
  // Once, with the first reason.
  EXPECT_THAT(lambda_.said,
              ElementsAre("reading the configuration of f (us-west-1): 429 "
                          "TooManyRequestsException: Rate exceeded; trying "
                          "again, at most 7 times"));
}

TEST_F(LambdaClientTest, NothingIsSaidOfWhatSucceedsOrIsNotTriedAgain) {
  LambdaClient client = Client();
  EXPECT_TRUE(client.Get(kFunction).ok());
  lambda_.next = {AwsError(403, "AccessDeniedException", "no")};
  EXPECT_FALSE(client.Get(kFunction).ok());
  EXPECT_THAT(lambda_.said, SizeIs(0));
}

TEST_F(LambdaClientTest, TryingAgainHasAnEnd) {
  for (int i = 0; i < 100; ++i) {
    lambda_.next.push_back(
        AwsError(429, "TooManyRequestsException", "Rate exceeded"));
  }
  LambdaClient client = Client();
  const auto got = client.Get(kFunction);
  EXPECT_TRUE(absl::IsResourceExhausted(got.status()));
  EXPECT_THAT(std::string(got.status().message()),
              HasSubstr("reading the configuration of f (us-west-1): 429 "
                        "TooManyRequestsException: Rate exceeded (8 "
                        "attempts)"));
  EXPECT_THAT(lambda_.calls, SizeIs(LambdaClient::kAttempts));
  EXPECT_THAT(lambda_.sleeps, Each(Le(absl::Seconds(20))));
}

TEST_F(LambdaClientTest, RetryAfterIsHeededButBounded) {
  HttpResponse soon = AwsError(429, "TooManyRequestsException", "");
  soon.headers.emplace_back("retry-after", "3");
  HttpResponse late = soon;
  late.headers.back().second = "999999999999";
  lambda_.next = {soon, late};
  LambdaClient client = Client();
  EXPECT_TRUE(client.Get(kFunction).ok());
  EXPECT_THAT(lambda_.sleeps, ElementsAre(absl::Seconds(3), absl::Seconds(20)));
}

TEST_F(LambdaClientTest, RefusalsAreNotTriedAgainAndQuoteAws) {
  const struct {
    HttpResponse response;
    absl::StatusCode code;
    const char* words;
  } kRows[] = {
      {AwsError(403, "AccessDeniedException",
                "User: arn:aws:iam::1:user/u is not authorized to perform: "
                "lambda:GetFunctionConfiguration on resource: f"),
       absl::StatusCode::kPermissionDenied,
       "403 AccessDeniedException: User: arn:aws:iam::1:user/u is not "
       "authorized"},
      {AwsError(404, "ResourceNotFoundException", "Function not found: f"),
       absl::StatusCode::kNotFound, "404 ResourceNotFoundException"},
      {AwsError(400, "ValidationException",
                "'MemorySize' value failed to satisfy constraint: Member must "
                "have value less than or equal to 3008"),
       absl::StatusCode::kInvalidArgument, "'MemorySize' value failed"},
      {AwsError(302, "", "elsewhere"), absl::StatusCode::kUnimplemented,
       "302: elsewhere"},
  };
  for (const auto& [response, code, words] : kRows) {
    lambda_.next = {response};
    lambda_.calls.clear();
    LambdaClient client = Client();
    const auto got = client.Get(kFunction);
    EXPECT_EQ(got.status().code(), code);
    EXPECT_THAT(std::string(got.status().message()), HasSubstr(words));
    EXPECT_THAT(lambda_.calls, SizeIs(1));
  }
}

TEST_F(LambdaClientTest, WaitsForAnUpdateToSettle) {
  lambda_.update_delay = absl::Seconds(3);
  LambdaClient client = Client();
  const auto set = Set(client, 256);
  ASSERT_TRUE(set.ok());
  EXPECT_TRUE(client.Confirm(kFunction, *set, 256).ok());
  EXPECT_GE(Elapsed(), absl::Seconds(3));
  EXPECT_LE(Elapsed(), absl::Seconds(5));
  // Looks soon, then about once a second.
  EXPECT_EQ(lambda_.sleeps.front(), absl::Milliseconds(200));
  EXPECT_THAT(lambda_.sleeps, Each(Le(absl::Seconds(1))));
}

TEST_F(LambdaClientTest, UpdateWithoutEndIsADeadline) {
  lambda_.update_delay = absl::Hours(1);
  LambdaClient client = Client();
  const auto set = Set(client, 256);
  const absl::Status status = client.Confirm(kFunction, *set, 256).status();
  EXPECT_TRUE(absl::IsDeadlineExceeded(status)) << status;
  EXPECT_LE(Elapsed(), LambdaClient::kSettleTimeout + absl::Seconds(3));
}

TEST_F(LambdaClientTest, OldSizeThatIsStillReadIsNotTakenForTheNewOne) {
  LambdaClient client = Client();
  const auto old = client.Get(kFunction);
  int reads = 0;
  lambda_.on_call = [&](const std::string&) {
    if (++reads == 3) lambda_.Change("f", 256);
  };
  EXPECT_TRUE(client.Confirm(kFunction, *old, 256).ok());
  EXPECT_EQ(reads, 3);
}

TEST_F(LambdaClientTest, UpdateThatFailsSaysWhy) {
  lambda_.update_delay = absl::Seconds(1);
  lambda_.functions["f"].failure = "no capacity";
  LambdaClient client = Client();
  const auto set = Set(client, 256);
  const absl::Status status = client.Confirm(kFunction, *set, 256).status();
  EXPECT_TRUE(absl::IsInternal(status));
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("InternalError no capacity"));
}

TEST_F(LambdaClientTest, GivingUpEndsEveryWait) {
  LambdaClient client = Client();
  const auto give_up_soon = [this] {
    lambda_.give_up_ns = lambda_.now_ns + 1'000'000'000;
  };
  lambda_.functions["f"].busy_until_ns = INT64_MAX;
  give_up_soon();
  EXPECT_TRUE(absl::IsCancelled(Change(client, 256)));
  give_up_soon();
  const auto configuration = client.Get(kFunction);
  EXPECT_TRUE(
      absl::IsCancelled(client.Confirm(kFunction, *configuration, 1).status()));
  give_up_soon();
  lambda_.next.assign(3, AwsError(500, "ServiceException", ""));
  EXPECT_TRUE(absl::IsCancelled(client.Get(kFunction).status()));
  EXPECT_LE(Elapsed(), absl::Seconds(4));
  // Nothing more is begun, so nothing may be made.
  const size_t calls = lambda_.calls.size();
  const MemoryAnswer answer = client.SetMemory(kFunction, 256, "");
  EXPECT_TRUE(absl::IsCancelled(answer.configuration.status()));
  EXPECT_FALSE(answer.may_be_made);
  EXPECT_THAT(lambda_.calls, SizeIs(calls));
}

TEST_F(LambdaClientTest, CredentialsAreAskedForEachTime) {
  int asked = 0;
  LambdaSystem system = lambda_.System();
  system.credentials = [&asked]() -> absl::StatusOr<Credentials> {
    ++asked;
    if (asked == 3) return absl::FailedPreconditionError("no credentials");
    return Credentials{absl::StrCat("KEY", asked), "s", "token"};
  };
  LambdaClient client(system, kUrl);
  EXPECT_TRUE(client.Get(kFunction).ok());
  EXPECT_TRUE(client.Get(kFunction).ok());
  const auto authorization = [&](size_t i) {
    for (const auto& [name, value] : lambda_.requests[i].headers) {
      if (name == "authorization") return value;
    }
    return std::string();
  };
  EXPECT_THAT(authorization(0), HasSubstr("Credential=KEY1/"));
  EXPECT_THAT(authorization(1), HasSubstr("Credential=KEY2/"));
  EXPECT_THAT(std::string(client.Get(kFunction).status().message()),
              HasSubstr("no credentials"));
}

}  // namespace
}  // namespace invocator
