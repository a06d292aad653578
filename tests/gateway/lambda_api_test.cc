#include "gateway/lambda_api.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace invocator {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::Not;
using Json = nlohmann::json;

constexpr int64_t kSecond = 1'000'000'000;

class LambdaApiTest : public ::testing::Test {
 protected:
  GatewayAnswer Call(std::string method, std::string path,
                     std::string body = "", std::string query = "") {
    if (!lambda_) {
      registry_.emplace(registry_options_);
      functions_.emplace(function_options_);
      lambda_.emplace(options_, *registry_, *functions_);
    }
    ReceivedRequest request;
    request.method = method;
    request.path = path;
    request.query = query;
    request.body = body;
    for (const auto& [name, value] : headers_) {
      request.headers.emplace_back(name, value);
    }
    const auto operation = LambdaApi::OperationOf(method, path);
    EXPECT_TRUE(operation.has_value()) << path;
    return lambda_->Handle(*operation, request, "eu-west-1", now_ns_,
                           1'787'486'400);
  }

  GatewayAnswer Get(const std::string& name) {
    return Call("GET",
                absl::StrCat("/2015-03-31/functions/", name, "/configuration"));
  }
  GatewayAnswer Put(const std::string& name, std::string body) {
    return Call("PUT",
                absl::StrCat("/2015-03-31/functions/", name, "/configuration"),
                std::move(body));
  }
  GatewayAnswer Invoke(std::string body = "{}", std::string query = "") {
    return Call("POST", "/2015-03-31/functions/f/invocations", std::move(body),
                std::move(query));
  }

  static std::string Header(const GatewayAnswer& answer,
                            absl::string_view name) {
    for (const auto& [its_name, value] : answer.headers) {
      if (its_name == name) return value;
    }
    return "(none)";
  }
  static std::string LogOf(const GatewayAnswer& answer) {
    std::string log;
    EXPECT_TRUE(absl::Base64Unescape(Header(answer, "X-Amz-Log-Result"), &log));
    return log;
  }

  LambdaApi::Options options_;
  RegistryOptions registry_options_;
  FunctionOptions function_options_;
  std::vector<std::pair<std::string, std::string>> headers_;
  int64_t now_ns_ = 100 * kSecond;

 private:
  std::optional<FunctionRegistry> registry_;
  std::optional<FunctionModel> functions_;
  std::optional<LambdaApi> lambda_;
};

TEST_F(LambdaApiTest, OtherPathsAreNotItsOwn) {
  EXPECT_FALSE(LambdaApi::OperationOf("POST", "/default/chameleon"));
  for (const char* path :
       {"/", "", "/2015-03-3/functions/f", "/2015-03-311", "/2015-03-31x/f",
        "/x2015-03-31/f", "/2015/03/31/f", "/a015-03-31/f"}) {
    EXPECT_FALSE(LambdaApi::OperationOf("GET", path)) << path;
  }
}

TEST_F(LambdaApiTest, OperationsItDoesNotKnowAreAnsweredAsLambdaDoes) {
  const struct {
    const char *method, *path;
  } kRows[] = {
      {"DELETE", "/2015-03-31/functions/f"},
      {"GET", "/2015-03-31/functions/f/aliases"},
      {"GET", "/2015-03-31/functions"},
      {"GET", "/2015-03-31/functions/"},
      {"GET", "/2015-03-31"},
      {"POST", "/2015-03-31/functions/f/configuration"},
      {"GET", "/2015-03-31/functions/f/invocations"},
      {"PUT", "/2017-10-31/functions/f/concurrency"},
  };
  for (const auto& [method, path] : kRows) {
    EXPECT_EQ(LambdaApi::OperationOf(method, path), LambdaOperation::kUnknown)
        << path;
    const GatewayAnswer answer = Call(method, path);
    EXPECT_EQ(answer.status, 404);
    EXPECT_EQ(answer.error_type, "UnknownOperationException");
    EXPECT_EQ(answer.body, "<UnknownOperationException/>\n");
    EXPECT_EQ(answer.content_type, "application/xml");
    EXPECT_EQ(answer.front, GatewayAnswer::Front::kLambda);
  }
}

TEST_F(LambdaApiTest, ConfigurationChangesAndSettles) {
  registry_options_.update_delay = absl::Seconds(2);
  EXPECT_EQ(Json::parse(Get("f").body)["MemorySize"], 128);
  const Json updating = Json::parse(Put("f", R"({"MemorySize":256})").body);
  EXPECT_EQ(updating["MemorySize"], 256);
  EXPECT_EQ(updating["LastUpdateStatus"], "InProgress");
  EXPECT_EQ(updating["FunctionArn"],
            "arn:aws:lambda:eu-west-1:123456789012:function:f");
  now_ns_ += 2 * kSecond;
  const Json settled = Json::parse(Get("f").body);
  EXPECT_EQ(settled["LastUpdateStatus"], "Successful");
  EXPECT_NE(settled["RevisionId"], updating["RevisionId"]);
  const Json function =
      Json::parse(Call("GET", "/2015-03-31/functions/f").body);
  EXPECT_EQ(function["Configuration"], settled);
}

TEST_F(LambdaApiTest, EveryNameOfAFunctionIsTheSameFunction) {
  ASSERT_EQ(Put("f", R"({"MemorySize":512})").status, 200);
  for (const char* name :
       {"f", "f:$LATEST", "f%3A%24LATEST", "123456789012:function:f",
        "arn%3Aaws%3Alambda%3Aeu-west-1%3A123456789012%3Afunction%3Af"}) {
    EXPECT_EQ(Json::parse(Get(name).body)["MemorySize"], 512) << name;
  }
}

TEST_F(LambdaApiTest, RefusalsAreLambdas) {
  registry_options_.names = {"f"};
  registry_options_.update_delay = absl::Seconds(2);
  const struct {
    GatewayAnswer answer;
    int status;
    const char* type;
  } kRows[] = {
      {Get("g"), 404, "ResourceNotFoundException"},
      {Get("f:live"), 404, "ResourceNotFoundException"},
      {Get("a%20b"), 400, "ValidationException"},
      {Put("g", R"({"MemorySize":256})"), 404, "ResourceNotFoundException"},
      {Put("f", R"({"MemorySize":127})"), 400, "ValidationException"},
      {Put("f", R"({"MemorySize":20000})"), 400, "ValidationException"},
      {Put("f", R"({"MemorySize":18446744073709551615})"), 400,
       "ValidationException"},
      {Put("f", R"({"MemorySize":256.5})"), 400, "SerializationException"},
      {Put("f", R"({"MemorySize":"256"})"), 400, "SerializationException"},
      {Put("f", R"({"RevisionId":7})"), 400, "SerializationException"},
      {Put("f", R"({"Timeout":3})"), 400, "InvalidParameterValueException"},
      {Put("f", R"([])"), 400, "InvalidRequestContentException"},
      {Put("f", R"({"MemorySize":)"), 400, "InvalidRequestContentException"},
      {Put("f", R"({"MemorySize":256,"RevisionId":"other"})"), 412,
       "PreconditionFailedException"},
      {Put("f:7", R"({"MemorySize":256})"), 400,
       "InvalidParameterValueException"},
      {Call("DELETE", "/2015-03-31/functions/f"), 404,
       "UnknownOperationException"},
  };
  for (const auto& [answer, status, type] : kRows) {
    EXPECT_EQ(answer.status, status) << type << ": " << answer.body;
    EXPECT_EQ(answer.error_type, type) << answer.body;
    EXPECT_EQ(answer.front, GatewayAnswer::Front::kLambda);
  }
  ASSERT_EQ(Put("f", R"({"MemorySize":256})").status, 200);
  const GatewayAnswer conflict = Put("f", R"({"MemorySize":512})");
  EXPECT_EQ(conflict.status, 409);
  EXPECT_EQ(conflict.error_type, "ResourceConflictException");
}

TEST_F(LambdaApiTest, ControlCallsAreThrottledApart) {
  options_.control_throttle = RateLimit{/*rate_per_s=*/1, /*burst=*/1};
  EXPECT_EQ(Get("f").status, 200);
  const GatewayAnswer throttled = Get("f");
  EXPECT_EQ(throttled.status, 429);
  EXPECT_EQ(Json::parse(throttled.body),
            (Json{{"Reason", "CallerRateLimitExceeded"},
                  {"Type", "User"},
                  {"message", "Rate exceeded"}}));
  EXPECT_EQ(Invoke().status, 200);
}

TEST_F(LambdaApiTest, LogTailHasTheReportAndSaysColdOnce) {
  function_options_.latency.scale = absl::Microseconds(15'740);
  function_options_.cold_start = absl::Microseconds(130'490);
  headers_ = {{"X-Amz-Log-Type", "Tail"}};
  const GatewayAnswer cold = Invoke();
  EXPECT_EQ(cold.delay, absl::Microseconds(146'230));
  EXPECT_THAT(LogOf(cold),
              HasSubstr(absl::StrCat(
                  "REPORT RequestId: ", cold.request_id,
                  "\tDuration: 15.74 ms\tBilled Duration: 147 ms\tMemory "
                  "Size: 128 MB\tMax Memory Used: 38 MB\tInit Duration: "
                  "130.49 ms\t\n")));
  now_ns_ += kSecond;
  const GatewayAnswer warm = Invoke();
  EXPECT_THAT(LogOf(warm), HasSubstr("Billed Duration: 16 ms"));
  EXPECT_THAT(LogOf(warm), Not(HasSubstr("Init Duration")));
  EXPECT_NE(warm.request_id, cold.request_id);
  EXPECT_EQ(Header(warm, "X-Amz-Executed-Version"), "$LATEST");
}

TEST_F(LambdaApiTest, NoLogUnlessAskedFor) {
  EXPECT_EQ(Header(Invoke(), "X-Amz-Log-Result"), "(none)");
  headers_ = {{"X-Amz-Log-Type", "None"}};
  EXPECT_EQ(Header(Invoke(), "X-Amz-Log-Result"), "(none)");
}

TEST_F(LambdaApiTest, ChangedMemoryStartsColdAndIsReported) {
  registry_options_.update_delay = absl::Seconds(2);
  headers_ = {{"X-Amz-Log-Type", "Tail"}};
  Invoke();
  now_ns_ += kSecond;
  Put("f", R"({"MemorySize":256})");
  // Until it is through, calls go to what was there before.
  GatewayAnswer answer = Invoke();
  EXPECT_THAT(LogOf(answer), HasSubstr("Memory Size: 128 MB"));
  EXPECT_THAT(LogOf(answer), Not(HasSubstr("Init Duration")));
  now_ns_ += 2 * kSecond;
  answer = Invoke();
  EXPECT_THAT(LogOf(answer), HasSubstr("Memory Size: 256 MB"));
  EXPECT_THAT(LogOf(answer), HasSubstr("Init Duration"));
  EXPECT_EQ(answer.memory_mb, 256u);
}

TEST_F(LambdaApiTest, FunctionThatFailsIsAnswered200WithItsError) {
  function_options_.failure_ratio = 1;
  const GatewayAnswer answer = Invoke();
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(Header(answer, "X-Amz-Function-Error"), "Unhandled");
  EXPECT_EQ(Json::parse(answer.body)["errorType"], "Error");
}

TEST_F(LambdaApiTest, EventsAndDryRunsAreNotWaitedFor) {
  function_options_.latency.scale = absl::Seconds(1);
  function_options_.concurrency = 1;
  headers_ = {{"X-Amz-Invocation-Type", "DryRun"}};
  EXPECT_EQ(Invoke().status, 204);
  headers_ = {{"X-Amz-Invocation-Type", "Event"}};
  const GatewayAnswer event = Invoke();
  EXPECT_EQ(event.status, 202);
  EXPECT_EQ(event.delay, absl::ZeroDuration());
  EXPECT_EQ(event.body, "");
  // The dry run took no environment, the event did.
  EXPECT_EQ(Invoke().status, 429);
  headers_ = {{"X-Amz-Invocation-Type", "Sometimes"}};
  EXPECT_EQ(Invoke().status, 400);
}

TEST_F(LambdaApiTest, ThrottlesGiveTheirReason) {
  function_options_.latency.scale = absl::Seconds(1);
  function_options_.concurrency = 1;
  EXPECT_EQ(Invoke().status, 200);
  GatewayAnswer answer = Invoke();
  EXPECT_EQ(answer.status, 429);
  EXPECT_EQ(Json::parse(answer.body)["Reason"],
            "ConcurrentInvocationLimitExceeded");
  now_ns_ += kSecond;
  EXPECT_EQ(Invoke().status, 200);
}

TEST_F(LambdaApiTest, WaitingCallIsAnsweredLaterAndBilledNoMore) {
  function_options_.latency.scale = absl::Seconds(1);
  function_options_.concurrency = 1;
  function_options_.queue = 1;
  headers_ = {{"X-Amz-Log-Type", "Tail"}};
  EXPECT_EQ(Invoke().delay, absl::Seconds(1));
  now_ns_ += kSecond / 4;
  const GatewayAnswer waiting = Invoke();
  EXPECT_EQ(waiting.delay, absl::Milliseconds(1750));
  EXPECT_THAT(LogOf(waiting), HasSubstr("\tDuration: 1000.00 ms\tBilled "
                                        "Duration: 1000 ms\t"));
  EXPECT_EQ(Json::parse(Invoke().body)["Reason"],
            "ConcurrentInvocationLimitExceeded");
}

TEST_F(LambdaApiTest, SlowerVersionIsThatOfTheQualifier) {
  function_options_.latency.scale = absl::Milliseconds(100);
  function_options_.slowdowns = *ParseSlowdowns({"green=3%", "$LATEST=50%"});
  EXPECT_EQ(Invoke("{}", "Qualifier=green").delay, absl::Milliseconds(103));
  EXPECT_EQ(Invoke("{}", "Qualifier=blue").delay, absl::Milliseconds(100));
  EXPECT_EQ(Invoke().delay, absl::Milliseconds(150));
  EXPECT_EQ(Call("POST", "/2015-03-31/functions/f:green/invocations").delay,
            absl::Milliseconds(103));
}

TEST_F(LambdaApiTest, RateThrottleIsTheCallers) {
  function_options_.throttle = RateLimit{/*rate_per_s=*/1, /*burst=*/1};
  EXPECT_EQ(Invoke().status, 200);
  EXPECT_EQ(Json::parse(Invoke().body)["Reason"], "CallerRateLimitExceeded");
}

TEST_F(LambdaApiTest, PayloadsAreLimitedAndJson) {
  EXPECT_EQ(Invoke("").status, 200);
  EXPECT_EQ(Invoke("not json").status, 400);
  EXPECT_EQ(Invoke(std::string(100'000, '[')).status, 400);
  const std::string six_mb = JsonOfSize(size_t{6} << 20);
  EXPECT_EQ(Invoke(six_mb).status, 200);
  EXPECT_EQ(Invoke(six_mb + " ").status, 413);
  headers_ = {{"X-Amz-Invocation-Type", "Event"}};
  EXPECT_EQ(Invoke(six_mb).status, 413);
}

TEST_F(LambdaApiTest, QualifierIsExecuted) {
  EXPECT_EQ(Header(Invoke("{}", "Qualifier=7"), "X-Amz-Executed-Version"), "7");
  EXPECT_EQ(
      Header(Invoke("{}", "Qualifier=%24LATEST"), "X-Amz-Executed-Version"),
      "$LATEST");
  EXPECT_EQ(Invoke("{}", "Qualifier=a%0D%0Ab").status, 400);
}

}  // namespace
}  // namespace invocator
