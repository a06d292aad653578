#include "common/aws/aws_host.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

namespace invocator {
namespace {

TEST(ScopeFromHostTest, HostsOfAwsNameRegionAndService) {
  struct Row {
    std::string host, region, service;
  };
  for (const Row& row : std::vector<Row>{
           {"abc123.execute-api.us-east-1.amazonaws.com", "us-east-1",
            "execute-api"},
           {"ABC.Execute-API.EU-West-3.amazonaws.com:8443", "eu-west-3",
            "execute-api"},
           {"a.execute-api.us-gov-west-1.amazonaws.com", "us-gov-west-1",
            "execute-api"},
           {"a.execute-api.cn-north-1.amazonaws.com.cn", "cn-north-1",
            "execute-api"},
           {"a.execute-api.eusc-de-east-1.amazonaws.eu", "eusc-de-east-1",
            "execute-api"},
           {"a-vpce-0b.execute-api.us-east-2.amazonaws.com", "us-east-2",
            "execute-api"},
           {"vpce-0b-c.execute-api.us-east-2.vpce.amazonaws.com", "us-east-2",
            "execute-api"},
           {"ng11cbhnw7.execute-api.us-west-1.zonaws.com", "us-west-1",
            "execute-api"},
           {"x.lambda-url.ap-southeast-4.on.aws", "ap-southeast-4", "lambda"},
           {"lambda.us-east-1.amazonaws.com", "us-east-1", "lambda"},
           {"lambda.cn-north-1.amazonaws.com.cn", "cn-north-1", "lambda"},
           {"lambda-fips.us-east-1.amazonaws.com", "us-east-1", "lambda"},
           {"lambda.us-east-1.api.aws", "us-east-1", "lambda"},
           {"lambda.cn-north-1.api.amazonwebservices.com.cn", "cn-north-1",
            "lambda"},
           {"vpce-0b-c.lambda.us-east-1.vpce.amazonaws.com", "us-east-1",
            "lambda"}}) {
    const std::optional<SigningScope> scope = ScopeFromHost(row.host);
    ASSERT_TRUE(scope.has_value()) << row.host;
    EXPECT_EQ(*scope, (SigningScope{row.region, row.service})) << row.host;
  }
}

TEST(ScopeFromHostTest, OtherHostsNameNeither) {
  for (const char* host :
       {"", "localhost:9000", "127.0.0.1:9000", "[::1]:9000", "api.example.com",
        "execute-api.us-east-1.amazonaws.com", "a.execute-api.amazonaws.com",
        "a.execute-api.localhost.localstack.cloud:4566",
        "a.execute-api.us-east-1", "lambda.us-east-1.example.com",
        "us-east-1.amazonaws.com", "s3.us-east-1.amazonaws.com",
        "lambda-url.us-east-1.on.aws", "..", "a.execute-api.us--1.x"}) {
    EXPECT_FALSE(ScopeFromHost(host).has_value()) << host;
  }
}

TEST(AwsHostTest, IsANameWithinAnAwsDomain) {
  for (const char* host :
       {"x.lambda-url.us-west-1.on.aws",
        "X.Execute-Api.us-west-1.AMAZONAWS.com", "s3.amazonaws.com:443",
        "a.b.amazonaws.com.cn", "x.execute-api.eusc-de-east-1.amazonaws.eu",
        // Anonymised, or of a partition that is not known yet.
        "xxx.execute-api.us-west-1.example.org"}) {
    EXPECT_TRUE(IsAwsHost(host)) << host;
  }
  for (const char* host :
       {"", "localhost:4566", "127.0.0.1", "[::1]:1", "notamazonaws.com",
        "amazonaws.com.example", "a.on.aws.example", "example.com"}) {
    EXPECT_FALSE(IsAwsHost(host)) << host;
  }
}

TEST(AwsHostTest, AServicesHostIsInTheDomainOfTheRegionsPartition) {
  EXPECT_EQ(ServiceHost("lambda", "us-west-1"),
            "lambda.us-west-1.amazonaws.com");
  EXPECT_EQ(ServiceHost("lambda", "cn-north-1"),
            "lambda.cn-north-1.amazonaws.com.cn");
  EXPECT_EQ(ServiceHost("lambda", "eusc-de-east-1"),
            "lambda.eusc-de-east-1.amazonaws.eu");
}

}  // namespace
}  // namespace invocator
