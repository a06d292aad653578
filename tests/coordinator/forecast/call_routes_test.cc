#include "coordinator/forecast/call_routes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "coordinator/workload/target_reader.h"

namespace invocator {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char kPath[] = "/2015-03-31/functions/f/invocations";
const ConfiguredEndpoint kLocal = {"http://localhost:4566", "AWS_ENDPOINT_URL"};

InstancePlan Instance(const std::string& name, const std::string& host,
                      const std::string& path, const std::string& service) {
  InstancePlan instance;
  instance.name = name;
  instance.endpoint = {host, path, ""};
  if (!service.empty()) instance.signing = SigningScope{"us-west-1", service};
  ReadTarget({}, instance);
  return instance;
}

InstancePlan Led() {
  InstancePlan led = Instance("thumb", "localhost:4566", kPath, "lambda");
  led.plain_http = true;
  return led;
}

Plan PlanOf(std::vector<InstancePlan> instances) {
  Plan plan;
  plan.instances = std::move(instances);
  return plan;
}

TEST(CallRoutesTest, SayWhatIsLedElsewhereAndWhatIsNot) {
  const Plan plan = PlanOf(
      {Led(),
       Instance("api", "x.execute-api.us-west-1.amazonaws.com", "/s/r",
                "execute-api"),
       Instance("furl", "x.lambda-url.us-west-1.on.aws", "/", "lambda"),
       Instance("own", "lambda.us-west-1.amazonaws.com", kPath, "lambda"),
       Instance("other", "example.com", "/", "")});
  EXPECT_THAT(
      CallRoutes(plan, kLocal),
      ElementsAre(
          "calls of thumb go to http://localhost:4566 (AWS_ENDPOINT_URL)",
          AllOf(HasSubstr("calls of api, furl, own go to their own hosts: "
                          "AWS_ENDPOINT_URL redirects only"),
                HasSubstr("--endpoint-url redirects all"))));
  EXPECT_THAT(CallRoutes(plan, {}), IsEmpty());
  EXPECT_THAT(CallRoutes(PlanOf({Led()}), kLocal),
              ElementsAre(HasSubstr("calls of thumb go to")));
  EXPECT_THAT(CallRoutes(PlanOf({Instance("o", "a.example", "/", "")}), kLocal),
              IsEmpty());
}

TEST(CallRoutesTest, NameUnsignedCallsToAws) {
  InstancePlan dry_run =
      Instance("dry", "lambda.us-west-1.amazonaws.com", kPath, "lambda");
  dry_run.headers = {{"X-Amz-Invocation-Type", "DryRun"}};
  const Plan plan = PlanOf(
      {Instance("furl", "x.lambda-url.us-west-1.on.aws", "/", ""),
       Instance("api", "x.execute-api.us-west-1.amazonaws.com", "/s/r", ""),
       Instance("s3", "s3.amazonaws.com:443", "/", ""), dry_run,
       Instance("like", "notamazonaws.com", "/", "")});
  EXPECT_THAT(CallRoutes(plan, kLocal),
              ElementsAre(HasSubstr(
                  "calls of furl, api, s3, dry go to their own hosts: ")));
}

TEST(CallRoutesTest, KnowWhatStandsInForAws) {
  const Plan plan = PlanOf({Led()});
  EXPECT_EQ(StandInFor(plan, "", kLocal), kLocal.url);
  EXPECT_EQ(StandInFor(plan, "http://a", kLocal), "http://a");
  EXPECT_EQ(StandInFor(plan, "http://a", {}), "http://a");
  EXPECT_EQ(StandInFor(plan, "", {}), "");
  const InstancePlan own =
      Instance("own", "lambda.us-west-1.amazonaws.com", kPath, "lambda");
  EXPECT_EQ(StandInFor(PlanOf({own}), "", kLocal), "");
  EXPECT_EQ(StandInFor(PlanOf({own}), "",
                       {"https://lambda.us-west-1.amazonaws.com", "x"}),
            "");
}

}  // namespace
}  // namespace invocator
