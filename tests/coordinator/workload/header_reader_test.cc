#include "coordinator/workload/header_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "absl/strings/str_cat.h"
#include "coordinator/json/json_reader.h"

namespace invocator {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::Pair;

class HeaderReaderTest : public ::testing::Test {
 protected:
  InstancePlan Read(const std::string& headers) {
    InstancePlan instance;
    if (signs_) instance.signing = SigningScope{"r", "s"};
    issues_ = WorkloadIssues("w");
    const auto document =
        ReadJson("w", absl::StrCat("{\"headers\": ", headers, "}"));
    EXPECT_TRUE(document.ok()) << document.status();
    FieldReader fields(document->root, "a", issues_);
    ReadHeaders(
        fields,
        {.environment = [this](const char* name) { return environment_[name]; },
         .required = required_},
        issues_, instance);
    return instance;
  }

  std::string Error(const std::string& headers) {
    Read(headers);
    return std::string(issues_.ToStatus().message());
  }

  WorkloadIssues issues_{"w"};
  bool signs_ = false;
  bool required_ = true;
  std::map<std::string, std::string> environment_;
};

TEST_F(HeaderReaderTest, SignersHeadersAreTheUsersWhereNothingIsSigned) {
  constexpr char kHeaders[] = R"({"Authorization": "Bearer t",
      "X-Amz-Date": "d", "x-amz-security-token": "s"})";
  EXPECT_THAT(
      Read(kHeaders).headers,
      ElementsAre(Pair("Authorization", "Bearer t"), Pair("X-Amz-Date", "d"),
                  Pair("x-amz-security-token", "s")));
  EXPECT_EQ(issues_.ToStatus(), absl::OkStatus());
  signs_ = true;
  EXPECT_THAT(Error(kHeaders),
              AllOf(HasSubstr("headers.Authorization: is set by the worker"),
                    HasSubstr("headers.X-Amz-Date: is set by the worker"),
                    HasSubstr("headers.x-amz-security-token: is set by")));
}

TEST_F(HeaderReaderTest, HopByHopHeadersAreNobodysBusiness) {
  for (const char* name : {"Host", "CONNECTION", "content-length", "TE",
                           "keep-alive", "proxy-connection", "expect",
                           "trailer", "transfer-encoding", "upgrade"}) {
    EXPECT_EQ(Error(absl::StrCat("{\"", name, "\": \"x\"}")),
              absl::StrCat("w: a.headers.", name,
                           ": is set by the worker, expected no such header "
                           "here"));
  }
}

TEST_F(HeaderReaderTest, ValuesMayComeFromTheEnvironment) {
  environment_ = {{"_TOKEN2", "Bearer ä/b+c="}};
  const InstancePlan instance =
      Read(R"({"Authorization": {"env": "_TOKEN2"}, "X-A": "a",
               "X-B": {"_comment": "so", "env": "_TOKEN2"}})");
  EXPECT_EQ(issues_.ToStatus(), absl::OkStatus());
  EXPECT_THAT(instance.headers,
              ElementsAre(Pair("Authorization", "Bearer ä/b+c="),
                          Pair("X-A", "a"), Pair("X-B", "Bearer ä/b+c=")));
  EXPECT_THAT(
      instance.header_variables,
      ElementsAre(Pair("Authorization", "_TOKEN2"), Pair("X-B", "_TOKEN2")));
}

TEST_F(HeaderReaderTest, VariablesThatHoldNoValueAreNamedWithoutIt) {
  for (const std::string& value :
       {std::string("s3cret\r\nX: y"), std::string("s3cret\n"),
        std::string("s3\tcret"), std::string(" s3cret"), std::string("s3cret "),
        std::string("s3cret\x7f"), std::string("s3cret\xff"),
        std::string(8193, 's')}) {
    environment_ = {{"T", value}};
    EXPECT_THAT(Error(R"({"A": {"env": "T"}})"),
                AllOf(HasSubstr("w: a.headers.A: the environment variable T "
                                "is not a valid header value"),
                      Not(HasSubstr("cret")), Not(HasSubstr("sss"))));
  }
  environment_ = {{"T", std::string(8192, 's')}};
  EXPECT_EQ(Error(R"({"A": {"env": "T"}})"), "");
}

TEST_F(HeaderReaderTest, AMissingVariableIsAnErrorWhereCallsAreMade) {
  constexpr char kHeaders[] = R"({"A": {"env": "NONE"}})";
  EXPECT_EQ(Error(kHeaders),
            "w: a.headers.A: the environment variable NONE is not set or "
            "empty");
  required_ = false;
  const InstancePlan instance = Read(kHeaders);
  EXPECT_EQ(issues_.ToStatus(), absl::OkStatus());
  EXPECT_THAT(issues_.warnings(),
              ElementsAre("w: a.headers.A: the environment variable NONE is "
                          "not set or empty: run needs it"));
  EXPECT_THAT(instance.headers, ElementsAre(Pair("A", "")));
  EXPECT_THAT(instance.header_variables, ElementsAre(Pair("A", "NONE")));
  // What is there is held to the rules all the same.
  environment_ = {{"NONE", "a\nb"}};
  EXPECT_THAT(Error(kHeaders), HasSubstr("is not a valid header value"));
}

