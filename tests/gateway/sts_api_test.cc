#include "gateway/sts_api.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "common/credentials/sts_answer.h"
#include "common/http/percent.h"

namespace invocator {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr int64_t kNow = 1'787'486'400;  // 2026-08-23T12:00:00Z
constexpr char kRole[] = "arn:aws:iam::123456789012:role/path/demo";
constexpr char kSession[] = "arn:aws:sts::123456789012:assumed-role/demo/me";

std::string Jwt(int64_t expires_unix_s) {
  return absl::StrCat(absl::WebSafeBase64Escape("{}"), ".",
                      absl::WebSafeBase64Escape(absl::StrCat(
                          R"({"iss":"https://i","sub":"<s>&","aud":"a","exp":)",
                          expires_unix_s, "}")),
                      ".c2ln");
}

class StsApiTest : public ::testing::Test {
 protected:
  GatewayAnswer Post(const std::string& body, const std::string& token = "") {
    StsApi api(options_, sessions_);
    ReceivedRequest request;
    request.method = "POST";
    request.path = "/";
    request.headers = {
        {"Content-Type", "application/x-www-form-urlencoded; charset=utf-8"}};
    if (!token.empty()) {
      request.headers.emplace_back("X-Amz-Security-Token", token);
    }
    request.body = body;
    const auto call = StsApi::CallOf(request);
    EXPECT_TRUE(call.has_value()) << body;
    return api.Handle(*call, request, kNow);
  }

  // With `parameters` percent-encoded.
  GatewayAnswer Call(
      absl::string_view action,
      const std::vector<std::pair<std::string, std::string>>& parameters,
      const std::string& token = "") {
    std::string body = absl::StrCat("Version=2011-06-15&Action=", action);
    for (const auto& [name, value] : parameters) {
      absl::StrAppend(&body, "&", name, "=", PercentEncode(value));
    }
    return Post(body, token);
  }

  GatewayAnswer AssumeRole(const std::string& role, const std::string& name,
                           const std::string& seconds = "3600") {
    return Call("AssumeRole", {{"RoleArn", role},
                               {"RoleSessionName", name},
                               {"DurationSeconds", seconds}});
  }

  GatewayAnswer WithToken(const std::string& token) {
    return Call("AssumeRoleWithWebIdentity", {{"RoleArn", kRole},
                                              {"RoleSessionName", "me"},
                                              {"WebIdentityToken", token}});
  }

  static FoundCredentials KeysOf(const GatewayAnswer& answer) {
    EXPECT_EQ(answer.status, 200) << answer.body;
    const auto keys = ParseStsCredentials(answer.body);
    EXPECT_TRUE(keys.ok()) << answer.body;
    return keys.value_or(FoundCredentials());
  }

  // "<status> <code>: <message>"
  static std::string Fault(const GatewayAnswer& answer) {
    const StsError error = ParseStsError(answer.body);
    return absl::StrCat(answer.status, " ", error.code, ": ", error.message);
  }

