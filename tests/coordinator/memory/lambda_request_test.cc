#include "coordinator/memory/lambda_request.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "absl/strings/str_cat.h"
#include "tests/support/fake_lambda.h"

namespace invocator {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

std::string HeaderOf(const HttpRequest& request, const std::string& name) {
  for (const auto& [its_name, value] : request.headers) {
    if (its_name == name) return value;
  }
  return "(none)";
}

TEST(LambdaRequestTest, GoesToTheRegionsOwnHost) {
  const std::map<std::string, std::string> kHosts = {
      {"us-west-1", "https://lambda.us-west-1.amazonaws.com"},
      {"us-gov-west-1", "https://lambda.us-gov-west-1.amazonaws.com"},
      {"cn-north-1", "https://lambda.cn-north-1.amazonaws.com.cn"},
      {"eusc-de-east-1", "https://lambda.eusc-de-east-1.amazonaws.eu"},
  };
  for (const auto& [region, url] : kHosts) {
    const auto request = GetConfigurationRequest({"f", region}, "");
    ASSERT_TRUE(request.ok()) << request.status();
    EXPECT_EQ(request->url, url);
    EXPECT_EQ(request->endpoint.host, url.substr(8));
    EXPECT_EQ(request->endpoint.path, "/2015-03-31/functions/f/configuration");
    EXPECT_EQ(request->scope, (SigningScope{region, "lambda"}));
  }
}

// The signatures were made by botocore 1.29.27 (Debian's python3-botocore):
// SigV4Auth(Credentials, "lambda", region).add_auth(AWSRequest(...)) with its
// clock at 2026-08-23 12:00:00 UTC.
TEST(LambdaRequestTest, SignsAsBotocoreDoes) {
  Signer signer(
      {"AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", ""});
  const auto request =
      SetMemoryRequest({"chameleon", "us-west-1"}, "", 256, "");
  ASSERT_TRUE(request.ok());
  const HttpRequest sent = Sign(*request, signer, 1'787'486'400);
  EXPECT_EQ(sent.method, "PUT");
  EXPECT_EQ(sent.url,
            "https://lambda.us-west-1.amazonaws.com/2015-03-31/functions/"
            "chameleon/configuration");
  EXPECT_EQ(sent.body, R"({"MemorySize":256})");
  EXPECT_EQ(HeaderOf(sent, "content-type"), "application/json");
  EXPECT_EQ(HeaderOf(sent, "x-amz-date"), "20260823T120000Z");
  EXPECT_THAT(
      HeaderOf(sent, "authorization"),
      HasSubstr(
          "1edf7983d5704e54cc8fe0920584634c5fed96a721572c0ec3634b4d037b808e"));
}

TEST(LambdaRequestTest, ChangeNamesTheRevisionItIsOf) {
  const LambdaFunction function{"f", "us-west-1"};
  EXPECT_EQ(SetMemoryRequest(function, "", 256, "a\"b")->body,
            R"({"MemorySize":256,"RevisionId":"a\"b"})");
}

TEST(LambdaRequestTest, ArnIsEscapedOnceOnTheWireAndSignedEscapedTwice) {
  Signer signer(
      {"AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "token"});
  const auto request = GetConfigurationRequest(
      {"arn:aws:lambda:us-west-1:123456789012:function:f", "us-west-1"},
      "http://127.0.0.1:9000/");
  ASSERT_TRUE(request.ok());
  const HttpRequest sent = Sign(*request, signer, 1'787'486'400);
  EXPECT_EQ(sent.url,
            "http://127.0.0.1:9000/2015-03-31/functions/"
            "arn%3Aaws%3Alambda%3Aus-west-1%3A123456789012%3Afunction%3Af/"
            "configuration");
  EXPECT_EQ(HeaderOf(sent, "host"), "127.0.0.1:9000");
  EXPECT_EQ(HeaderOf(sent, "x-amz-security-token"), "token");
  EXPECT_EQ(sent.body, "");
  EXPECT_EQ(HeaderOf(sent, "content-type"), "(none)");
  EXPECT_THAT(
      HeaderOf(sent, "authorization"),
      HasSubstr(
          "074795bd562da9ec2f2554a9254e2029157c382b7ad5de23d0742a0bd79c2d6b"));
}

TEST(LambdaRequestTest, EndpointHasItsPathAndAFunctionsOwnWins) {
  const auto request = GetConfigurationRequest(
      {"f", "us-west-1", "http://localhost:4566/aws"}, "http://other");
  ASSERT_TRUE(request.ok()) << request.status();
  EXPECT_EQ(request->url, "http://localhost:4566");
  EXPECT_EQ(request->endpoint,
            (Endpoint{"localhost:4566",
                      "/aws/2015-03-31/functions/f/configuration", ""}));
  EXPECT_TRUE(absl::IsInvalidArgument(
      GetConfigurationRequest({"f", "us-west-1"}, "localhost").status()));
}

TEST(LambdaRequestTest, StatesOtherThanActiveHaveAReason) {
  const auto parse = [](const std::string& keys) {
    HttpResponse response;
    response.status = 200;
    response.body = absl::StrCat(R"({"MemorySize":128)", keys, "}");
    return *ParseConfiguration(response);
  };
  EXPECT_TRUE(parse("").is_active());
  EXPECT_TRUE(parse(R"(,"State":"Active","StateReason":"x")").is_active());
  EXPECT_EQ(parse(R"(,"State":"Active","StateReason":"x")").state_reason, "");
  for (const char* state : {"Pending", "Inactive", "Failed"}) {
    const FunctionConfiguration found = parse(absl::StrCat(
        R"(,"StateReasonCode":"Idle","StateReason":"The function is idle",)",
        R"("State":")", state, "\""));
    EXPECT_EQ(found.state, state);
    EXPECT_FALSE(found.is_active());
    EXPECT_EQ(found.state_reason, "Idle The function is idle");
  }
}

HttpResponse Answer(int status, std::string body) {
  HttpResponse response;
  response.status = status;
  response.body = std::move(body);
  return response;
}

TEST(LambdaRequestTest, ReadsAConfiguration) {
  auto read = ParseConfiguration(Answer(
      200,
      R"({"MemorySize":512,"LastUpdateStatus":"InProgress","X":[1],)"
      R"("FunctionArn":"arn:aws:lambda:us-west-1:123456789012:function:f",)"
      R"("RevisionId":"a"})"));
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->memory_mb, 512u);
  EXPECT_EQ(read->arn, "arn:aws:lambda:us-west-1:123456789012:function:f");
  EXPECT_EQ(read->revision, "a");
  EXPECT_EQ(read->update, FunctionConfiguration::Update::kInProgress);
  // Stand-ins for AWS may say nothing of updates, nor of revisions.
  read = ParseConfiguration(Answer(200, R"({"MemorySize":128})"));
  EXPECT_EQ(read->revision, "");
  EXPECT_EQ(read->update, FunctionConfiguration::Update::kSuccessful);
}

TEST(LambdaRequestTest, AnswersOfSomethingElseAreRefused) {
  for (const char* body :
       {"", "<html>", "[]", "{}", "null", R"({"MemorySize":"128"})",
        R"({"MemorySize":-1})", R"({"MemorySize":0})", R"({"MemorySize":1.5})",
        R"({"MemorySize":4294967424})"}) {
    EXPECT_TRUE(
        absl::IsUnimplemented(ParseConfiguration(Answer(200, body)).status()))
        << body;
  }
}

TEST(LambdaRequestTest, ErrorCodeIsFoundInEverySpelling) {
  HttpResponse response =
      AwsError(409, "ns#ResourceConflictException:http://x/", "busy");
  EXPECT_EQ(ParseConfiguration(response).status().message(),
            "409 ResourceConflictException: busy");
  EXPECT_EQ(ParseConfiguration(
                Answer(403, R"({"__type":"a#ExpiredToken","Message":"old"})"))
                .status()
                .message(),
            "403 ExpiredToken: old");
  EXPECT_TRUE(absl::IsAborted(
      ParseConfiguration(AwsError(412, "PreconditionFailedException", ""))
          .status()));
  EXPECT_EQ(ParseConfiguration(Answer(502, "")).status().message(), "502");
  EXPECT_EQ(ParseConfiguration(Answer(404, "no such page")).status().message(),
            "404: no such page");
}

TEST(LambdaRequestTest, WhatAServerSaysStaysOnOneBoundedLine) {
  const auto status =
      ParseConfiguration(Answer(500, "a\nb\x1b[31m" + std::string(5000, 'x')))
          .status();
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("500: a b\uFFFD[31mxxx"));
  EXPECT_LT(status.message().size(), 1100u);
  EXPECT_THAT(std::string(status.message()), Not(HasSubstr("\n")));
}

}  // namespace
}  // namespace invocator
