#include "worker/exchange/answer_judge.h"

#include <gtest/gtest.h>

#include <initializer_list>
#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace invocator {
namespace {

ResponseFacts FactsOf(std::initializer_list<absl::string_view> lines,
                      const ColdStartSource* source = nullptr) {
  ResponseFacts facts;
  for (absl::string_view line : lines) AddHeaderLine(line, source, facts);
  return facts;
}

struct Case {
  absl::string_view front;  // "REST <type>", "HTTP", "" for neither
  int status;
  absl::string_view body;
  Reason reason;
};

// In the words of AWS, as documented, or quoted in public.
constexpr Case kCases[] = {
    {"", 200, "", Reason::kNone},
    {"HTTP", 204, "", Reason::kNone},
    {"REST InvalidSignatureException", 403,
     R"({"message":"The request signature we calculated does not match the )"
     R"(signature you provided. Check your AWS Secret Access Key and signing )"
     R"(method. Consult the service documentation for details.\n\nThe )"
     R"(Canonical String for this request should have been\n'POST\n/x'"})",
     Reason::kSignatureMismatch},
    {"REST InvalidSignatureException", 403,
     R"({"message":"Signature expired: 20170517T062414Z is now earlier than )"
     R"x(20170517T062840Z (20170517T063340Z - 5 min.)"})x",
     Reason::kClockSkew},
    {"REST InvalidSignatureException", 403,
     R"({"message":"Signature not yet current: 20170517T062414Z is still )"
     R"x(later than 20170517T061840Z (20170517T061340Z + 5 min.)"})x",
     Reason::kClockSkew},
    {"REST InvalidSignatureException", 403,
     R"({"message":"Credential should be scoped to a valid region, not )"
     R"('us-east-1'. "})",
     Reason::kWrongScope},
    // Kong/insomnia 713: without a type.
    {"", 403,
     R"({"message":"Credential should be scoped to correct service: )"
     R"('execute-api'. "})",
     Reason::kWrongScope},
    {"REST InvalidSignatureException", 403,
     R"({"message":"'Host' or ':authority' must be a 'SignedHeader' in the )"
     R"(AWS Authorization."})",
     Reason::kIncompleteSignature},
    {"REST MissingAuthenticationTokenException", 403,
     R"({"message":"Missing Authentication Token"})", Reason::kMissingToken},
    {"", 403, R"({"message":"Missing Authentication Token"})",
     Reason::kMissingToken},
    {"REST IncompleteSignatureException", 403,
     R"({"message":"Authorization header requires 'Credential' parameter."})",
     Reason::kIncompleteSignature},
    {"REST IncompleteSignatureException", 403,
     R"({"message":"Invalid key=value pair (missing equal-sign) in )"
     R"(Authorization header (hashed with SHA-256): 'x'."})",
     Reason::kIncompleteSignature},
    {"REST UnrecognizedClientException", 403,
     R"({"message":"The security token included in the request is invalid."})",
     Reason::kUnknownCredentials},
    {"REST AccessDeniedException", 403,
     R"({"message":"The security token included in the request is invalid."})",
     Reason::kUnknownCredentials},
    {"REST ExpiredTokenException", 403,
     R"({"message":"The security token included in the request is expired"})",
     Reason::kExpiredCredentials},
    {"REST AccessDeniedException", 403,
     R"({"Message":"User: arn:aws:iam::1:user/u is not authorized to perform: )"
     R"(execute-api:Invoke on resource: arn:aws:execute-api:us-east-1:)"
     R"(********1234:api/stage/POST/f with an explicit deny"})",
     Reason::kAccessDenied},
    {"REST AccessDeniedException:http://internal.amazon.com/coral/", 403, "",
     Reason::kAccessDenied},
    {"REST ForbiddenException", 403, R"({"message":"Forbidden"})",
     Reason::kForbidden},
    {"HTTP", 403, R"({"message":"Forbidden"})", Reason::kForbidden},
    {"", 401, "", Reason::kForbidden},
    {"REST TooManyRequestsException", 429, R"({"message":"Too Many Requests"})",
     Reason::kRateExceeded},
    {"HTTP", 429, R"({"message":"Too Many Requests"})", Reason::kRateExceeded},
    {"REST LimitExceededException", 429, R"({"message":"Limit Exceeded"})",
     Reason::kQuotaExceeded},
    {"LAMBDA TooManyRequestsException", 429,
     R"({"Reason":"CallerRateLimitExceeded","Type":"User",)"
     R"("message":"Rate exceeded"})",
     Reason::kRateExceeded},
    {"LAMBDA TooManyRequestsException", 429,
     R"({"Reason":"ReservedFunctionConcurrentInvocationLimitExceeded",)"
     R"("Type":"User","message":"Rate Exceeded."})",
     Reason::kConcurrencyExceeded},
    {"REST InternalServerErrorException", 500,
     R"({"message": "Internal server error"})", Reason::kIntegrationThrottled},
    {"HTTP", 503, R"({"message":"Service Unavailable"})",
     Reason::kIntegrationThrottled},
    {"HTTP", 503, R"({"error":"my own"})", Reason::kStatus5xx},
    {"HTTP", 500, R"({"message":"Internal Server Error"})",
     Reason::kFunctionFailed},
    {"HTTP", 500, R"({"message":"of my function"})", Reason::kStatus5xx},
    {"REST InternalServerErrorException", 502,
     R"({"message": "Internal server error"})", Reason::kBadFunctionAnswer},
    {"REST InternalServerErrorException", 504,
     R"({"message": "Endpoint request timed out"})",
     Reason::kIntegrationTimeout},
    {"REST InternalServerErrorException", 504, R"({"message": "other"})",
     Reason::kGatewayError},
    {"REST RequestTooLargeException", 413, R"({"message":"Request Too Long"})",
     Reason::kGatewayError},
    {"LAMBDA ResourceNotFoundException", 404,
     R"({"Type":"User","Message":"Function not found: arn:f"})",
     Reason::kGatewayError},
    {"LAMBDA ServiceException", 500, R"({"Type":"Service"})",
     Reason::kGatewayError},
    {"HTTP", 404, R"({"message":"Not Found"})", Reason::kGatewayError},
    {"", 404, "no such page", Reason::kStatus4xx},
    {"", 302, "", Reason::kStatus3xx},
    {"", 504, "", Reason::kStatus5xx},
    {"", 500, R"({"message":"Internal Server Error"})", Reason::kStatus5xx},
    {"", 999, "", Reason::kOtherStatus},
};

