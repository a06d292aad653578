#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gateway/options.h"
#include "gateway/router.h"

namespace invocator {
namespace {

constexpr GatewayRouter::Instant kNow{1'000'000'000, 1'787'486'400};

GatewayAnswer Get(GatewayRouter& router, absl::string_view path,
                  absl::string_view method = "GET") {
  ReceivedRequest request;
  request.method = method;
  request.path = path;
  GatewayAnswer answer = router.Handle(request, kNow, /*connections_open=*/3);
  router.stats().CountAnswer(answer);
  return answer;
}

nlohmann::json Stats(GatewayRouter& router) {
  return nlohmann::json::parse(Get(router, "/_stats").body);
}

TEST(GatewayRouterTest, AnyMethodOnStageAndResourceInvokes) {
  GatewayRouter router(RouterOptions{});
  for (const char* method : {"GET", "POST", "PUT", "DELETE", "PATCH"}) {
    EXPECT_EQ(Get(router, "/default/chameleon", method).status, 200);
  }
  EXPECT_EQ(Get(router, "/default/a/b/c").status, 200);
}

TEST(GatewayRouterTest, PathWithoutAllItsPartsMissesAToken) {
  GatewayRouter router(RouterOptions{});
  for (const char* path : {"/", "/default", "/default/", "//", "//x"}) {
    GatewayAnswer answer = Get(router, path);
    EXPECT_EQ(answer.status, 403) << path;
    EXPECT_EQ(answer.error_type, "MissingAuthenticationTokenException");
    EXPECT_EQ(answer.body, R"({"message":"Missing Authentication Token"})");
  }
}

TEST(GatewayRouterTest, PingAndStatsAreUnsignedAndUncounted) {
  RouterOptions options;
  options.credentials = DemoCredentials();
  GatewayRouter router(options);
  EXPECT_EQ(Get(router, "/ping").body, "healthy");
  EXPECT_EQ(Stats(router)["requests"], 0);
  EXPECT_EQ(Get(router, "/ping", "POST").status, 403);
}

TEST(GatewayRouterTest, StatsCountWhatWasAnswered) {
  RouterOptions options;
  options.functions.throttle = RateLimit{/*rate_per_s=*/1, /*burst=*/2};
  GatewayRouter router(options);
  for (int i = 0; i < 3; ++i) Get(router, "/default/f");
  Get(router, "/x");
  nlohmann::json stats = Stats(router);
  EXPECT_EQ(stats["requests"], 4);
  EXPECT_EQ(stats["ok"], 2);
  EXPECT_EQ(stats["by_status"],
            (nlohmann::json{{"200", 2}, {"403", 1}, {"429", 1}}));
  EXPECT_EQ(stats["refused"],
            (nlohmann::json{{"MissingAuthenticationTokenException", 1},
                            {"TooManyRequestsException", 1}}));
  EXPECT_EQ(stats["by_path"], (nlohmann::json{{"/default/f", 3}}));
  EXPECT_EQ(stats["connections_open"], 3);
  EXPECT_EQ(stats["cold_starts"], 1);
}

TEST(GatewayRouterTest, MadeUpPathsAreCountedTogether) {
  GatewayRouter router(RouterOptions{});
  for (size_t i = 0; i < kMaxCountedPaths + 5; ++i) {
    Get(router, absl::StrCat("/f/", i));
  }
  nlohmann::json by_path = Stats(router)["by_path"];
  EXPECT_EQ(by_path.size(), kMaxCountedPaths + 1);
  EXPECT_EQ(by_path["(other)"], 5);
}

TEST(GatewayRouterTest, FailingFunctionTakesItsTimeAndAnswers502) {
  RouterOptions options;
  options.functions.latency.scale = absl::Milliseconds(20);
  options.functions.failure_ratio = 1;
  GatewayRouter router(options);
  GatewayAnswer answer = Get(router, "/default/f");
  EXPECT_EQ(answer.status, 502);
  EXPECT_EQ(answer.error_type, "InternalServerErrorException");
  EXPECT_EQ(answer.body, R"({"message":"Internal server error"})");
  EXPECT_EQ(answer.delay, absl::Milliseconds(20));
}

TEST(GatewayRouterTest, ResponseHasTheBytesAskedForAndIsJson) {
  for (size_t bytes : {1u, 2u, 3u, 1000u}) {
    RouterOptions options;
    options.response_bytes = bytes;
    GatewayRouter router(options);
    std::string body = Get(router, "/default/f").body;
    EXPECT_EQ(body.size(), bytes);
    EXPECT_TRUE(nlohmann::json::accept(body)) << body;
  }
}

TEST(GatewayRouterTest, ControlCallsAreCountedApart) {
  GatewayRouter router(RouterOptions{});
  EXPECT_EQ(Get(router, "/2015-03-31/functions/f/configuration").status, 200);
  EXPECT_EQ(Get(router, "/2015-03-31/functions/f", "DELETE").status, 404);
  const nlohmann::json stats = Stats(router);
  EXPECT_EQ(stats["requests"], 0);
  EXPECT_EQ(stats["by_status"], nlohmann::json::object());
  EXPECT_EQ(stats["control"], (nlohmann::json{{"GetFunctionConfiguration", 1},
                                              {"(unknown)", 1}}));
}

TEST(GatewayRouterTest, UnknownOperationsOfLambdaNeedNoSignature) {
  RouterOptions options;
  options.credentials = Credentials{"AKID", "secret", ""};
  GatewayRouter router(options);
  EXPECT_EQ(Get(router, "/2015-03-31/event-source-mappings").status, 404);
  EXPECT_EQ(Get(router, "/2015-03-31/functions/f", "DELETE").error_type,
            "UnknownOperationException");
  EXPECT_EQ(Get(router, "/2015-03-31/functions/f/configuration").status, 403);
}

// A form posted to STS, unsigned.
GatewayAnswer PostForm(GatewayRouter& router, absl::string_view body) {
  ReceivedRequest request;
  request.method = "POST";
  request.path = "/";
  request.headers = {{"Host", "localhost:9000"},
                     {"Content-Type", "application/x-www-form-urlencoded"}};
  request.body = body;
  const GatewayAnswer answer = router.Handle(request, kNow, 0);
  router.stats().CountAnswer(answer);
  return answer;
}

constexpr char kWhoAmI[] = "Action=GetCallerIdentity&Version=2011-06-15";

TEST(GatewayRouterTest, CallsOfStsNeedASignatureWhereThereAreKeys) {
  GatewayRouter open(RouterOptions{});
  EXPECT_EQ(PostForm(open, kWhoAmI).status, 200);
  RouterOptions options;
  options.credentials = DemoCredentials();
  GatewayRouter router(options);
  GatewayAnswer answer = PostForm(router, kWhoAmI);
  EXPECT_EQ(answer.status, 403);
  EXPECT_TRUE(absl::StrContains(answer.body, "MissingAuthenticationToken"));
  // Neither of these needs one.
  answer =
      PostForm(router, "Action=AssumeRoleWithWebIdentity&Version=2011-06-15");
  EXPECT_TRUE(absl::StrContains(answer.body, "ValidationError"));
  answer = PostForm(router, "Action=Dance&Version=2011-06-15");
  EXPECT_TRUE(absl::StrContains(answer.body, "InvalidAction"));
}

TEST(GatewayRouterTest, CallsOfStsAreCountedApart) {
  RouterOptions options;
  options.front.http_api = true;  // STS answers as STS all the same
  GatewayRouter router(options);
  EXPECT_EQ(PostForm(router, kWhoAmI).status, 200);
  EXPECT_EQ(PostForm(router, "Action=Made&Version=up").status, 400);
  EXPECT_EQ(PostForm(router, "Action=Other&Version=one").status, 400);
  const nlohmann::json stats = Stats(router);
  EXPECT_EQ(stats["control"],
            (nlohmann::json{{"GetCallerIdentity", 1}, {"(unknown)", 2}}));
  EXPECT_EQ(stats["requests"], 0);
  EXPECT_EQ(stats["verified"], 0);
  EXPECT_EQ(stats["by_status"], nlohmann::json::object());
  EXPECT_EQ(stats["refused"], nlohmann::json::object());
  EXPECT_EQ(stats["by_path"], nlohmann::json::object());
}

TEST(GatewayRouterTest, FormsToFunctionsAreTheFunctions) {
  GatewayRouter router(RouterOptions{});
  ReceivedRequest request;
  request.method = "POST";
  request.path = "/";
  request.headers = {{"Host", "abc.lambda-url.us-east-1.on.aws"},
                     {"Content-Type", "application/x-www-form-urlencoded"}};
  request.body = kWhoAmI;
  EXPECT_EQ(router.Handle(request, kNow, 0).body,
            R"({"statusCode":200,"coldStart":true})");
}

TEST(GatewayRouterTest, CallsOfAPathGetTheMemoryOfItsFunction) {
  GatewayRouter router(RouterOptions{});
  Get(router, "/default/f");
  Get(router, "/default/f");
  ReceivedRequest request;
  request.method = "PUT";
  request.path = "/2015-03-31/functions/f/configuration";
  request.body = R"({"MemorySize":256})";
  ASSERT_EQ(router.Handle(request, kNow, 0).status, 200);
  // Cold again, since its configuration is another.
  EXPECT_TRUE(absl::StrContains(Get(router, "/default/f").body, "true"));
  Get(router, "/default/g");
  Get(router, "/2015-03-31/functions/f/invocations", "POST");
  const nlohmann::json stats = Stats(router);
  EXPECT_EQ(stats["by_memory_mb"], (nlohmann::json{{"128", 3}, {"256", 2}}));
  EXPECT_EQ(stats["memory_mb"], (nlohmann::json{{"f", 256}}));
}

TEST(GatewayRouterTest, LambdaWithoutCapacityIsApiGateways500) {
  RouterOptions options;
  options.functions.concurrency = 1;
  options.functions.latency.scale = absl::Seconds(1);
  GatewayRouter router(options);
  EXPECT_EQ(Get(router, "/default/f").status, 200);
  const GatewayAnswer answer = Get(router, "/default/f");
  EXPECT_EQ(answer.status, 500);
  EXPECT_EQ(answer.error_type, "InternalServerErrorException");
  EXPECT_EQ(answer.body, R"({"message":"Internal server error"})");
}

TEST(GatewayRouterTest, AnyPathOfAFunctionUrlInvokes) {
  GatewayRouter router(RouterOptions{});
  ReceivedRequest request;
  request.method = "POST";
  request.path = "/";
  request.headers = {{"Host", "abc.lambda-url.us-east-1.on.aws"}};
  EXPECT_EQ(router.Handle(request, kNow, 0).status, 200);
  request.headers = {{"Host", "abc.execute-api.us-east-1.amazonaws.com"}};
  EXPECT_EQ(router.Handle(request, kNow, 0).status, 403);
}

TEST(ResponseWriterTest, NoContentHasNeitherBodyNorLength) {
  ResponseWriter writer(/*id_seed=*/1);
  GatewayAnswer answer;
  answer.status = 204;
  answer.front = GatewayAnswer::Front::kLambda;
  answer.request_id = "its-id";
  answer.headers = {{"X-Amz-Executed-Version", "7"}};
  std::string out;
  writer.Write(answer, {}, 1'787'486'400, out);
  EXPECT_TRUE(absl::StartsWith(out, "HTTP/1.1 204 No Content\r\n"));
  EXPECT_TRUE(absl::EndsWith(out, "\r\nX-Amz-Executed-Version: 7\r\n\r\n"));
  EXPECT_TRUE(absl::StrContains(out, "\r\nx-amzn-RequestId: its-id\r\n"));
  EXPECT_FALSE(absl::StrContains(out, "Content-Length"));
  EXPECT_FALSE(absl::StrContains(out, "apigw"));
}

TEST(ResponseWriterTest, StsHasARequestIdAlone) {
  ResponseWriter writer(/*id_seed=*/1);
  GatewayAnswer answer;
  answer.front = GatewayAnswer::Front::kSts;
  answer.content_type = "text/xml";
  answer.request_id = "its-id";
  std::string out;
  writer.Write(answer, {}, 1'787'486'400, out);
  EXPECT_EQ(out,
            "HTTP/1.1 200 OK\r\nDate: Sun, 23 Aug 2026 12:00:00 GMT\r\n"
            "Content-Type: text/xml\r\nConnection: keep-alive\r\n"
            "Content-Length: 0\r\nx-amzn-RequestId: its-id\r\n\r\n");
}

TEST(ResponseWriterTest, WritesAwsHeaders) {
  ResponseWriter writer(/*id_seed=*/1);
  std::string first, second;
  writer.Write(TooManyRequests(), {}, 1'787'486'400, first);
  writer.Write(TooManyRequests(), {}, 1'787'486'400, second);
  EXPECT_TRUE(absl::StartsWith(first, "HTTP/1.1 429 Too Many Requests\r\n"));
  for (const char* header :
       {"\r\nDate: Sun, 23 Aug 2026 12:00:00 GMT\r\n",
        "\r\nContent-Type: application/json\r\n", "\r\nContent-Length: 31\r\n",
        "\r\nx-amzn-ErrorType: TooManyRequestsException\r\n",
        "\r\nx-amzn-RequestId: ", "\r\nx-amz-apigw-id: ",
        "\r\nX-Amzn-Trace-Id: Root=1-6a8ae0c0-",
        "\r\n\r\n{\"message\":\"Too Many Requests\"}"}) {
    EXPECT_TRUE(absl::StrContains(first, header)) << header << first;
  }
  EXPECT_NE(first, second) << "request ids repeat";
}

TEST(ResponseWriterTest, QuotesWhatIsNotUtf8) {
  EXPECT_EQ(ErrorAnswer(403, "X", "a\xff\"b").body,
            "{\"message\":\"a\xef\xbf\xbd\\\"b\"}");
}

TEST(GatewayRouterTest, ARegionThatIsNoneGoesNowhere) {
  RouterOptions options;  // without keys: everybody is let in
  GatewayRouter router(options);
  for (const char* method : {"GET", "PUT"}) {
    for (const char* path :
         {"/2015-03-31/functions/f/configuration", "/2015-03-31/functions/f"}) {
      ReceivedRequest request;
      request.method = method;
      request.path = path;
      request.body = R"({"MemorySize":256})";
      request.headers = {
          {"Host", "127.0.0.1"},
          {"X-Amz-Date", "20260823T120000Z"},
          {"Authorization",
           "AWS4-HMAC-SHA256 Credential=A/20260823/\xff/lambda/aws4_request, "
           "SignedHeaders=host;x-amz-date, Signature=00"}};
      const GatewayAnswer answer = router.Handle(request, kNow, 1);
      EXPECT_FALSE(absl::StrContains(answer.body, "\xff"))
          << method << " " << path;
    }
  }
}

TEST(GatewayRouterTest, AFunctionUrlMayBeDeniedThoughItsPathIsShort) {
  RouterOptions options;
  options.front.denied = {"hello", ""};
  GatewayRouter router(options);
  for (const char* path : {"/hello", "/"}) {
    ReceivedRequest request;
    request.method = "POST";
    request.path = path;
    request.headers = {{"Host", "abc.lambda-url.us-east-1.on.aws"}};
    const int status = router.Handle(request, kNow, 1).status;
    EXPECT_TRUE(status == 403 || status == 200) << path << ": " << status;
  }
}

}  // namespace
}  // namespace invocator
