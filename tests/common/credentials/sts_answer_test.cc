#include "common/credentials/sts_answer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_replace.h"
#include "tests/support/fake_source_io.h"

namespace invocator {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const char kExpiration[] = "2026-08-30T12:36:00Z";

TEST(StsAnswerTest, CredentialsAreThoseOfTheElement) {
  const auto found = ParseStsCredentials(StsXml("ASIA", kExpiration));
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ(found->credentials, (Credentials{"ASIA", "s/ecret", "to/ken=="}));
  EXPECT_EQ(absl::ToUnixSeconds(found->expires_at), 1'788'093'360);
}

TEST(StsAnswerTest, ReferencesAreResolved) {
  const std::string xml = absl::StrReplaceAll(
      StsXml("ASIA", kExpiration),
      {{"s/ecret", "&lt;&gt;&amp;&quot;&apos;&#43;&#x2F;"}});
  const auto found = ParseStsCredentials(xml);
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ(found->credentials.secret_access_key, "<>&\"'+/");
}

TEST(StsAnswerTest, WhatIsNoAnswerIsRefusedWithoutQuotingIt) {
  const std::string good =
      absl::StrReplaceAll(StsXml("ASIA", kExpiration), {{"s/ecret", "hush"}});
  ASSERT_TRUE(ParseStsCredentials(good).ok());
  for (const std::string& xml : std::initializer_list<std::string>{
           "", "hush", "<Credentials>", "<Credentials/>", "<Credentials",
           "<Credentials></Credentials>", "<CredentialsX>hush</CredentialsX>",
           absl::StrReplaceAll(good, {{"hush", ""}}),
           absl::StrReplaceAll(good, {{"hush", "&#13;&#10;hush"}}),
           absl::StrReplaceAll(good, {{"hush", "hu sh"}}),
           absl::StrReplaceAll(good, {{kExpiration, "hush"}}),
           absl::StrReplaceAll(good, {{"<Expiration>", ""}}),
           good.substr(0, good.find("</Credentials>")),
           good + std::string(70'000, ' ')}) {
    const auto found = ParseStsCredentials(xml);
    ASSERT_FALSE(found.ok()) << xml;
    EXPECT_THAT(std::string(found.status().message()), Not(HasSubstr("hu")));
  }
}

TEST(StsAnswerTest, AnErrorHasCodeAndMessage) {
  const StsError error = ParseStsError(
      "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\n"
      "  <Error>\n    <Type>Sender</Type>\n    <Code>AccessDenied</Code>\n"
      "    <Message>User: &quot;me&quot; is not authorized</Message>\n"
      "  </Error>\n  <RequestId>1</RequestId>\n</ErrorResponse>");
  EXPECT_EQ(error.code, "AccessDenied");
  EXPECT_EQ(error.message, "User: \"me\" is not authorized");
  EXPECT_EQ(ParseStsError("<html>502</html>").code, "");
}

}  // namespace
}  // namespace invocator