ResponseFacts FactsOf(const Case& c) {
  ResponseFacts facts = FactsOf({absl::StrCat("HTTP/1.1 ", c.status, " X")});
  const size_t blank = c.front.find(' ');
  if (blank != absl::string_view::npos) {
    AddHeader("x-amzn-ErrorType", c.front.substr(blank + 1), nullptr, facts);
  } else if (c.front == "HTTP") {
    AddHeader("apigw-requestid", "abc=", nullptr, facts);
  }
  return facts;
}

TEST(AnswerJudgeTest, AwsRefusalsAndFailuresAreToldApart) {
  for (const Case& c : kCases) {
    EXPECT_EQ(ReasonName(ReasonOf(FactsOf(c), c.body, {})),
              ReasonName(c.reason))
        << c.front << " " << c.status << " " << c.body;
  }
}

TEST(AnswerJudgeTest, EveryReasonButNoneIsSomething) {
  for (size_t i = 1; i < kReasons; ++i) {
    EXPECT_FALSE(ReasonName(static_cast<Reason>(i)).empty()) << i;
    EXPECT_NE(OutcomeOf(static_cast<Reason>(i)), Outcome::kOk) << i;
  }
  EXPECT_EQ(OutcomeOf(Reason::kNone), Outcome::kOk);
}

TEST(AnswerJudgeTest, TheNameOfAnErrorTypeIsWhatCounts) {
  for (absl::string_view type :
       {"ExpiredTokenException", "com.amazon.coral#ExpiredTokenException",
        "ExpiredTokenException:http://internal.amazon.com/coral/"}) {
    ResponseFacts facts = FactsOf({"HTTP/1.1 403 X"});
    AddHeader("X-Amzn-ErrorType", type, nullptr, facts);
    EXPECT_EQ(facts.error_type.view(), "ExpiredTokenException");
  }
}

