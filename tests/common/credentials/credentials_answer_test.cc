#include "common/credentials/credentials_answer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"

namespace invocator {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kMetadata[] = R"({
  "Code" : "Success", "LastUpdated" : "2026-08-30T12:00:00Z",
  "Type" : "AWS-HMAC", "AccessKeyId" : "ASIAEXAMPLE",
  "SecretAccessKey" : "s/ecret", "Token" : "to/ken==",
  "Expiration" : "2026-08-30T12:36:00Z"})";

TEST(CredentialsAnswerTest, MetadataHasKeysTokenAndExpiration) {
  const auto found = ParseMetadataAnswer(kMetadata);
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ(found->credentials,
            (Credentials{"ASIAEXAMPLE", "s/ecret", "to/ken=="}));
  EXPECT_EQ(absl::FormatTime(found->expires_at, absl::UTCTimeZone()),
            "2026-08-30T12:36:00+00:00");
}

TEST(CredentialsAnswerTest, AProcessMayLeaveTokenAndExpirationOut) {
  const auto found = ParseProcessAnswer(
      R"({"Version":1,"AccessKeyId":"A","SecretAccessKey":"s"})");
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ(found->credentials, (Credentials{"A", "s", ""}));
  EXPECT_EQ(found->expires_at, absl::InfiniteFuture());
}

TEST(CredentialsAnswerTest, AProcessCallsItsTokenSessionToken) {
  const auto found = ParseProcessAnswer(
      R"({"Version":1,"AccessKeyId":"A","SecretAccessKey":"s",)"
      R"("SessionToken":"t","Expiration":"2026-08-30T14:36:00.5+02:00"})");
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ(found->credentials.session_token, "t");
  EXPECT_EQ(absl::ToUnixMillis(found->expires_at), 1'788'093'360'500);
}

TEST(CredentialsAnswerTest, AServicesOwnErrorIsQuoted) {
  const auto found = ParseMetadataAnswer(
      R"({"Code":"AssumeRoleUnauthorizedAccess","Message":"not\nyou"})");
  EXPECT_THAT(
      std::string(found.status().message()),
      AllOf(HasSubstr("AssumeRoleUnauthorizedAccess"), HasSubstr("not you")));
}

TEST(CredentialsAnswerTest, WhatIsNoAnswerIsRefusedWithoutQuotingIt) {
  for (const std::string& text : std::initializer_list<std::string>{
           "", "hush", "[]", "null", "\"hush\"", "{}", "{\"Version\":1}",
           R"({"Version":1,"AccessKeyId":"A"})",
           R"({"Version":1,"SecretAccessKey":"hush"})",
           R"({"Version":1,"AccessKeyId":"","SecretAccessKey":"hush"})",
           R"({"Version":1,"AccessKeyId":1,"SecretAccessKey":"hush"})",
           R"({"Version":1,"AccessKeyId":"A","SecretAccessKey":"hu sh"})",
           R"({"Version":1,"AccessKeyId":"A","SecretAccessKey":"hush\r\n"})",
           R"({"Version":1,"AccessKeyId":"A","SecretAccessKey":"hush",)"
           R"("Expiration":"hush"})",
           R"({"Version":1,"AccessKeyId":"A","SecretAccessKey":"hush",)"
           R"("Expiration":"infinite-past"})",
           R"({"Version":1,"AccessKeyId":"A","SecretAccessKey":"hush",)"
           R"("Expiration":1788093360})",
           R"({"Version":1,"AccessKeyId":"A","SecretAccessKey":"hush")",
           std::string(100'000, '['),
           "{\"AccessKeyId\":\"" + std::string(70'000, 'A') + "\"}"}) {
    for (const auto& found :
         {ParseProcessAnswer(text), ParseMetadataAnswer(text)}) {
      ASSERT_FALSE(found.ok()) << text;
      EXPECT_THAT(std::string(found.status().message()), Not(HasSubstr("hu")))
          << text;
    }
  }
}

TEST(CredentialsAnswerTest, AProcessOfAnotherVersionIsRefused) {
  for (const char* version : {"2", "\"1\"", "1.0", "null", "true"}) {
    const auto found = ParseProcessAnswer(
        absl::StrCat("{\"Version\":", version,
                     R"(,"AccessKeyId":"A","SecretAccessKey":"s"})"));
    EXPECT_THAT(std::string(found.status().message()), HasSubstr("Version"))
        << version;
  }
}

TEST(CredentialsAnswerTest, WhatIsQuotedIsShortAndPrintable) {
  // Nothing steers a terminal, and no word gets a backslash.
  EXPECT_EQ(Quotable("a\x1b[2Jé\"\n"), "a\xef\xbf\xbd[2Jé\" ");
  EXPECT_EQ(Quotable("Couldn't say \\o/"), "Couldn't say \\o/");
  EXPECT_LE(Quotable(std::string(5'000, 'x')).size(), 300u);
}

}  // namespace
}  // namespace invocator
