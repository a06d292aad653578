#include "worker/exchange/response.h"

#include <gtest/gtest.h>

#include <initializer_list>

#include "worker/exchange/answer_judge.h"

namespace invocator {
namespace {

Outcome OutcomeOfLines(std::initializer_list<absl::string_view> lines) {
  ResponseFacts facts;
  for (absl::string_view line : lines) AddHeaderLine(line, nullptr, facts);
  return OutcomeOf(ReasonOf(facts, "", {}));
}

TEST(ResponseTest, StatusDecidesWhereNoGatewaySpeaks) {
  EXPECT_EQ(OutcomeOfLines({"HTTP/1.1 200 OK\r\n"}), Outcome::kOk);
  EXPECT_EQ(OutcomeOfLines({"HTTP/2 204 \r\n"}), Outcome::kOk);
  EXPECT_EQ(OutcomeOfLines({"HTTP/1.1 302 Found\r\n"}), Outcome::kHttpError);
  EXPECT_EQ(OutcomeOfLines({"HTTP/1.1 401 X\r\n"}), Outcome::kAuthError);
  EXPECT_EQ(OutcomeOfLines({"HTTP/1.1 403 X\r\n"}), Outcome::kAuthError);
  EXPECT_EQ(OutcomeOfLines({"HTTP/1.1 429 X\r\n"}), Outcome::kThrottled);
  EXPECT_EQ(OutcomeOfLines({"HTTP/1.1 500 X\r\n"}), Outcome::kHttpError);
  EXPECT_EQ(OutcomeOfLines({"HTTP/1.1 502 X\r\n"}), Outcome::kHttpError);
  EXPECT_EQ(OutcomeOfLines({"HTTP/1.1 503 X\r\n"}), Outcome::kHttpError);
}

TEST(ResponseTest, GatewaysSayThrottledInOtherWords) {
  EXPECT_EQ(OutcomeOfLines({"HTTP/1.1 500 X\r\n",
                            "x-amzn-ErrorType: InternalServerErrorException"}),
            Outcome::kThrottled);
}

TEST(ResponseTest, FunctionErrorsAreToldFromTheirGateways) {
  EXPECT_EQ(OutcomeOfLines(
                {"HTTP/1.1 200 OK\r\n", "X-Amz-Function-Error: Unhandled\r\n"}),
            Outcome::kFunctionError);
  EXPECT_EQ(OutcomeOfLines({"HTTP/1.1 502 X\r\n",
                            "x-amzn-errortype: InternalServerErrorException"}),
            Outcome::kFunctionError);
}

TEST(ResponseTest, InterimResponseLeavesNothingBehind) {
  EXPECT_EQ(OutcomeOfLines({"HTTP/1.1 103 Early Hints\r\n",
                            "X-Amz-Function-Error: x\r\n", "\r\n",
                            "HTTP/1.1 200 OK\r\n"}),
            Outcome::kOk);
}

TEST(ResponseTest, RequestIdIsTrimmedAndCutAtItsLimit) {
  ResponseFacts facts;
  AddHeaderLine("X-AMZN-RequestId:  3ab-4  \r\n", nullptr, facts);
  EXPECT_EQ(facts.request_id.view(), "3ab-4");
  AddHeaderLine("x-amzn-requestid: " + std::string(100, 'a'), nullptr, facts);
  EXPECT_EQ(facts.request_id.view(), std::string(40, 'a'));
}

TEST(ResponseTest, MalformedLinesAreLetPass) {
  ResponseFacts facts;
  for (absl::string_view line :
       {"", "HTTP/", "HTTP/1.1", "HTTP/1.1 abc", "x", "x-amzn-requestid"}) {
    AddHeaderLine(line, nullptr, facts);
  }
  EXPECT_EQ(facts.status, 0);
}

}  // namespace
}  // namespace invocator