TEST(AnswerJudgeTest, AFunctionThatTimedOutIsToldFromOneThatFailed) {
  const ResponseFacts facts =
      FactsOf({"HTTP/1.1 200 OK", "X-Amz-Function-Error: Unhandled"});
  EXPECT_EQ(ReasonOf(facts,
                     R"({"errorMessage":"division by zero",)"
                     R"("errorType":"ZeroDivisionError"})",
                     {}),
            Reason::kFunctionFailed);
  EXPECT_EQ(ReasonOf(facts,
                     R"({"errorMessage":"2019-08-20T19:00:00.000Z 1 )"
                     R"(Task timed out after 3.00 seconds"})",
                     {}),
            Reason::kFunctionTimeout);
  EXPECT_EQ(ReasonOf(facts, R"({"errorType":"Sandbox.Timedout"})", {}),
            Reason::kFunctionTimeout);
}

TEST(AnswerJudgeTest, OnlyFailedAnswersAndThoseAskedForAreKept) {
  const ColdStartSource json = *ParseColdStartSource("json:/cold");
  const ColdStartSource header = *ParseColdStartSource("header:cold");
  const ResponseFacts ok = FactsOf({"HTTP/1.1 200 OK"});
  EXPECT_EQ(BodyBytesToKeep(ok, {}), 0u);
  EXPECT_EQ(BodyBytesToKeep(ok, {&header}), 0u);
  EXPECT_EQ(BodyBytesToKeep(ok, {&json}), size_t{64} * 1024);
  EXPECT_GT(BodyBytesToKeep(FactsOf({"HTTP/1.1 403 X"}), {}), 0u);
  EXPECT_GT(
      BodyBytesToKeep(FactsOf({"HTTP/1.1 200 OK", "X-Amz-Function-Error: x"}),
                      {&json}),
      0u);
}

constexpr char kReport[] =
    "REPORT RequestId: 1\tBilled Duration: 16 ms\tMemory Size: 128 MB\t"
    "Max Memory Used: 56 MB\tInit Duration: 130.49 ms\t";

