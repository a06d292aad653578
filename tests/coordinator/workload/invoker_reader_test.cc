#include "coordinator/workload/invoker_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "coordinator/text/text_file.h"
#include "coordinator/workload/workload.h"
#include "coordinator/workload/workload_writer.h"
#include "tests/support/temp_dir.h"

namespace invocator {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;

absl::StatusOr<LoadedWorkload> Load(const std::string& keys) {
  return ParseWorkload(
      absl::StrCat(R"({"test_name": "t", "test_duration_in_seconds": 1,
          "random_seed": 1, "instances": {"a": {"interarrivals_list": [0.1], )",
                   keys, "}}}"),
      "w.json", ".",
      {.default_region = "eu-west-1", .draw_seed = [] { return 1u; }});
}

InstancePlan Read(const std::string& keys) {
  const auto workload = Load(keys);
  EXPECT_TRUE(workload.ok()) << workload.status();
  return workload.ok() ? workload->plan.instances[0] : InstancePlan();
}

TEST(InvokerReaderTest, LambdaGoesToTheInvokeApiOfItsRegion) {
  const InstancePlan instance =
      Read(R"("invoker": "lambda", "application": "chameleon")");
  EXPECT_EQ(instance.endpoint,
            (Endpoint{"lambda.eu-west-1.amazonaws.com",
                      "/2015-03-31/functions/chameleon/invocations", ""}));
  EXPECT_EQ(instance.signing, (SigningScope{"eu-west-1", "lambda"}));
  EXPECT_EQ(instance.method, "POST");
  EXPECT_THAT(instance.headers, ElementsAre(Pair("X-Amz-Log-Type", "Tail")));
  EXPECT_FALSE(instance.plain_http);
}

TEST(InvokerReaderTest, RegionOfKeyThenArnThenHostThenEnvironment) {
  const struct {
    const char* keys;
    const char* host;
    const char* region;
  } kRows[] = {
      {R"("application": "f", "region": "cn-north-1")",
       "lambda.cn-north-1.amazonaws.com.cn", "cn-north-1"},
      {R"("application": "arn:aws:lambda:us-east-2:123456789012:function:f")",
       "lambda.us-east-2.amazonaws.com", "us-east-2"},
      {R"("application": "f", "host": "lambda-fips.us-west-2.amazonaws.com")",
       "lambda-fips.us-west-2.amazonaws.com", "us-west-2"},
      {R"("application": "f", "host": "lambda.example.com")",
       "lambda.example.com", "eu-west-1"},
  };
  for (const auto& [keys, host, region] : kRows) {
    const InstancePlan instance =
        Read(absl::StrCat(R"("invoker": "lambda", )", keys));
    EXPECT_EQ(instance.endpoint.host, host);
    EXPECT_EQ(instance.signing, (SigningScope{region, "lambda"}));
  }
}

TEST(InvokerReaderTest, QualifierIsInTheQueryAndOfTheApplication) {
  const InstancePlan instance = Read(
      R"("invoker": "lambda", "application": "f", "qualifier": "$LATEST")");
  EXPECT_EQ(instance.endpoint.query, "Qualifier=%24LATEST");
  EXPECT_EQ(instance.application, "f:$LATEST");
  EXPECT_EQ(Read(R"("invoker": "lambda", "application": "f:7")").endpoint.query,
            "Qualifier=7");
  EXPECT_EQ(
      Load(R"("invoker": "lambda", "application": "f:7", "qualifier": "7")")
          .status()
          .message(),
      "w.json: instances.a.qualifier: the application names one already, "
      "\"7\"");
}

TEST(InvokerReaderTest, FunctionOfAnotherAccountIsNamedByIt) {
  EXPECT_EQ(Read(
                R"("invoker": "lambda",
             "application": "arn:aws:lambda:us-east-2:123456789012:function:f")")
                .endpoint.path,
            "/2015-03-31/functions/123456789012%3Afunction%3Af/invocations");
}

TEST(InvokerReaderTest, InvocationTypeIsAHeaderUnlessItIsTheDefault) {
  EXPECT_THAT(Read(R"("invoker": "lambda", "application": "f",
                      "invocation_type": "Event")")
                  .headers,
              ElementsAre(Pair("X-Amz-Invocation-Type", "Event")));
  EXPECT_THAT(Read(R"("invoker": "lambda", "application": "f",
                      "invocation_type": "RequestResponse")")
                  .headers,
              ElementsAre(Pair("X-Amz-Log-Type", "Tail")));
  EXPECT_THAT(Read(R"("invoker": "lambda", "application": "f",
                      "headers": {"x-amz-log-type": "None"})")
                  .headers,
              ElementsAre(Pair("x-amz-log-type", "None")));
  EXPECT_THAT(std::string(Load(R"("invoker": "lambda", "application": "f",
                      "invocation_type": "Event",
                      "headers": {"x-amz-invocation-type": "DryRun"})")
                              .status()
                              .message()),
              HasSubstr("expected each header once"));
}

TEST(InvokerReaderTest, AnyInvokerMayNameWhereColdStartsAreTold) {
  EXPECT_EQ(Read(R"("host": "h", "auth": "none",
                    "cold_start_from": "header:x-cold")")
                .cold_start_from,
            *ParseColdStartSource("header:x-cold"));
  EXPECT_FALSE(Read(R"("host": "h", "auth": "none")").cold_start_from);
}

LoadedWorkload LoadBeside(const char* configured_url, const std::string& keys) {
  const auto workload = ParseWorkload(
      absl::StrCat(R"({"test_name": "t", "test_duration_in_seconds": 1,
          "random_seed": 1, "instances": {"a": {"interarrivals_list": [0.1], )",
                   keys, "}}}"),
      "w.json", ".",
      {.default_region = "eu-west-1",
       .draw_seed = [] { return 1u; },
       .lambda = ConfiguredEndpoint{configured_url, "AWS_ENDPOINT_URL"}});
  EXPECT_TRUE(workload.ok()) << workload.status();
  return workload.value_or(LoadedWorkload());
}

TEST(InvokerReaderTest, LambdaGoesToTheEndpointThatIsConfigured) {
  const char kKeys[] = R"("invoker": "lambda", "application": "f:7")";
  const std::string path = "/2015-03-31/functions/f/invocations";
  const struct {
    const char* url;
    const char* host;
    std::string path;
    bool plain_http;
  } kRows[] = {
      {"", "lambda.eu-west-1.amazonaws.com", path, false},
      {"http://localhost:4566", "localhost:4566", path, true},
      {"https://gateway.example/aws", "gateway.example", "/aws" + path, false},
  };
  for (const auto& row : kRows) {
    const LoadedWorkload workload = LoadBeside(row.url, kKeys);
    ASSERT_EQ(workload.plan.instances.size(), 1u);
    const InstancePlan& instance = workload.plan.instances[0];
    EXPECT_EQ(instance.endpoint, (Endpoint{row.host, row.path, "Qualifier=7"}));
    EXPECT_EQ(instance.plain_http, row.plain_http);
    EXPECT_EQ(instance.signing, (SigningScope{"eu-west-1", "lambda"}));
    // The kept workload goes there as well, whatever is configured then.
    const TempDir dir;
    ASSERT_TRUE(WriteResolvedWorkload(workload.plan, dir.path()).ok());
    const auto kept = LoadWorkload(
        dir.Path("workload.json"),
        {.default_region = "us-east-1",
         .draw_seed = [] { return 2u; },
         .lambda = ConfiguredEndpoint{"http://elsewhere", "AWS_ENDPOINT_URL"}});
    ASSERT_TRUE(kept.ok()) << kept.status();
    EXPECT_EQ(kept->plan, workload.plan) << row.url;
  }
}

TEST(InvokerReaderTest, OnlyLambdaWithoutAHostGoesToTheConfiguredEndpoint) {
  for (const char* keys :
       {R"("invoker": "lambda", "application": "f", "host": "h.example")",
        R"("invoker": "function_url", "host": "h.example")",
        R"("host": "h.example", "resource": "f")",
        R"("url": "https://h.example/f")"}) {
    const LoadedWorkload workload = LoadBeside("http://localhost:4566", keys);
    ASSERT_EQ(workload.plan.instances.size(), 1u);
    EXPECT_EQ(workload.plan.instances[0].endpoint.host, "h.example") << keys;
    EXPECT_FALSE(workload.plan.instances[0].plain_http);
  }
}

TEST(InvokerReaderTest, AWrongConfiguredEndpointIsAnErrorOfWhoNeedsIt) {
  const auto load = [](const std::string& keys) {
    return ParseWorkload(
               absl::StrCat(
                   R"({"test_name": "t", "test_duration_in_seconds": 1,
            "random_seed": 1, "instances": {"a": {"interarrivals_list": [0.1],
            "application": "f", )",
                   keys, "}}}"),
               "w.json", ".",
               {.default_region = "eu-west-1",
                .draw_seed = [] { return 1u; },
                .lambda = absl::InvalidArgumentError("AWS_ENDPOINT_URL: no")})
        .status();
  };
  EXPECT_EQ(
      load(R"("invoker": "lambda")").message(),
      "w.json: instances.a.invoker: AWS_ENDPOINT_URL: no; mend it, or add "
      "\"host\"");
  EXPECT_TRUE(load(R"("invoker": "lambda", "host": "h")").ok());
  EXPECT_TRUE(load(R"("host": "h")").ok());
}

TEST(InvokerReaderTest, RegionIsLookedForOnlyWhereNothingNamesOne) {
  int asked = 0;
  const auto load = [&](const char* region, const std::string& keys) {
    const auto workload = ParseWorkload(
        absl::StrCat(R"({"test_name": "t", "test_duration_in_seconds": 1,
            "random_seed": 1, "instances": {"a": {"interarrivals_list": [0.1],
            "application": "f", )",
                     keys, "}}}"),
        "w.json", ".",
        {.default_region = region,
         .draw_seed = [] { return 1u; },
         .find_region =
             [&asked] {
               ++asked;
               return std::string("us-west-2");
             }});
    EXPECT_TRUE(workload.ok()) << workload.status();
    const auto& signing = workload->plan.instances[0].signing;
    return signing ? signing->region : "unsigned";
  };
  EXPECT_EQ(load("eu-west-1", R"("invoker": "lambda")"), "eu-west-1");
  EXPECT_EQ(load("", R"("invoker": "lambda", "region": "eu-west-2")"),
            "eu-west-2");
  EXPECT_EQ(load("", R"("host": "h", "auth": "none")"), "unsigned");
  EXPECT_EQ(asked, 0);
  EXPECT_EQ(load("", R"("invoker": "lambda")"), "us-west-2");
  EXPECT_EQ(load("", R"("host": "h")"), "us-west-2");
  EXPECT_EQ(asked, 2);
}

TEST(InvokerReaderTest, FunctionUrlIsSignedForLambda) {
  for (const char* keys :
       {R"("host": "abc.lambda-url.us-east-1.on.aws", "resource": "p?a=1")",
        R"("url": "https://abc.lambda-url.us-east-1.on.aws/p?a=1")"}) {
    const InstancePlan instance =
        Read(absl::StrCat(R"("invoker": "function_url", )", keys));
    EXPECT_EQ(instance.endpoint,
              (Endpoint{"abc.lambda-url.us-east-1.on.aws", "/p", "a=1"}));
    EXPECT_EQ(instance.signing, (SigningScope{"us-east-1", "lambda"}));
  }
  EXPECT_FALSE(Read(R"("invoker": "function_url", "auth": "none",
                       "url": "https://abc.lambda-url.us-east-1.on.aws/")")
                   .signing);
}

TEST(InvokerReaderTest, AnyUrlIsUnsignedUnlessToldOtherwise) {
  InstancePlan instance = Read(R"("url": "https://Example.com:8443/a/b?c=d")");
  EXPECT_EQ(instance.endpoint, (Endpoint{"example.com:8443", "/a/b", "c=d"}));
  EXPECT_FALSE(instance.signing);
  EXPECT_FALSE(instance.plain_http);
  instance = Read(R"("url": "http://example.com?x", "invoker": "http")");
  EXPECT_EQ(instance.endpoint, (Endpoint{"example.com", "/", "x"}));
  EXPECT_TRUE(instance.plain_http);
  EXPECT_EQ(Read(R"("url": "http://[::1]:80/")").endpoint.host, "[::1]");
  EXPECT_EQ(Read(R"("url": "https://a.example/", "auth": "iam",
                    "service": "execute-api")")
                .signing,
            (SigningScope{"eu-west-1", "execute-api"}));
}

TEST(InvokerReaderTest, WhatIsNoUrlIsRefused) {
  for (const char* url :
       {"", "example.com", "ftp://example.com/", "https://", "https:///a",
        "https://u@example.com/", "https://example.com/#a", "http://a:443/",
        "https://a//b", "https://a/../b", "https://a/?b+c", "https://a b/"}) {
    const auto workload = Load(absl::StrCat(R"("url": ")", url, "\""));
    EXPECT_TRUE(absl::IsInvalidArgument(workload.status())) << url;
    EXPECT_THAT(std::string(workload.status().message()),
                HasSubstr("instances.a.url"));
  }
}

TEST(InvokerReaderTest, DataIsOneBodyWhateverItIs) {
  for (const char* data :
       {R"({"b":1,"a":[1,2]})", "[1,2,3]", "\"text\"", "null", "7"}) {
    const auto workload =
        Load(absl::StrCat(R"("url": "https://a/", "data": )", data));
    ASSERT_TRUE(workload.ok()) << workload.status();
    ASSERT_TRUE(workload->plan.instances[0].payload_set);
    EXPECT_THAT(workload->plan.payload_sets, ElementsAre(ElementsAre(data)));
  }
}

TEST(InvokerReaderTest, ResolvedWorkloadSendsTheSameRequests) {
  for (const char* keys :
       {R"("invoker": "lambda", "application": "f", "qualifier": "live",
           "invocation_type": "Event", "data": [1])",
        R"("invoker": "function_url", "auth": "none",
           "url": "https://abc.lambda-url.us-east-1.on.aws/p?a=1")",
        R"("url": "http://127.0.0.1:9000/a?b=c", "data": {"x": 1})",
        R"("invoker": "lambda", "application": "f", "memory_size": 512)"}) {
    const TempDir dir;
    const auto first = Load(keys);
    ASSERT_TRUE(first.ok()) << first.status();
    ASSERT_TRUE(WriteResolvedWorkload(first->plan, dir.path()).ok());
    auto second = LoadWorkload(dir.Path("workload.json"), {});
    ASSERT_TRUE(second.ok()) << second.status();
    EXPECT_EQ(first->plan, second->plan) << keys;
  }
}

}  // namespace
}  // namespace invocator
