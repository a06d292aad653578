// Requests as a workload describes them: host, region, method and query.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "coordinator/workload/workload.h"
#include "tests/support/workload_fixture.h"

namespace invocator {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class WorkloadRequestsTest : public WorkloadFixture {};

TEST_F(WorkloadRequestsTest, RegionComesFromKeyThenHostThenEnvironment) {
  const struct {
    std::string members, environment, region, service;
  } kCases[] = {
      {R"("host": "a.execute-api.us-west-2.amazonaws.com")", "eu-west-1",
       "us-west-2", "execute-api"},
      {R"("host": "a.execute-api.us-west-2.amazonaws.com",
          "region": "us-east-2")",
       "eu-west-1", "us-east-2", "execute-api"},
      {R"("host": "a.lambda-url.eu-north-1.on.aws")", "", "eu-north-1",
       "lambda"},
      {R"("host": "api.example.com")", "eu-west-1", "eu-west-1", "execute-api"},
      {R"("host": "api.example.com", "service": "lambda")", "eu-west-1",
       "eu-west-1", "lambda"},
      {R"("host": "localhost:9000", "region": "r", "service": "s")", "", "r",
       "s"},
  };
  for (const auto& [members, environment, region, service] : kCases) {
    const Plan plan = Load(absl::StrCat(R"({"test_name": "t", "random_seed": 1,
               "test_duration_in_seconds": 1, "instances": {"a": {
               "interarrivals_list": [], )",
                                        members, "}}}"),
                           environment)
                          .plan;
    EXPECT_EQ(plan.instances[0].signing, (SigningScope{region, service}))
        << members;
  }
}

TEST_F(WorkloadRequestsTest, AGuessedServiceIsTold) {
  EXPECT_THAT(
      Load(R"({"test_name": "t", "random_seed": 1,
               "test_duration_in_seconds": 1, "instances": {"a": {
               "interarrivals_list": [], "host": "api.example.com"}}})",
           "eu-west-1")
          .warnings,
      ElementsAre("w.json: instances.a.service: the host \"api.example.com\" "
                  "names none, taking \"execute-api\"; add \"service\" to be "
                  "sure"));
}

TEST_F(WorkloadRequestsTest, MethodsAreUpperCaseAndKnown) {
  const auto error = [&](const std::string& method, const std::string& more) {
    return InstanceError(absl::StrCat(
        R"("interarrivals_list": [], "method": ")", method, "\"", more));
  };
  for (const char* method :
       {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}) {
    EXPECT_EQ(error(method, ""), "no error") << method;
  }
  EXPECT_EQ(error("TRACE", R"(, "auth": "none")"), "no error");
  EXPECT_EQ(error("PROPFIND", R"(, "auth": "none")"), "no error");
  const struct {
    std::string method, words;
  } kRows[] = {{"get", "did you mean \"GET\"?"},
               {"Post", "did you mean \"POST\"?"},
               {"DELTE", "did you mean \"DELETE\"?"},
               {"trace", "did you mean \"TRACE\"?"},
               {"propfind", "in upper case"},
               {"connect", "sends a request to a resource"}};
  for (const auto& [method, words] : kRows) {
    EXPECT_THAT(error(method, ""), HasSubstr(words)) << method;
  }
  EXPECT_THAT(error("HEAD", R"(, "data": 1)"), HasSubstr("may have a body"));
  EXPECT_THAT(error("HEAD", R"(, "param_file": "p")"),
              HasSubstr("may have a body"));
  EXPECT_EQ(error(std::string(32, 'Q'), R"(, "auth": "none")"), "no error");
  EXPECT_THAT(error(std::string(33, 'Q'), R"(, "auth": "none")"),
              HasSubstr("an HTTP method such as"));
  const LoadedWorkload odd = LoadInstance(
      R"("interarrivals_list": [], "method": "PROPFIND", "auth": "none")");
  EXPECT_THAT(odd.warnings,
              ElementsAre(HasSubstr("\"PROPFIND\" is not a method that")));
  for (const char* method : {"QUERY", "TRACE"}) {
    EXPECT_THAT(
        LoadInstance(absl::StrCat(R"("interarrivals_list": [], "method": ")",
                                  method, "\""))
            .warnings,
        ElementsAre(HasSubstr("is not a method that API Gateway and Lambda")));
  }
  EXPECT_THAT(LoadInstance(R"("interarrivals_list": [], "method": "TRACE",
                              "auth": "none")")
                  .warnings,
              IsEmpty());
}

