#include "common/credentials/sts_request.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/support/fake_source_io.h"

namespace invocator {
namespace {

using ::testing::HasSubstr;

const absl::Time kNow = absl::FromUnixSeconds(1'700'000'000);
const RoleRequest kRole = {"arn:aws:iam::123456789012:role/a+b", "me@home", "",
                           ""};

HttpRequest Assume(const StsTarget& target, const RoleRequest& role = kRole,
                   const std::string& token = "") {
  const auto request =
      AssumeRoleRequest(target, role, {"AKID", "secret", token}, kNow);
  EXPECT_TRUE(request.ok()) << request.status();
  return request.value_or(HttpRequest());
}

std::string Header(const HttpRequest& request, const std::string& name) {
  return FakeSourceIo::HeaderOf(request, name);
}

TEST(StsRequestTest, TheFormIsEncoded) {
  const HttpRequest request =
      Assume({}, {kRole.role_arn, "me@home", "x=1&y", "900"});
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.body,
            "Action=AssumeRole&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A"
            "123456789012%3Arole%2Fa%2Bb&RoleSessionName=me%40home&ExternalId="
            "x%3D1%26y&DurationSeconds=900");
  EXPECT_EQ(Assume({}).body.find("ExternalId"), std::string::npos);
}

TEST(StsRequestTest, TheEndpointIsThatOfTheRegion) {
  const struct {
    StsTarget target;
    const char *url, *host, *scope;
  } kCases[] = {
      {{"eu-west-1", ""},
       "https://sts.eu-west-1.amazonaws.com/",
       "sts.eu-west-1.amazonaws.com",
       "/eu-west-1/sts/"},
      {{"cn-north-1", ""},
       "https://sts.cn-north-1.amazonaws.com.cn/",
       "sts.cn-north-1.amazonaws.com.cn",
       "/cn-north-1/sts/"},
      {{"eusc-de-east-1", ""},
       "https://sts.eusc-de-east-1.amazonaws.eu/",
       "sts.eusc-de-east-1.amazonaws.eu",
       "/eusc-de-east-1/sts/"},
      {{"", ""},
       "https://sts.amazonaws.com/",
       "sts.amazonaws.com",
       "/us-east-1/sts/"},
      {{"eu-west-1", "http://127.0.0.1:4566"},
       "http://127.0.0.1:4566/",
       "127.0.0.1:4566",
       "/eu-west-1/sts/"},
      {{"", "https://sts.test/"},
       "https://sts.test/",
       "sts.test",
       "/us-east-1/sts/"},
      {{"", "http://[::1]:80"}, "http://[::1]/", "[::1]", "/us-east-1/sts/"},
      {{"", "http://sts.test:1/x/"},
       "http://sts.test:1/x/",
       "sts.test:1",
       "/us-east-1/sts/"},
  };
  for (const auto& c : kCases) {
    const HttpRequest request = Assume(c.target);
    EXPECT_EQ(request.url, c.url);
    EXPECT_EQ(Header(request, "Host"), c.host);
    EXPECT_THAT(Header(request, "Authorization"), HasSubstr(c.scope));
  }
}

TEST(StsRequestTest, WhatIsNoEndpointIsRefused) {
  for (const char* url : {"sts.test", "ftp://sts.test", "http://sts.test/?x"}) {
    EXPECT_EQ(AssumeRoleRequest({"", url}, kRole, {"A", "s", ""}, kNow)
                  .status()
                  .code(),
              absl::StatusCode::kInvalidArgument)
        << url;
  }
}

TEST(StsRequestTest, ATokenIsSentAndSigned) {
  const HttpRequest request = Assume({}, kRole, "the-token");
  EXPECT_EQ(Header(request, "X-Amz-Security-Token"), "the-token");
  EXPECT_EQ(Header(request, "X-Amz-Date"), "20231114T221320Z");
  EXPECT_THAT(Header(request, "Authorization"),
              HasSubstr("SignedHeaders=content-type;host;x-amz-date;"
                        "x-amz-security-token, "));
  EXPECT_EQ(Header(Assume({}), "X-Amz-Security-Token"), "");
}

TEST(StsRequestTest, AWebIdentityIsNotSigned) {
  const auto request = WebIdentityRequest({"eu-west-1", ""}, kRole, "e.y/J+");
  ASSERT_TRUE(request.ok()) << request.status();
  EXPECT_EQ(Header(*request, "Authorization"), "");
  EXPECT_THAT(request->body,
              HasSubstr("Action=AssumeRoleWithWebIdentity&Version=2011-06-15"));
  EXPECT_THAT(request->body, HasSubstr("&WebIdentityToken=e.y%2FJ%2B"));
}

TEST(StsRequestTest, TheDefaultSessionNameIsOneStsAccepts) {
  EXPECT_EQ(DefaultSessionName(kNow), "invocator-1700000000");
}

}  // namespace
}  // namespace invocator
