#include "coordinator/memory/lambda_endpoint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "coordinator/workload/target_reader.h"
#include "tests/support/temp_dir.h"

namespace invocator {
namespace {

using ::testing::HasSubstr;

InstancePlan Invoking(const std::string& host, const std::string& path) {
  InstancePlan instance;
  instance.endpoint = {host, path, ""};
  instance.signing = SigningScope{"us-west-1", "lambda"};
  ReadTarget({}, instance);
  return instance;
}

TEST(LambdaEndpointTest, IsWhatStandsBeforeLambdasPath) {
  const std::string path = "/2015-03-31/functions/f/invocations";
  const std::string own = "lambda.us-west-1.amazonaws.com";
  EXPECT_EQ(InvokeEndpointOf(Invoking(own, path)), "https://" + own);
  EXPECT_EQ(CompleteEndpoint("", "us-west-1"), "https://" + own);
  EXPECT_EQ(CompleteEndpoint("http://a", "us-west-1"), "http://a");
  EXPECT_EQ(InvokeEndpointOf(Invoking(own, "/x" + path)),
            "https://" + own + "/x");
  EXPECT_EQ(InvokeEndpointOf(Invoking("lambda.us-west-2.amazonaws.com", path)),
            "https://lambda.us-west-2.amazonaws.com");
  InstancePlan plain = Invoking("localhost:4566", path);
  plain.plain_http = true;
  EXPECT_EQ(InvokeEndpointOf(plain), "http://localhost:4566");
  plain.endpoint.host = own;
  EXPECT_EQ(InvokeEndpointOf(plain), "http://" + own);
}

TEST(LambdaEndpointTest, OtherCallsHaveNone) {
  InstancePlan instance = Invoking("h", "/2015-03-31/functions/f/invocations");
  for (const TargetKind kind :
       {TargetKind::kApiGateway, TargetKind::kFunctionUrl, TargetKind::kHttp}) {
    instance.target_kind = kind;
    EXPECT_EQ(InvokeEndpointOf(instance), std::nullopt);
  }
  EXPECT_EQ(InvokeEndpointOf(Invoking("a.lambda-url.us-west-1.on.aws", "/")),
            std::nullopt);
  EXPECT_EQ(InvokeEndpointOf(Invoking("h", "/2015-03-31/functions")),
            std::nullopt);
}

TEST(LambdaEndpointTest, AwsAndThisMachineAreKnownByTheirHosts) {
  for (const char* url :
       {"", "https://lambda.us-west-1.amazonaws.com",
        "https://lambda-fips.us-west-1.amazonaws.com",
        "https://vpce-0b-c.lambda.us-east-1.vpce.amazonaws.com"}) {
    EXPECT_TRUE(IsAwsEndpoint(url)) << url;
    EXPECT_FALSE(IsLoopbackEndpoint(url)) << url;
  }
  for (const char* url : {"http://localhost", "https://localhost:1/x",
                          "http://127.1.2.3:4566", "http://[::1]:1"}) {
    EXPECT_FALSE(IsAwsEndpoint(url)) << url;
    EXPECT_TRUE(IsLoopbackEndpoint(url)) << url;
  }
  for (const char* url : {"http://moto:5000", "http://10.0.0.1", "nonsense"}) {
    EXPECT_FALSE(IsAwsEndpoint(url)) << url;
    EXPECT_FALSE(IsLoopbackEndpoint(url)) << url;
  }
}

TEST(LambdaEndpointTest, ControlCallsGoWhereAnOptionSaysElseAsAwsToolsFindIt) {
  TempDir home;
  home.Write("config", "[profile p]\nendpoint_url = http://localhost:1\n");
  std::map<std::string, std::string> environment = {
      {"AWS_CONFIG_FILE", home.path() + "/config"},
      {"AWS_SHARED_CREDENTIALS_FILE", home.path() + "/none"}};
  const auto find = [&](const char* control, const char* endpoint,
                        const char* profile) {
    return FindControlEndpoint(control, endpoint,
                               LoadAwsSettings(profile, [&](const char* name) {
                                 return environment[name];
                               }));
  };
  EXPECT_EQ(find("", "", "")->url, "");
  EXPECT_FALSE(find("", "", "")->is_option);
  EXPECT_EQ(find("", "", "p")->url, "http://localhost:1");
  environment["AWS_ENDPOINT_URL"] = "http://localhost:4566/";
  EXPECT_EQ(find("", "", "p")->url, "http://localhost:4566");
  EXPECT_FALSE(find("", "", "p")->is_option);
  EXPECT_EQ(find("", "http://127.0.0.1:9000/", "p")->url,
            "http://127.0.0.1:9000");
  EXPECT_EQ(find("http://c", "http://127.0.0.1:9000", "p")->url, "http://c");
  EXPECT_TRUE(find("http://c", "", "p")->is_option);
  EXPECT_TRUE(find("", "http://c", "p")->is_option);
  environment["AWS_ENDPOINT_URL_LAMBDA"] = "localhost:4566";
  EXPECT_EQ(find("http://c", "", "p")->url, "http://c");
  const auto wrong = [&](const char* control, const char* endpoint) {
    const auto found = find(control, endpoint, "");
    EXPECT_TRUE(absl::IsInvalidArgument(found.status()));
    return std::string(found.status().message());
  };
  EXPECT_THAT(wrong("", ""),
              HasSubstr("AWS_ENDPOINT_URL_LAMBDA: \"localhost:4566\""));
  EXPECT_THAT(wrong("c", "http://d"), HasSubstr("--control-endpoint-url: \"c"));
  EXPECT_THAT(wrong("", "d"), HasSubstr("--endpoint-url: \"d"));
}

}  // namespace
}  // namespace invocator
