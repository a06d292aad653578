#include "common/aws_host.h"

#include <gtest/gtest.h>

namespace invocator {
namespace {

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