  StsOptions options_;
  RoleSessions sessions_;
};

TEST_F(StsApiTest, FormsPostedToTheRootAreItsOwn) {
  ReceivedRequest request;
  request.method = "POST";
  request.path = "/";
  EXPECT_FALSE(StsApi::CallOf(request));
  request.headers = {{"content-type", "application/json"}};
  EXPECT_FALSE(StsApi::CallOf(request));
  request.headers = {{"content-type", "Application/X-WWW-Form-URLEncoded"}};
  EXPECT_TRUE(StsApi::CallOf(request));
  request.path = "/default/f";
  EXPECT_FALSE(StsApi::CallOf(request));
  request.path = "/";
  request.method = "PUT";
  EXPECT_FALSE(StsApi::CallOf(request));
}

TEST_F(StsApiTest, AssumedRoleHasKeysForAsLongAsAskedFor) {
  const FoundCredentials keys = KeysOf(AssumeRole(kRole, "me", "900"));
  EXPECT_EQ(keys.expires_at, absl::FromUnixSeconds(kNow + 900));
  const auto session = sessions_.Find(keys.credentials.session_token);
  ASSERT_TRUE(session);
  EXPECT_EQ(session->arn, kSession);
  EXPECT_EQ(session->keys.credentials, keys.credentials);
  EXPECT_EQ(session->keys.expires_at, keys.expires_at);
}

TEST_F(StsApiTest, KeysAreGoodForAnHourUnlessSaidOtherwise) {
  EXPECT_EQ(KeysOf(AssumeRole(kRole, "me", "")).expires_at,
            absl::FromUnixSeconds(kNow + 3600));
  options_.session_life = absl::Seconds(2);
  EXPECT_EQ(KeysOf(AssumeRole(kRole, "me", "43200")).expires_at,
            absl::FromUnixSeconds(kNow + 2));
}

TEST_F(StsApiTest, AnswerIsInTheServicesXmlWithTheIdOfItsHeader) {
  const GatewayAnswer answer = AssumeRole(kRole, "me");
  EXPECT_EQ(answer.content_type, "text/xml");
  EXPECT_EQ(answer.front, GatewayAnswer::Front::kSts);
  EXPECT_FALSE(answer.counted);
  EXPECT_THAT(answer.body,
              HasSubstr("<AssumeRoleResponse "
                        "xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\n"
                        "<AssumeRoleResult>"));
  EXPECT_THAT(answer.body,
              HasSubstr(absl::StrCat("<ResponseMetadata>\n<RequestId>",
                                     answer.request_id, "</RequestId>")));
  EXPECT_THAT(answer.body, HasSubstr(absl::StrCat("<Arn>", kSession)));
  EXPECT_THAT(answer.body, HasSubstr("<Expiration>2026-08-23T13:00:00Z</"));
}

TEST_F(StsApiTest, FaultsAreTheSenders) {
  const GatewayAnswer answer = Post("Action=Dance&Version=2011-06-15");
  EXPECT_EQ(
      answer.body,
      absl::StrCat("<ErrorResponse "
                   "xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\n"
                   "<Error>\n<Type>Sender</Type>\n<Code>InvalidAction</Code>\n"
                   "<Message>Could not find operation Dance for version "
                   "2011-06-15</Message>\n</Error>\n<RequestId>",
                   answer.request_id, "</RequestId>\n</ErrorResponse>\n"));
}

TEST_F(StsApiTest, BadParametersAreNamed) {
  const std::string failed = "' failed to satisfy constraint: Member must ";
  const std::string detected =
      "400 ValidationError: 1 validation error detected: Value ";
  const struct {
    std::string role, name, seconds, fault;
  } kRows[] = {
      {"", "me", "", detected + "null at 'roleArn" + failed + "not be null"},
      {kRole, "", "",
       detected + "null at 'roleSessionName" + failed + "not be null"},
      {"arn:aws:iam::1:role", "me", "",
       detected + "'arn:aws:iam::1:role' at 'roleArn" + failed +
           "have length greater than or equal to 20"},
      {kRole, "a", "",
       detected + "'a' at 'roleSessionName" + failed +
           "have length greater than or equal to 2"},
      {kRole, "a b", "",
       detected + "'a b' at 'roleSessionName" + failed +
           "satisfy regular expression pattern: [\\w+=,.@-]*"},
      {kRole, "me", "899",
       detected + "'899' at 'durationSeconds" + failed +
           "have value greater than or equal to 900"},
      {kRole, "me", "43201",
       detected + "'43201' at 'durationSeconds" + failed +
           "have value less than or equal to 43200"},
      {kRole, "me", "1h",
       detected + "'1h' at 'durationSeconds" + failed + "be an integer"},
  };
  for (const auto& row : kRows) {
    EXPECT_EQ(Fault(AssumeRole(row.role, row.name, row.seconds)), row.fault);
  }
  EXPECT_THAT(Fault(AssumeRole(kRole, std::string(65, 'x'))),
              HasSubstr("Member must have length less than or equal to 64"));
}

TEST_F(StsApiTest, WhatIsNoRolesArnIsInvalid) {
  for (std::string arn :
       {"arn:aws:iam::123456789012:user/demo",
        "arn:aws:iam::12345:role/demodemo",
        "arn:aws:sts::123456789012:role/demo",
        "arn:aws:iam::123456789012:role/", "arn:aws:iam::123456789012:role",
        "arn:aws:iam:eu:123456789012:role/a",
        "arn:aws:iam::123456789012:role/a:b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "arn::iam::123456789012:role/demo",
        ":::::::::::::::::::::::::::::::", "arn:aws:iam::123456789012:role/a b",
        "arn:aws:iam::12345678901x:role/a"}) {
    EXPECT_EQ(Fault(AssumeRole(arn, "me")),
              absl::StrCat("400 ValidationError: ", arn, " is invalid"));
  }
  EXPECT_EQ(AssumeRole("arn:aws-cn:iam::123456789012:role/a", "me").status,
            200);
}

TEST_F(StsApiTest, QuotedValuesAreEscapedAndShort) {
  const std::string hostile = std::string("<&>\"\0\x1b\xff", 7) + "]]>";
  GatewayAnswer answer = AssumeRole(kRole, hostile);
  EXPECT_EQ(answer.status, 400);
  EXPECT_THAT(answer.body, HasSubstr("&lt;&amp;&gt;"));
  EXPECT_THAT(answer.body, Not(HasSubstr(std::string(1, '\0'))));
  EXPECT_THAT(answer.body, Not(HasSubstr("\xff")));
  answer = AssumeRole(std::string(60'000, 'x'), "me");
  EXPECT_EQ(answer.status, 400);
  EXPECT_LT(answer.body.size(), 1000u);
}

TEST_F(StsApiTest, UnknownActionsVersionsAndSizes) {
  EXPECT_EQ(Fault(Post("")), "400 MissingAction: Missing Action");
  EXPECT_EQ(Fault(Post("Action=AssumeRole")),
            "400 InvalidAction: Could not find operation AssumeRole for "
            "version NO_VERSION_SPECIFIED");
  EXPECT_EQ(Fault(Post("Action=AssumeRole&Version=2010-01-01")),
            "400 InvalidAction: Could not find operation AssumeRole for "
            "version 2010-01-01");
  EXPECT_THAT(Fault(Post(std::string(kMaxFormBytes + 1, 'a'))),
              HasSubstr("413 RequestEntityTooLarge"));
  EXPECT_EQ(Post(std::string(kMaxFormBytes, '&')).status, 400);
}

TEST_F(StsApiTest, RolesThereAreNotAreDenied) {
  options_.roles = {"other"};
  EXPECT_EQ(Fault(AssumeRole(kRole, "me")),
            "403 AccessDenied: User: arn:aws:iam::123456789012:user/anybody is "
            "not authorized to perform: sts:AssumeRole on resource: "
            "arn:aws:iam::123456789012:role/path/demo");
  EXPECT_EQ(Fault(WithToken(Jwt(kNow + 1))),
            "403 AccessDenied: Not authorized to perform "
            "sts:AssumeRoleWithWebIdentity");
  options_.roles = {"other", "demo"};
  EXPECT_EQ(AssumeRole(kRole, "me").status, 200);
}

TEST_F(StsApiTest, WebIdentityGetsKeysAndIsNamed) {
  const GatewayAnswer answer = WithToken(Jwt(kNow + 1));
  EXPECT_TRUE(sessions_.Find(KeysOf(answer).credentials.session_token));
  EXPECT_THAT(answer.body, HasSubstr("<SubjectFromWebIdentityToken>"
                                     "&lt;s&gt;&amp;</"));
  EXPECT_THAT(answer.body, HasSubstr("<Provider>https://i</Provider>"));
  EXPECT_THAT(answer.body, HasSubstr("<Audience>a</Audience>"));
}

TEST_F(StsApiTest, WebIdentityThatIsNoneIsRefused) {
  EXPECT_THAT(Fault(WithToken("")),
              HasSubstr("400 ValidationError: 1 validation error detected: "
                        "Value null at 'webIdentityToken'"));
  EXPECT_THAT(Fault(WithToken("an-opaque-token")),
              HasSubstr("400 InvalidIdentityToken: "));
  EXPECT_EQ(Fault(WithToken(Jwt(kNow))),
            "400 ExpiredTokenException: Token expired: current date/time "
            "1787486400 must be before the expiration date/time 1787486400");
}

TEST_F(StsApiTest, CallersAreToldWhoTheyAre) {
  const GatewayAnswer user = Call("GetCallerIdentity", {});
  EXPECT_THAT(user.body,
              HasSubstr("<Arn>arn:aws:iam::123456789012:user/anybody</Arn>"));
  EXPECT_THAT(user.body, HasSubstr("<Account>123456789012</Account>"));
  const std::string token =
      KeysOf(AssumeRole("arn:aws:iam::210987654321:role/demo", "me"))
          .credentials.session_token;
  const GatewayAnswer session = Call("GetCallerIdentity", {}, token);
  EXPECT_THAT(session.body, HasSubstr("<Arn>arn:aws:sts::210987654321:"
                                      "assumed-role/demo/me</Arn>"));
  EXPECT_THAT(session.body, HasSubstr("<Account>210987654321</Account>"));
  EXPECT_THAT(session.body, HasSubstr(":me</UserId>"));
}

TEST_F(StsApiTest, RefusalsOfTheVerifierHaveTheServicesCodes) {
  StsApi api(options_, sessions_);
  const struct {
    const char* type;
    const char* fault;
  } kRows[] = {
      {"InvalidSignatureException", "403 SignatureDoesNotMatch: why"},
      {"UnrecognizedClientException", "403 InvalidClientTokenId: why"},
      {"ExpiredTokenException", "403 ExpiredToken: why"},
      {"MissingAuthenticationTokenException",
       "403 MissingAuthenticationToken: why"},
      {"IncompleteSignatureException", "400 IncompleteSignature: why"},
  };
  for (const auto& row : kRows) {
    EXPECT_EQ(Fault(api.Refuse({row.type, "why"})), row.fault);
  }
}

}  // namespace
}  // namespace invocator
