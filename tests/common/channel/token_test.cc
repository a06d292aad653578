#include "common/channel/token.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "tests/support/temp_dir.h"

namespace invocator {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr char kToken[] = "0123456789abcdef";

class TokenTest : public testing::Test {
 protected:
  TokenTest() { unsetenv("INVOCATOR_TOKEN"); }
  ~TokenTest() override { unsetenv("INVOCATOR_TOKEN"); }

  std::string File(const std::string& content) {
    return folder_.Write("token", content);
  }

  TempDir folder_;
  const std::string path_ = folder_.Path("token");
};

TEST_F(TokenTest, TheFileCountsMoreThanTheEnvironment) {
  EXPECT_EQ(*ReadToken(""), "");
  setenv("INVOCATOR_TOKEN", kToken, 1);
  EXPECT_EQ(*ReadToken(""), kToken);
  EXPECT_EQ(*ReadToken(File("another-token-of-a-file")),
            "another-token-of-a-file");
}

TEST_F(TokenTest, AnEmptyVariableCountsAsUnset) {
  setenv("INVOCATOR_TOKEN", "", 1);
  EXPECT_EQ(*ReadToken(""), "");
}

TEST_F(TokenTest, TheLineEndIsNotPartOfIt) {
  EXPECT_EQ(*ReadToken(File(std::string(kToken) + "\r\n")), kToken);
}

TEST_F(TokenTest, WhatIsNoTokenIsRefusedAndNotShown) {
  for (const std::string& content :
       {std::string(), std::string("\n"), std::string("tooshort-secret"),
        std::string("secret with a blank in it"),
        std::string("secret\r\nx-forged: header"),
        std::string("secret\0secret-secret", 20),
        std::string("secret-in-\xc3\xbctf8-form"),
        "secret" + std::string(1'019, 'x'),
        "secret" + std::string(1'000'000, 'x')}) {
    const absl::Status status = ReadToken(File(content)).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(status.message()), HasSubstr(path_));
    EXPECT_THAT(std::string(status.message()), Not(HasSubstr("secret")));
  }
  setenv("INVOCATOR_TOKEN", "a secret", 1);
  const std::string words(ReadToken("").status().message());
  EXPECT_THAT(words, HasSubstr("INVOCATOR_TOKEN"));
  EXPECT_THAT(words, Not(HasSubstr("secret")));
}

TEST_F(TokenTest, AFileThatIsNotThereIsNamed) {
  const absl::Status status = ReadToken("/nonexistent/token").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(status.message()), HasSubstr("/nonexistent/token"));
  EXPECT_FALSE(ReadToken(folder_.path()).ok());
}

TEST(CheckAuthorizationTest, OnlyTheWholeTokenLetsIn) {
  EXPECT_TRUE(CheckAuthorization(kToken, BearerAuthorization(kToken)).ok());
  for (const std::string& wrong :
       {std::string(kToken), std::string("Bearer"), std::string("Bearer "),
        std::string("bearer ") + kToken, std::string("Bearer  ") + kToken,
        BearerAuthorization("0123456789abcdeF"),
        BearerAuthorization("0123456789abcde"),
        BearerAuthorization("0123456789abcdef0"),
        BearerAuthorization(std::string(kToken) + std::string(1, '\0'))}) {
    const absl::Status status = CheckAuthorization(kToken, wrong);
    EXPECT_EQ(status.code(), absl::StatusCode::kUnauthenticated) << wrong;
    EXPECT_THAT(std::string(status.message()), Not(HasSubstr("0123")));
  }
}

TEST(CheckAuthorizationTest, WhoShowsNoneIsToldHow) {
  const absl::Status status = CheckAuthorization(kToken, "");
  EXPECT_EQ(status.code(), absl::StatusCode::kUnauthenticated);
  EXPECT_THAT(std::string(status.message()), HasSubstr("--token-file"));
}

}  // namespace
}  // namespace invocator
