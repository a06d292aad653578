#include "common/aws/credentials.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <map>
#include <optional>
#include <string>

namespace invocator {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

// Starts each test without credentials and puts back what was there.
class CredentialsTest : public testing::Test {
 protected:
  void SetUp() override {
    for (const char* name : {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY",
                             "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN"}) {
      const char* value = getenv(name);
      before_[name] =
          value == nullptr ? std::nullopt : std::optional<std::string>(value);
      unsetenv(name);
    }
  }

  void TearDown() override {
    for (const auto& [name, value] : before_) {
      if (value.has_value()) {
        Set(name.c_str(), value->c_str());
      } else {
        unsetenv(name.c_str());
      }
    }
  }

  void Set(const char* name, const char* value) { setenv(name, value, 1); }

  std::string Error(
      absl::StatusCode code = absl::StatusCode::kFailedPrecondition) {
    const auto credentials = CredentialsFromEnvironment();
    EXPECT_EQ(credentials.status().code(), code);
    return std::string(credentials.status().message());
  }

 private:
  std::map<std::string, std::optional<std::string>> before_;
};

TEST_F(CredentialsTest, LongTermKeysHaveNoToken) {
  Set("AWS_ACCESS_KEY_ID", "AKID");
  Set("AWS_SECRET_ACCESS_KEY", "se/cr+et=");
  const auto credentials = CredentialsFromEnvironment();
  ASSERT_TRUE(credentials.ok()) << credentials.status();
  EXPECT_EQ(*credentials, (Credentials{"AKID", "se/cr+et=", ""}));
}

TEST_F(CredentialsTest, TemporaryKeysCarryTheirToken) {
  Set("AWS_ACCESS_KEY_ID", "ASIA");
  Set("AWS_SECRET_ACCESS_KEY", "secret");
  Set("AWS_SESSION_TOKEN", "to/ken==");
  const auto credentials = CredentialsFromEnvironment();
  ASSERT_TRUE(credentials.ok()) << credentials.status();
  EXPECT_EQ(*credentials, (Credentials{"ASIA", "secret", "to/ken=="}));
}

TEST_F(CredentialsTest, OlderToolsCallTheTokenSecurityToken) {
  Set("AWS_ACCESS_KEY_ID", "ASIA");
  Set("AWS_SECRET_ACCESS_KEY", "secret");
  Set("AWS_SECURITY_TOKEN", "token");
  EXPECT_EQ(CredentialsFromEnvironment()->session_token, "token");
  Set("AWS_SESSION_TOKEN", "newer");
  EXPECT_EQ(CredentialsFromEnvironment()->session_token, "newer");
}

TEST_F(CredentialsTest, PartsOfImpossibleLengthAreRefused) {
  EXPECT_TRUE(CheckCredentials({"AKID", "s", std::string(4'096, 't')}).ok());
  EXPECT_FALSE(CheckCredentials({"AKID", "s", std::string(20'000, 't')}).ok());
  EXPECT_FALSE(CheckCredentials({"", "s", ""}).ok());
  EXPECT_FALSE(CheckCredentials({"AKID", "", ""}).ok());
}

TEST_F(CredentialsTest, AShortKeyIdShowsBothEndsOfALongOne) {
  EXPECT_EQ(ShortKeyId("AKIAIOSFODNN7EXAMPLE"), "AKIA...MPLE");
  EXPECT_EQ(ShortKeyId("AKID"), "...");
}

TEST_F(CredentialsTest, NoKeyNamesTheVariablesToSet) {
  EXPECT_THAT(Error(absl::StatusCode::kNotFound),
              AllOf(HasSubstr("AWS_ACCESS_KEY_ID"),
                    HasSubstr("AWS_SECRET_ACCESS_KEY")));
}

TEST_F(CredentialsTest, EmptyVariableCountsAsUnset) {
  Set("AWS_ACCESS_KEY_ID", "");
  Set("AWS_SECRET_ACCESS_KEY", "");
  EXPECT_THAT(Error(absl::StatusCode::kNotFound), HasSubstr("not set"));
}

TEST_F(CredentialsTest, KeyWithoutSecretIsAnError) {
  Set("AWS_ACCESS_KEY_ID", "AKID");
  EXPECT_THAT(Error(), HasSubstr("AWS_SECRET_ACCESS_KEY is not"));
}

TEST_F(CredentialsTest, SecretWithoutKeyIsAnErrorThatKeepsTheSecret) {
  Set("AWS_SECRET_ACCESS_KEY", "hush");
  EXPECT_THAT(Error(), AllOf(HasSubstr("AWS_ACCESS_KEY_ID is not"),
                             Not(HasSubstr("hush"))));
}

TEST_F(CredentialsTest, LineEndInATokenIsAnErrorThatKeepsTheToken) {
  Set("AWS_ACCESS_KEY_ID", "ASIA");
  Set("AWS_SECRET_ACCESS_KEY", "secret");
  Set("AWS_SESSION_TOKEN", "hush\r\nX-Forged: 1");
  EXPECT_THAT(Error(),
              AllOf(HasSubstr("AWS_SESSION_TOKEN"), Not(HasSubstr("hush"))));
}

}  // namespace
}  // namespace invocator
