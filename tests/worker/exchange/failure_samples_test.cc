#include "worker/exchange/failure_samples.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "common/wire/protocol.h"

namespace invocator {
namespace {

class FailureSamplesTest : public testing::Test {
 protected:
  void Add(Reason reason, int64_t scheduled_ns, const std::string& body = "{}",
           const std::string& date = "", std::vector<Header> headers = {},
           uint32_t instance = 0, const std::string& detail = "") {
    Record record;
    record.reason = reason;
    record.instance = instance;
    record.scheduled_ns = scheduled_ns;
    ResponseFacts facts;
    facts.status = 403;
    facts.date.Set(date);
    KeptBody kept;
    kept.Begin(8192);
    kept.Add(body);
    InstanceRequest request;
    request.instance = &instance_;
    request.headers = std::move(headers);
    samples_.Add(record, {facts, kept, request, 0, 0, 1'700'000'000, detail});
  }
  FailureSample TakeOne() {
    const auto taken = samples_.Take();
    EXPECT_EQ(taken.size(), 1u);
    return taken.empty() ? FailureSample() : taken[0];
  }

  InstancePlan instance_;
  FailureSamples samples_;
};

TEST_F(FailureSamplesTest, WhatIsOkIsNoFailure) {
  Add(Reason::kNone, 1);
  EXPECT_TRUE(samples_.Take().empty());
}

TEST_F(FailureSamplesTest, LaterOnesOfAKindAreLetGo) {
  Add(Reason::kForbidden, 10);
  Add(Reason::kForbidden, 11);
  Add(Reason::kRateExceeded, 11);
  EXPECT_EQ(samples_.Take().size(), 2u);
  Add(Reason::kForbidden, 12);
  EXPECT_TRUE(samples_.Take().empty());
  Add(Reason::kForbidden, 9);
  EXPECT_EQ(TakeOne().scheduled_ns, 9);
}

TEST_F(FailureSamplesTest, EarlierAndEarlierOnesDoNotPileUp) {
  for (int64_t i = 0; i < 10'000; ++i) Add(Reason::kForbidden, -i);
  EXPECT_LT(samples_.Take().size(), 2'000u);
}

TEST_F(FailureSamplesTest, EachInstanceHasItsFirstWithLessOfItsBody) {
  Add(Reason::kForbidden, 1, std::string(5'000, 'x'));
  EXPECT_EQ(TakeOne().body.size(), kMaxFailureBodyBytes);
  Add(Reason::kForbidden, 2, std::string(5'000, 'x'), "", {}, 1);
  const FailureSample sample = TakeOne();
  EXPECT_EQ(sample.instance, 1u);
  EXPECT_EQ(sample.body.size(), kMaxPairBodyBytes);
  EXPECT_TRUE(sample.body_cut);
}

TEST_F(FailureSamplesTest, WhatTheTransportMetIsBoundedAndMasked) {
  Add(Reason::kMalformedAnswer, 1, "", "", {{"X-Api-Key", "ab/cd+efgh"}}, 0,
      "after ab/cd+efgh" + std::string(500, 'x'));
  const std::string detail = TakeOne().detail;
  EXPECT_EQ(detail.size(), kMaxFailureDetailBytes);
  EXPECT_EQ(detail.substr(0, 14), "after (secret)");
}

TEST_F(FailureSamplesTest, ADateIsComparedWithTheClock) {
  Add(Reason::kClockSkew, 1, "{}", "Tue, 14 Nov 2023 22:13:10 GMT");
  const FailureSample sample = TakeOne();
  EXPECT_EQ(sample.date_ahead_s, -10);
}

TEST_F(FailureSamplesTest, WhatIsNoDateIsNone) {
  int64_t scheduled_ns = 100;
  for (const char* date : {"", "yesterday", "Tue, 14 Nov 2023 22:13:10",
                           "Tue, 14 Nov 9999 22:13:10 GMT"}) {
    Add(Reason::kClockSkew, --scheduled_ns, "{}", date);
    EXPECT_FALSE(TakeOne().date_ahead_s) << date;
  }
}

TEST_F(FailureSamplesTest, AnEchoOfSecretHeadersIsHidden) {
  Add(Reason::kForbidden, 1,
      R"(x-api-key:ab/cd+efgh\nkey=ab%2Fcd%2Befgh "ab\/cd+efgh" plain-value)",
      "", {{"X-Api-Key", "ab/cd+efgh"}, {"X-Plain", "plain-value"}});
  EXPECT_EQ(TakeOne().body,
            "x-api-key:(secret)\\nkey=(secret) \"(secret)\" plain-value");
}

TEST_F(FailureSamplesTest, WhatCameFromAVariableIsHiddenUnderAnyName) {
  instance_.header_variables = {
      {"X-Plain", "A"}, {"X-Short", "B"}, {"X-Tiny", "C"}};
  Add(Reason::kForbidden, 1, "plain-value 1234 xyz", "",
      {{"X-Plain", "plain-value"}, {"X-Short", "1234"}, {"X-Tiny", "xyz"}});
  EXPECT_EQ(TakeOne().body, "(secret) (secret) xyz");
}

TEST_F(FailureSamplesTest, ASecretIsHiddenWithoutItsSchemeToo) {
  Add(Reason::kForbidden, 1,
      "no such token: abcd.efgh; Bearer abcd.efgh; short", "",
      {{"Authorization", "Bearer abcd.efgh"}, {"X-Key", "Basic short"}});
  EXPECT_EQ(TakeOne().body, "no such token: (secret); (secret); short");
}

TEST_F(FailureSamplesTest, ADateOfNoTimeIsNone) {
  Add(Reason::kClockSkew, 1, "{}", "infinite-past");
  EXPECT_FALSE(TakeOne().date_ahead_s);
}

TEST_F(FailureSamplesTest, BodiesAreBoundedAfterMasking) {
  const std::string token(5'000, 't');
  Add(Reason::kForbidden, 2, "x-amz-security-token:" + token + "\nend");
  EXPECT_EQ(TakeOne().body, "x-amz-security-token:(session token)\nend");
  Add(Reason::kForbidden, 1, std::string(8'000, 'x'));
  const FailureSample sample = TakeOne();
  EXPECT_EQ(sample.body.size(), kMaxFailureBodyBytes);
  EXPECT_TRUE(sample.body_cut);
}

}  // namespace
}  // namespace invocator
