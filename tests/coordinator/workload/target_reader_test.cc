#include "coordinator/workload/target_reader.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>

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
      ReadTarget(named, instance);
      EXPECT_EQ(instance.target_kind, named) << host;
    }
  }
}

TEST(TargetReaderTest, WithoutOneHostThenSignatureDecide) {
  const struct {
    const char *host, *path, *service;
    TargetKind kind;
    const char* region;
  } kRows[] = {
      {"x.execute-api.us-west-1.amazonaws.com", "/", "",
       TargetKind::kApiGateway, "us-west-1"},
      {"x.execute-api.us-west-1.amazonaws.com", "/", "lambda",
       TargetKind::kApiGateway, "us-west-1"},
      {"api.example.com", "/", "execute-api", TargetKind::kApiGateway,
       "eu-west-3"},
      {"x.lambda-url.us-west-1.on.aws", "/", "", TargetKind::kFunctionUrl,
       "us-west-1"},
      {"lambda.us-west-1.amazonaws.com", kInvoke, "lambda", TargetKind::kLambda,
       "us-west-1"},
      {"localhost:4566", kInvoke, "lambda", TargetKind::kLambda, "eu-west-3"},
      {"localhost:4566", "/", "lambda", TargetKind::kFunctionUrl, "eu-west-3"},
      {"localhost:4566", kInvoke, "", TargetKind::kHttp, ""},
      {"api.example.com", "/", "", TargetKind::kHttp, ""},
      {"bucket.s3.us-west-1.amazonaws.com", "/", "s3", TargetKind::kHttp,
       "eu-west-3"},
  };
  for (const auto& row : kRows) {
    for (const auto named :
         {std::optional<TargetKind>(), std::optional(TargetKind::kHttp)}) {
      InstancePlan instance = At(row.host, row.path, row.service);
      ReadTarget(named, instance);
      EXPECT_EQ(instance.target_kind, row.kind) << row.host << row.path;
      EXPECT_EQ(instance.region, row.region) << row.host;
    }
  }
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
    ReadTarget(std::nullopt, instance);
    EXPECT_EQ(instance.invocation_type, row.type) << row.name << row.value;
  }
}

}  // namespace
}  // namespace invocator
