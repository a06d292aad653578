#include "gateway/role_sessions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/escaping.h"

namespace invocator {
namespace {

using ::testing::MatchesRegex;

constexpr char kArn[] = "arn:aws:sts::123456789012:assumed-role/demo/me";

absl::Time Expiry() { return absl::FromUnixSeconds(1'787'490'000); }

TEST(RoleSessionsTest, TokenAloneGivesTheSessionBack) {
  RoleSessions sessions;
  const RoleSession begun = sessions.Begin(kArn, Expiry());
  const auto found = sessions.Find(begun.keys.credentials.session_token);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->arn, kArn);
  EXPECT_EQ(found->keys.credentials, begun.keys.credentials);
  EXPECT_EQ(found->keys.expires_at, Expiry());
}

TEST(RoleSessionsTest, KeysLookAsAwssDo) {
  RoleSessions sessions;
  const FoundCredentials keys = sessions.Begin(kArn, Expiry()).keys;
  EXPECT_TRUE(CheckCredentials(keys.credentials).ok());
  EXPECT_THAT(keys.credentials.access_key_id, MatchesRegex("ASIA[A-Z2-7]{16}"));
  EXPECT_THAT(keys.credentials.secret_access_key,
              MatchesRegex("[A-Za-z0-9+/]{40}"));
}

TEST(RoleSessionsTest, NoTwoSessionsShareAKey) {
  RoleSessions sessions;
  const Credentials one = sessions.Begin(kArn, Expiry()).keys.credentials;
  const Credentials other = sessions.Begin(kArn, Expiry()).keys.credentials;
  EXPECT_NE(one.access_key_id, other.access_key_id);
  EXPECT_NE(one.secret_access_key, other.secret_access_key);
  EXPECT_NE(one.session_token, other.session_token);
}

TEST(RoleSessionsTest, TokenWithAnyByteChangedIsNone) {
  RoleSessions sessions;
  const std::string token =
      sessions.Begin(kArn, Expiry()).keys.credentials.session_token;
  for (size_t at = 0; at < token.size(); ++at) {
    std::string changed = token;
    changed[at] = changed[at] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(sessions.Find(changed)) << at;
    EXPECT_FALSE(sessions.Find(token.substr(0, at))) << at;
  }
  // Base64 that decodes to the same is another token.
  EXPECT_FALSE(sessions.Find(token + "\n"));
  EXPECT_FALSE(sessions.Find(token + token));
}

TEST(RoleSessionsTest, FactsWithoutTheirMacAreNone) {
  RoleSessions sessions;
  for (const char* facts :
       {"", "1787490000 1 arn", "9223372036854775808 1 arn", "x", " ", "  "}) {
    EXPECT_FALSE(sessions.Find(
        absl::Base64Escape(std::string(32, '\0') + std::string(facts))))
        << facts;
  }
}

TEST(RoleSessionsTest, SessionsEndWithTheGateway) {
  RoleSessions before;
  RoleSessions after;
  const Credentials keys = before.Begin(kArn, Expiry()).keys.credentials;
  EXPECT_FALSE(after.Find(keys.session_token));
}

TEST(RoleSessionsTest, RoleHasOneIdInAllItsSessions) {
  const std::string id = AssumedRoleId(kArn);
  EXPECT_THAT(id, MatchesRegex("AROA[A-Z2-7]{17}:me"));
  EXPECT_EQ(AssumedRoleId(std::string(kArn) + "too"), id + "too");
  EXPECT_NE(AssumedRoleId("arn:aws:sts::123456789012:assumed-role/other/me"),
            id);
}

}  // namespace
}  // namespace invocator