TEST_F(WorkloadRequestsTest, QueriesThatAreReadInTwoWaysAreRefusedOrWarnedOf) {
  for (const char* resource : {"f?a=1;b", "f?=v", "f?a&=", "f?;"}) {
    const std::string members = absl::StrCat(
        R"("interarrivals_list": [], "resource": ")", resource, "\"");
    EXPECT_THAT(InstanceError(members),
                HasSubstr("on which signers and API Gateway disagree"));
    EXPECT_THAT(LoadInstance(members + R"(, "auth": "none")").warnings,
                ElementsAre(HasSubstr("instances.a.resource: the query has ")));
  }
  for (const char* resource : {"f?a=", "f?a=b=c", "f?a"}) {
    EXPECT_EQ(
        InstanceError(absl::StrCat(R"("interarrivals_list": [], "resource": ")",
                                   resource, "\"")),
        "no error");
  }
  EXPECT_EQ(
      InstanceError(R"("interarrivals_list": [], "resource": "a;b=c/=d")"),
      "no error");
  // Elsewhere it is the server's own business.
  EXPECT_THAT(Load(R"({"test_name": "t", "test_duration_in_seconds": 1,
                       "random_seed": 1, "instances": {"a": {
                       "interarrivals_list": [], "url": "http://h/?a;b"}}})")
                  .warnings,
              IsEmpty());
}

TEST_F(WorkloadRequestsTest, AHostBesideItsUrlMaySayTheSame) {
  const auto error = [&](const std::string& url, const std::string& host) {
    const absl::StatusOr<LoadedWorkload> workload = ParseWorkload(
        absl::StrCat(R"({"test_name": "t", "test_duration_in_seconds": 1,
            "random_seed": 1, "instances": {"a": {"interarrivals_list": [],
            "url": ")",
                     url, R"(", "host": ")", host, "\"}}}"),
        "w.json", "", Options());
    return std::string(workload.status().message());
  };
  EXPECT_EQ(error("http://h:8080/f", "H:8080"), "");
  EXPECT_EQ(error("http://h:80/f", "h"), "");
  EXPECT_EQ(error("http://h/f", "h:80"), "");
  EXPECT_EQ(error("https://h/f", "h:443"), "");
  EXPECT_THAT(error("https://h/f", "h:80"), HasSubstr("has another host"));
  EXPECT_THAT(error("http://h/f", "i"),
              HasSubstr("instances.a.host: the url has another host, \"h\""));
}

TEST_F(WorkloadRequestsTest, AnApplicationAloneIsToldItsThreeWaysOut) {
  const auto error = [&](const std::string& members) {
    return std::string(ParseWorkload(absl::StrCat(
                                         R"({"test_name": "t", "random_seed": 1,
            "test_duration_in_seconds": 1, "instances": {"a": {
            "interarrivals_list": [], )",
                                         members, "}}}"),
                                     "w.json", "", Options())
                           .status()
                           .message());
  };
  EXPECT_EQ(
      error(R"("application": "f")"),
      "w.json: instances.a.host: missing, and an application alone does "
      "not say where it is called: expected \"invoker\": \"lambda\" beside "
      "it (Lambda's Invoke API), or \"invoker\": \"http\" and a \"url\", or "
      "a \"host\" (API Gateway, with \"stage\" and \"resource\")");
  for (const char* members :
       {R"("application": "f", "invoker": "http")", R"("stage": "s")"}) {
    EXPECT_EQ(error(members),
              "w.json: instances.a.host: missing, expected the host's name, "
              "without scheme and path");
  }
}

}  // namespace
}  // namespace invocator
