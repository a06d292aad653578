#include "coordinator/cost/charge.h"

#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "coordinator/workload/workload.h"

namespace invocator {
namespace {

InstancePlan Read(const std::string& members) {
  const absl::StatusOr<LoadedWorkload> workload = ParseWorkload(
      absl::StrCat(R"({"test_name": "t", "test_duration_in_seconds": 1,
          "random_seed": 1, "instances": {"a": {"interarrivals_list": [0], )",
                   members, "}}}"),
      "w.json", "",
      {.default_region = "eu-west-3", .draw_seed = [] { return 0u; }});
  EXPECT_TRUE(workload.ok()) << workload.status().message();
  return workload.ok() ? workload->plan.instances.at(0) : InstancePlan();
}

TEST(Charge, DependsOnWhereRequestsGo) {
  const struct {
    const char* members;
    Charge charge;
    const char* region;
  } kRows[] = {
      {R"("host": "x.execute-api.us-west-2.amazonaws.com")",
       Charge::kApiGateway, "us-west-2"},
      {R"("host": "x.execute-api.us-west-2.amazonaws.com", "auth": "none")",
       Charge::kApiGateway, "us-west-2"},
      {R"("host": "api.example.com")", Charge::kApiGateway, "eu-west-3"},
      {R"("host": "api.example.com", "auth": "none")", Charge::kNone, ""},
      {R"("invoker": "lambda", "application": "f")", Charge::kLambda,
       "eu-west-3"},
      {R"("invoker": "lambda", "application": "f", "region": "r-1",
          "host": "localhost")",
       Charge::kLambda, "r-1"},
      {R"("invoker": "lambda", "application": "f",
          "invocation_type": "Event")",
       Charge::kLambda, "eu-west-3"},
      {R"("invoker": "lambda", "application": "f",
          "invocation_type": "DryRun")",
       Charge::kNone, "eu-west-3"},
      {R"("invoker": "function_url",
          "url": "https://x.lambda-url.us-east-1.on.aws/")",
       Charge::kFunctionUrl, "us-east-1"},
      {R"("invoker": "function_url", "auth": "none",
          "host": "x.lambda-url.us-east-1.on.aws")",
       Charge::kFunctionUrl, "us-east-1"},
      {R"("invoker": "api_gateway", "host": "api.example.com",
          "auth": "none")",
       Charge::kApiGateway, "eu-west-3"},
      {R"("invoker": "api_gateway", "host": "api.example.com",
          "auth": "none", "region": "mars-1")",
       Charge::kApiGateway, "mars-1"},
      {R"("url": "https://api.example.com/s/r", "auth": "iam")", Charge::kNone,
       "eu-west-3"},
      {R"("url": "http://127.0.0.1:8080/f")", Charge::kNone, ""},
      {R"("url": "https://x.execute-api.us-west-2.amazonaws.com/s/r")",
       Charge::kApiGateway, "us-west-2"},
      {R"("url": "https://example.com/f", "auth": "iam", "service": "s3")",
       Charge::kNone, "eu-west-3"},
  };
  for (const auto& row : kRows) {
    const InstancePlan instance = Read(row.members);
    EXPECT_EQ(ChargeOf(instance), row.charge) << row.members;
    EXPECT_EQ(instance.region, row.region) << row.members;
  }
}

}  // namespace
}  // namespace invocator
