#include "gateway/web_identity.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace invocator {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string Jwt(absl::string_view claims,
                absl::string_view header = R"({"alg":"RS256"})") {
  return absl::StrCat(absl::WebSafeBase64Escape(header), ".",
                      absl::WebSafeBase64Escape(claims), ".c2ln");
}

std::string ErrorOf(absl::string_view token) {
  return std::string(ParseWebIdentity(token).status().message());
}

TEST(WebIdentityTest, ReadsTheClaimsOfAPodsToken) {
  const auto identity = ParseWebIdentity(
      Jwt(R"({"aud":["sts.amazonaws.com","other"],"exp":1787490000,)"
          R"("iss":"https://oidc.eks","sub":"system:serviceaccount:a:b"})"));
  ASSERT_TRUE(identity.ok()) << identity.status();
  EXPECT_EQ(identity->issuer, "https://oidc.eks");
  EXPECT_EQ(identity->subject, "system:serviceaccount:a:b");
  EXPECT_EQ(identity->audience, "sts.amazonaws.com");
  EXPECT_EQ(identity->expires_unix_s, 1787490000);
}

TEST(WebIdentityTest, DepthIsNoDanger) {
  const std::string deep = std::string(24'000, '[') + std::string(24'000, ']');
  EXPECT_THAT(ErrorOf(Jwt(absl::StrCat(R"({"iss":)", deep, "}"))),
              HasSubstr("iss"));
}

TEST(WebIdentityTest, WhatIsNoJwtIsSaidAndNotQuoted) {
  const std::string good = Jwt("{}");
  for (const std::string& token :
       {std::string("secret"), std::string("secret.secret.secret"),
        std::string(".."), good + ".x", good.substr(0, good.rfind('.') + 1),
        Jwt("[]"), Jwt("secret"), Jwt("{}", "1"),
        Jwt(std::string(15'000, '['))}) {
    EXPECT_THAT(ErrorOf(token), HasSubstr("is not a valid JWT")) << token;
    EXPECT_THAT(ErrorOf(token), Not(HasSubstr("secret")));
  }
}

TEST(WebIdentityTest, MissingClaimIsNamed) {
  const struct {
    const char* claims;
    const char* missing;
  } kRows[] = {
      {R"({})", "iss"},
      {R"({"iss":1})", "iss"},
      {R"({"iss":"i","aud":"a","exp":1})", "sub"},
      {R"({"iss":"i","sub":"s","aud":[],"exp":1})", "aud"},
      {R"({"iss":"i","sub":"s","aud":[1],"exp":1})", "aud"},
      {R"({"iss":"i","sub":"s","aud":"a"})", "exp"},
      {R"({"iss":"i","sub":"s","aud":"a","exp":"1"})", "exp"},
  };
  for (const auto& row : kRows) {
    EXPECT_EQ(ErrorOf(Jwt(row.claims)),
              absl::StrCat("Missing a required claim: ", row.missing))
        << row.claims;
  }
}

}  // namespace
}  // namespace invocator
