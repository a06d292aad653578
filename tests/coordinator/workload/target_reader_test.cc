#include "coordinator/workload/target_reader.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace invocator {
namespace {

constexpr char kInvoke[] = "/2015-03-31/functions/f/invocations";

InstancePlan At(const std::string& host, const std::string& path,
                const std::string& service) {
  InstancePlan instance;
  instance.endpoint = {host, path, ""};
  if (!service.empty()) instance.signing = SigningScope{"eu-west-3", service};
  return instance;
}

TEST(TargetReaderTest, TheWorkloadsWordWins) {
  for (const TargetKind named : {TargetKind::kApiGateway, TargetKind::kLambda,
                                 TargetKind::kFunctionUrl}) {
    for (const char* host : {"api.example.com", "127.0.0.1:9000",
                             "x.execute-api.us-west-1.amazonaws.com",
                             "x.lambda-url.us-west-1.on.aws"}) {
      InstancePlan instance = At(host, "/", "");
      ReadTarget({named, /*is_named=*/true}, instance);
      EXPECT_EQ(instance.target_kind, named) << host;
    }
  }
}

TEST(TargetReaderTest, WithoutOneHostThenSignatureDecide) {
  constexpr TargetKind kHttp = TargetKind::kHttp;
  constexpr TargetKind kGateway = TargetKind::kApiGateway;
  constexpr TargetKind kLambda = TargetKind::kLambda;
  constexpr TargetKind kUrl = TargetKind::kFunctionUrl;
  const struct {
    const char *host, *path, *service;
    TargetKind unnamed;
    TargetKind of_url;  // with "invoker": "http", or a url
    const char* region;
  } kRows[] = {
      {"x.execute-api.us-west-1.amazonaws.com", "/", "", kGateway, kGateway,
       "us-west-1"},
      {"x.execute-api.us-west-1.amazonaws.com", "/", "lambda", kGateway,
       kGateway, "us-west-1"},
      {"api.example.com", "/", "execute-api", kGateway, kHttp, "eu-west-3"},
      {"x.lambda-url.us-west-1.on.aws", "/", "", kUrl, kUrl, "us-west-1"},
      {"lambda.us-west-1.amazonaws.com", kInvoke, "lambda", kLambda, kLambda,
       "us-west-1"},
      {"localhost:4566", kInvoke, "lambda", kLambda, kLambda, "eu-west-3"},
      {"localhost:4566", "/", "lambda", kUrl, kHttp, "eu-west-3"},
      {"localhost:4566", kInvoke, "", kHttp, kHttp, ""},
      {"api.example.com", "/", "", kHttp, kHttp, ""},
      {"b.s3.us-west-1.amazonaws.com", "/", "s3", kHttp, kHttp, "eu-west-3"},
  };
  for (const auto& row : kRows) {
    for (const auto& [words, kind] :
         {std::pair(TargetWords{kGateway, false}, row.unnamed),
          std::pair(TargetWords{kHttp, false}, row.of_url),
          std::pair(TargetWords{kHttp, true}, row.of_url)}) {
      InstancePlan instance = At(row.host, row.path, row.service);
      ReadTarget(words, instance);
      EXPECT_EQ(instance.target_kind, kind) << row.host << row.path;
      EXPECT_EQ(instance.region, row.region) << row.host;
    }
  }
}

TEST(TargetReaderTest, ANamedTargetWithoutSignatureHasTheWorkloadsRegion) {
  InstancePlan instance = At("api.example.com", "/", "");
  ReadTarget({TargetKind::kApiGateway, /*is_named=*/true, "mars-1"}, instance);
  EXPECT_EQ(instance.region, "mars-1");
  instance = At("api.example.com", "/", "");
  ReadTarget({TargetKind::kHttp, /*is_named=*/true, "mars-1"}, instance);
  EXPECT_EQ(instance.region, "");
}

TEST(TargetReaderTest, AHeaderNamesTheInvocationType) {
  const struct {
    const char *name, *value;
    InvocationType type;
  } kRows[] = {
      {"X-Amz-Invocation-Type", "Event", InvocationType::kEvent},
      {"x-amz-invocation-type", "DryRun", InvocationType::kDryRun},
      {"X-Amz-Invocation-Type", "RequestResponse",
       InvocationType::kRequestResponse},
      {"X-Amz-Invocation-Type", "event", InvocationType::kRequestResponse},
      {"X-Other", "Event", InvocationType::kRequestResponse},
  };
  for (const auto& row : kRows) {
    InstancePlan instance = At("h", "/", "");
    instance.headers = {{"a", "b"}, {row.name, row.value}};
    ReadTarget({TargetKind::kLambda, /*is_named=*/true}, instance);
    EXPECT_EQ(instance.invocation_type, row.type) << row.name << row.value;
    // Dry runs are the Invoke API's alone.
    ReadTarget({TargetKind::kApiGateway, /*is_named=*/true}, instance);
    EXPECT_EQ(instance.invocation_type, row.type == InvocationType::kDryRun
                                            ? InvocationType::kRequestResponse
                                            : row.type);
  }
}

}  // namespace
}  // namespace invocator