TEST_F(HeaderReaderTest, SecretsOfAwsAreNeverSent) {
  for (const char* name :
       {"AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN"}) {
    for (const bool is_set : {true, false}) {
      environment_ = {};
      if (is_set) environment_[name] = "s3cret";
      EXPECT_THAT(
          Error(absl::StrCat(R"({"A": {"env": ")", name, "\"}}")),
          AllOf(HasSubstr(absl::StrCat("w: a.headers.A: the environment "
                                       "variable ",
                                       name,
                                       " holds an AWS secret, which is "
                                       "never sent to a target")),
                Not(HasSubstr("s3cret"))));
    }
  }
  environment_ = {{"AWS_ACCESS_KEY_ID", "AKID"}};
  EXPECT_EQ(Error(R"({"A": {"env": "AWS_ACCESS_KEY_ID"}})"), "");
}

TEST_F(HeaderReaderTest, OnlyNamesOfVariablesAreTaken) {
  environment_ = {{"A", "x"}, {"A0_", "x"}};
  EXPECT_EQ(Error(R"({"X": {"env": "A0_"}})"), "");
  for (const char* value :
       {R"({"env": ""})", R"({"env": "0A"})", R"({"env": "A="})",
        R"({"env": "A-B"})", R"({"env": "A\u0000"})", R"({"env": null})",
        R"({"ENV": "A"})", R"({"env": "A", "or": "b"})", "{}", "[\"A\"]",
        "null", "5", "true"}) {
    EXPECT_THAT(Error(absl::StrCat("{\"X\": ", value, "}")),
                HasSubstr("or {\"env\": \"NAME\"}, found "))
        << value;
  }
}

TEST_F(HeaderReaderTest, ValuesThatMayBeSecretsAreNotShown) {
  for (const char* name : {"Authorization", "X-Api-Key", "Cookie"}) {
    EXPECT_THAT(
        Error(absl::StrCat("{\"", name, "\": \" s3cret\"}")),
        AllOf(HasSubstr("found another value"), Not(HasSubstr("s3cret"))));
  }
  EXPECT_THAT(Error(R"({"X-Plain": " s3cret"})"), HasSubstr("s3cret"));
  EXPECT_THAT(Error(R"({"X-Api-Key": 5})"), HasSubstr("found 5"));
}

TEST_F(HeaderReaderTest, TabsAndForeignLettersAreRiskyWhereRequestsAreSigned) {
  EXPECT_EQ(Error(R"({"X-A": "a\tb", "Content-Type": "ä"})"), "");
  EXPECT_THAT(issues_.warnings(), IsEmpty());
  signs_ = true;
  EXPECT_EQ(Error(R"({"X-A": "a\tb"})"),
            "w: a.headers.X-A: has a tab, on which signers and API Gateway "
            "disagree: expected a blank");
  EXPECT_EQ(Error(R"({"content-type": "ä", "X-AMZ-a": "ä", "X-A": "ä",
                      "X-Amz-B": "a  b~"})"),
            "");
  EXPECT_THAT(
      issues_.warnings(),
      ElementsAre(HasSubstr("headers.content-type: is signed, and signers"),
                  HasSubstr("headers.X-AMZ-a: is signed")));
}

TEST_F(HeaderReaderTest, NamesAreTokensAndComeOnce) {
  EXPECT_THAT(Error(R"({"A": "1", "a": "2"})"),
              HasSubstr("a.headers.a: differs from another header"));
  EXPECT_THAT(Error(R"({"A B": "1"})"), HasSubstr("expected a header name"));
  EXPECT_THAT(Error("[1]"), HasSubstr("an object of names and values"));
  EXPECT_THAT(Read("{}").headers, IsEmpty());
  EXPECT_THAT(Read(R"({"_comment": 5, "A": ""})").headers,
              ElementsAre(Pair("A", "")));
  EXPECT_THAT(issues_.warnings(),
              ElementsAre("w: a.headers._comment: ignored as a comment"));
}

TEST_F(HeaderReaderTest, ValuesAreBounded) {
  const std::string longest(8192, 'x');
  EXPECT_EQ(Error(absl::StrCat("{\"A\": \"", longest, "\"}")), "");
  EXPECT_THAT(Error(absl::StrCat("{\"A\": \"", longest, "x\"}")),
              HasSubstr("at most 8192 bytes"));
}

}  // namespace
}  // namespace invocator
