#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "gateway/front.h"
#include "gateway/options.h"
#include "gateway/router.h"

namespace invocator {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr GatewayRouter::Instant kNow{1'000'000'000, 1'787'486'400};

GatewayAnswer Post(GatewayRouter& router, absl::string_view path) {
  ReceivedRequest request;
  request.method = "POST";
  request.path = path;
  return router.Handle(request, kNow, /*connections_open=*/1);
}

TEST(GatewayFrontTest, AFunctionThatTakesTooLongIsNotWaitedFor) {
  RouterOptions options;
  options.functions.latency = *ParseLatencyModel("10s");
  options.front.integration_timeout = absl::Milliseconds(50);
  GatewayRouter router(options);
  const GatewayAnswer answer = Post(router, "/s/f");
  EXPECT_EQ(answer.status, 504);
  EXPECT_EQ(answer.error_type, "InternalServerErrorException");
  EXPECT_EQ(answer.body, R"({"message":"Endpoint request timed out"})");
  EXPECT_EQ(answer.delay, absl::Milliseconds(50));
}

TEST(GatewayFrontTest, WaitForAPlaceIsPartOfTheDelayAndOfItsLimit) {
  RouterOptions options;
  options.functions.latency = *ParseLatencyModel("20ms");
  options.functions.concurrency = 1;
  options.functions.queue = 3;
  options.front.integration_timeout = absl::Milliseconds(50);
  GatewayRouter router(options);
  for (const auto& [status, delay_ms] :
       {std::pair{200, 20}, {200, 40}, {504, 50}, {504, 50}, {500, 0}}) {
    const GatewayAnswer answer = Post(router, "/s/f");
    EXPECT_EQ(answer.status, status);
    EXPECT_EQ(answer.delay, absl::Milliseconds(delay_ms));
  }
}

TEST(GatewayFrontTest, OnlyDeniedFunctionsAreDenied) {
  RouterOptions options;
  options.front.denied = {"f", "g"};
  GatewayRouter router(options);
  EXPECT_EQ(Post(router, "/s/ff").status, 200);
  const GatewayAnswer answer = Post(router, "/s/a/g");
  EXPECT_EQ(answer.status, 403);
  EXPECT_EQ(answer.error_type, "AccessDeniedException");
  EXPECT_THAT(answer.body, HasSubstr("abc123/s/POST/a/g"));
}

TEST(GatewayFrontTest, ColdStartsAreToldInTheHeaderThatIsNamed) {
  RouterOptions options;
  options.front.cold_start_header = "X-Cold";
  GatewayRouter router(options);
  EXPECT_THAT(Post(router, "/s/f").headers,
              testing::ElementsAre(testing::Pair("X-Cold", "true")));
  GatewayRouter silent(RouterOptions{});
  EXPECT_TRUE(Post(silent, "/s/f").headers.empty());
}

TEST(GatewayFrontTest, AnHttpApiHasItsOwnWordsAndNoReasons) {
  struct Row {
    int rest_status;
    int status;
    const char* body;
  };
  for (const Row& row : {Row{403, 403, R"({"message":"Forbidden"})"},
                         {429, 429, R"({"message":"Too Many Requests"})"},
                         {500, 503, R"({"message":"Service Unavailable"})"},
                         {502, 500, R"({"message":"Internal Server Error"})"},
                         {504, 503, R"({"message":"Service Unavailable"})"}}) {
    GatewayAnswer answer = ErrorAnswer(row.rest_status, "SomeException", "why");
    SayAsHttpApi(answer);
    EXPECT_EQ(answer.status, row.status);
    EXPECT_EQ(answer.body, row.body);
    EXPECT_EQ(answer.error_type, "");
  }
}

TEST(GatewayFrontTest, AFunctionsOwnAnswerGoesThroughAnHttpApi) {
  RouterOptions options;
  options.front.http_api = true;
  GatewayRouter router(options);
  const GatewayAnswer answer = Post(router, "/s/f");
  EXPECT_EQ(answer.status, 200);
  EXPECT_THAT(answer.body, HasSubstr("coldStart"));
  std::string out;
  ResponseWriter(1).Write(answer, {}, kNow.unix_s, out);
  EXPECT_THAT(out, HasSubstr("\r\napigw-requestid: "));
  EXPECT_THAT(out, Not(HasSubstr("x-amz")));
}

TEST(GatewayFrontTest, AnHttpApiStillHasPagesOfItsOwn) {
  RouterOptions options;
  options.front.http_api = true;
  GatewayRouter router(options);
  ReceivedRequest request;
  request.method = "GET";
  request.path = "/ping";
  EXPECT_EQ(router.Handle(request, kNow, 1).body, "healthy");
}

TEST(GatewayFrontTest, OptionsAreRead) {
  const char* argv[] = {"g",
                        "--http-api",
                        "--deny",
                        "a,b",
                        "--cold-start-header",
                        "x-cold",
                        "--no-auth",
                        "--clock-offset-s",
                        "-600",
                        "--integration-timeout",
                        "29s"};
  const ParsedGatewayOptions parsed =
      ParseGatewayOptions(static_cast<int>(std::size(argv)), argv);
  ASSERT_TRUE(parsed.options);
  const FrontOptions& front = parsed.options->router.front;
  EXPECT_TRUE(front.http_api);
  EXPECT_EQ(front.denied, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(front.cold_start_header, "x-cold");
  EXPECT_EQ(front.integration_timeout, absl::Seconds(29));
  EXPECT_EQ(parsed.options->server.clock_offset_s, -600);
  const char* wrong[] = {"g", "--no-auth", "--cold-start-header", "a: b"};
  EXPECT_EQ(ParseGatewayOptions(4, wrong).exit_code, 2);
}

}  // namespace
}  // namespace invocator