TEST(AnswerJudgeTest, TheReportLineTellsColdStartAndBill) {
  const ResponseFacts facts =
      FactsOf({"HTTP/1.1 200 OK", absl::StrCat("X-Amz-Log-Result: ",
                                               absl::Base64Escape(kReport))});
  Record record;
  JudgeAnswer(facts, KeptBody(), {}, record);
  EXPECT_EQ(record.outcome, Outcome::kOk);
  EXPECT_EQ(record.warmth, Warmth::kCold);
  EXPECT_EQ(record.billed_ms, 16);
  EXPECT_EQ(record.memory_mb, 128u);
  EXPECT_EQ(record.memory_used_mb, 56u);
  EXPECT_EQ(record.init_us, 130'490);
}

TEST(AnswerJudgeTest, WithoutASourceNothingIsClaimed) {
  Record record;
  JudgeAnswer(FactsOf({"HTTP/1.1 200 OK", "x-cold-start: true"}), KeptBody(),
              {}, record);
  EXPECT_EQ(record.warmth, Warmth::kUnknown);
  EXPECT_EQ(record.billed_ms, Record::kUnknown);
}

TEST(AnswerJudgeTest, ANamedSourceWinsWhereItTells) {
  const ColdStartSource header = *ParseColdStartSource("header:x-cold-start");
  const std::string log =
      absl::StrCat("X-Amz-Log-Result: ", absl::Base64Escape(kReport));
  Record record;
  JudgeAnswer(FactsOf({"HTTP/1.1 200 OK", log, "X-COLD-Start: no"}, &header),
              KeptBody(), {&header}, record);
  EXPECT_EQ(record.warmth, Warmth::kWarm);
  JudgeAnswer(FactsOf({"HTTP/1.1 200 OK", log, "X-Cold-Start: ?"}, &header),
              KeptBody(), {&header}, record);
  EXPECT_EQ(record.warmth, Warmth::kCold);
}

TEST(AnswerJudgeTest, OfABodyThatIsCutNothingIsClaimed) {
  const ColdStartSource json = *ParseColdStartSource("json:/cold");
  const ResponseFacts facts = FactsOf({"HTTP/1.1 200 OK"}, &json);
  KeptBody body;
  Record record;
  body.Begin(14);
  body.Add(R"({"cold":true})");
  JudgeAnswer(facts, body, {&json}, record);
  EXPECT_EQ(record.warmth, Warmth::kCold);
  body.Add("  ");
  JudgeAnswer(facts, body, {&json}, record);
  EXPECT_EQ(record.warmth, Warmth::kUnknown);
}

Reason ReasonOfStatus(int status, const AnswerRules& rules) {
  return ReasonOf(FactsOf({absl::StrCat("HTTP/1.1 ", status, " X")}), "",
                  rules);
}

TEST(AnswerJudgeTest, AnExpectedStatusIsOkWhateverItIs) {
  const uint16_t kExpected[] = {302, 401, 403, 404, 429, 500, 503, 599};
  const AnswerRules rules = {.expected_statuses = kExpected};
  for (const int status : kExpected) {
    EXPECT_NE(ReasonOfStatus(status, {}), Reason::kNone) << status;
    EXPECT_EQ(ReasonOfStatus(status, rules), Reason::kNone) << status;
  }
  ResponseFacts facts = FactsOf(
      {"HTTP/1.1 403 Forbidden", "x-amzn-ErrorType: AccessDeniedException"});
  EXPECT_EQ(ReasonOf(facts, "", rules), Reason::kNone);
  facts = FactsOf({"HTTP/1.1 503 X", "apigw-requestid: abc="});
  EXPECT_EQ(ReasonOf(facts, R"({"message":"Service Unavailable"})", rules),
            Reason::kNone);
}

TEST(AnswerJudgeTest, AStatusThatIsNotExpectedIsNotOk) {
  const uint16_t kExpected[] = {201, 404};
  const AnswerRules rules = {.expected_statuses = kExpected};
  const struct {
    int status;
    Reason reason;
  } kRows[] = {
      {200, Reason::kUnexpected2xx}, {201, Reason::kNone},
      {204, Reason::kUnexpected2xx}, {299, Reason::kUnexpected2xx},
      {300, Reason::kStatus3xx},     {403, Reason::kForbidden},
      {404, Reason::kNone},          {405, Reason::kStatus4xx},
      {429, Reason::kRateExceeded},  {500, Reason::kStatus5xx},
      {101, Reason::kOtherStatus},   {999, Reason::kOtherStatus},
  };
  for (const auto& [status, reason] : kRows) {
    EXPECT_EQ(ReasonOfStatus(status, rules), reason) << status;
  }
}

TEST(AnswerJudgeTest, AFunctionErrorIsOneThoughItsStatusIsExpected) {
  const uint16_t kExpected[] = {200};
  const ResponseFacts facts =
      FactsOf({"HTTP/1.1 200 OK", "X-Amz-Function-Error: Unhandled"});
  for (const AnswerRules& rules :
       {AnswerRules{.expected_statuses = kExpected}, AnswerRules{}}) {
    EXPECT_EQ(ReasonOf(facts, "", rules), Reason::kFunctionFailed);
  }
  const uint16_t kOthers[] = {404};
  EXPECT_EQ(ReasonOf(facts, "", {.expected_statuses = kOthers}),
            Reason::kFunctionFailed);
}

TEST(AnswerJudgeTest, AnExpectedAnswersBodyTellsColdStartsAndNoOthers) {
  const ColdStartSource json = *ParseColdStartSource("json:/cold");
  const uint16_t kExpected[] = {404};
  const AnswerRules rules = {&json, kExpected};
  KeptBody body;
  body.Begin(100);
  body.Add(R"({"cold":true})");
  const ResponseFacts listed = FactsOf({"HTTP/1.1 404 X"});
  const ResponseFacts unlisted = FactsOf({"HTTP/1.1 200 OK"});
  EXPECT_EQ(BodyBytesToKeep(listed, rules), kMaxColdStartBodyBytes);
  EXPECT_EQ(BodyBytesToKeep(listed, {.expected_statuses = kExpected}), 0u);
  EXPECT_EQ(BodyBytesToKeep(unlisted, rules), kKeptFailureBytes);
  Record record;
  JudgeAnswer(listed, body, rules, record);
  EXPECT_EQ(record.outcome, Outcome::kOk);
  EXPECT_EQ(record.warmth, Warmth::kCold);
  JudgeAnswer(unlisted, body, rules, record);
  EXPECT_EQ(record.outcome, Outcome::kHttpError);
  EXPECT_EQ(record.warmth, Warmth::kUnknown);
}

}  // namespace
}  // namespace invocator
