#include <gtest/gtest.h>

#include <cstdlib>
#include <set>
#include <string>
#include <vector>

#include "gateway/options.h"
#include "tests/support/temp_dir.h"

namespace invocator {
namespace {

class GatewayOptionsTest : public ::testing::Test {
 protected:
  GatewayOptionsTest() { ForgetCredentials(); }
  ~GatewayOptionsTest() override { ForgetCredentials(); }

  static void ForgetCredentials() {
    for (const char* name :
         {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"}) {
      unsetenv(name);  // NOLINT(concurrency-mt-unsafe)
    }
  }

  static ParsedGatewayOptions Parse(std::vector<const char*> arguments) {
    arguments.insert(arguments.begin(), "invocator-gateway");
    return ParseGatewayOptions(static_cast<int>(arguments.size()),
                               arguments.data());
  }
};

TEST_F(GatewayOptionsTest, DefaultsAcceptTheDemoPairOnLoopback) {
  ParsedGatewayOptions parsed = Parse({});
  ASSERT_TRUE(parsed.options);
  EXPECT_EQ(parsed.options->server.address, "127.0.0.1");
  EXPECT_EQ(parsed.options->server.port, 9000);
  EXPECT_EQ(parsed.options->router.credentials, DemoCredentials());
}

TEST_F(GatewayOptionsTest, ReadsEveryOption) {
  ParsedGatewayOptions parsed = Parse({"--listen",
                                       "[::1]:0",
                                       "--latency",
                                       "lognormal:20ms:0.5",
                                       "--cold-start",
                                       "300ms",
                                       "--keep-warm",
                                       "30s",
                                       "--throttle",
                                       "100/s",
                                       "--fail",
                                       "0.01",
                                       "--response-bytes",
                                       "100",
                                       "--seed",
                                       "7",
                                       "--no-auth",
                                       "--max-connections",
                                       "5",
                                       "--idle-timeout",
                                       "2s",
                                       "--tls-cert",
                                       "c.pem",
                                       "--tls-key",
                                       "k.pem"});
  ASSERT_TRUE(parsed.options);
  const ServerOptions& server = parsed.options->server;
  EXPECT_EQ(server.address, "::1");
  EXPECT_EQ(server.port, 0);
  EXPECT_EQ(server.max_connections, 5u);
  EXPECT_EQ(server.idle_timeout, absl::Seconds(2));
  EXPECT_EQ(server.tls_cert_file, "c.pem");
  EXPECT_EQ(server.tls_key_file, "k.pem");
  const RouterOptions& router = parsed.options->router;
  EXPECT_EQ(router.credentials, std::nullopt);
  EXPECT_EQ(router.response_bytes, 100u);
  EXPECT_EQ(router.functions.latency.kind, LatencyModel::Kind::kLognormal);
  EXPECT_EQ(router.functions.latency.scale, absl::Milliseconds(20));
  EXPECT_EQ(router.functions.latency.sigma, 0.5);
  EXPECT_EQ(router.functions.cold_start, absl::Milliseconds(300));
  EXPECT_EQ(router.functions.keep_warm, absl::Seconds(30));
  ASSERT_TRUE(router.functions.throttle);
  EXPECT_EQ(router.functions.throttle->rate_per_s, 100);
  EXPECT_EQ(router.functions.failure_ratio, 0.01);
  EXPECT_EQ(router.functions.seed, 7u);
}

TEST_F(GatewayOptionsTest, AcceptsTheEnvironmentsKeyAndNoHalfOfOne) {
  setenv("AWS_ACCESS_KEY_ID", "AKIDOTHER", 1);  // NOLINT(concurrency-mt-unsafe)
  EXPECT_EQ(Parse({}).exit_code, 2);
  EXPECT_TRUE(Parse({"--no-auth"}).options);
  setenv("AWS_SECRET_ACCESS_KEY", "s", 1);  // NOLINT(concurrency-mt-unsafe)
  setenv("AWS_SESSION_TOKEN", "t", 1);      // NOLINT(concurrency-mt-unsafe)
  ParsedGatewayOptions parsed = Parse({});
  ASSERT_TRUE(parsed.options);
  EXPECT_EQ(parsed.options->router.credentials,
            (Credentials{"AKIDOTHER", "s", "t"}));
}

TEST_F(GatewayOptionsTest, ReadsWhatTheLambdaApiNeeds) {
  ParsedGatewayOptions parsed =
      Parse({"--functions", "a,b", "--functions", "c", "--memory-size", "512",
             "--max-memory-size", "3008", "--update-delay", "2s",
             "--control-throttle", "15/s", "--concurrency", "9"});
  ASSERT_TRUE(parsed.options);
  const RouterOptions& router = parsed.options->router;
  EXPECT_EQ(router.registry.names, (std::set<std::string>{"a", "b", "c"}));
  EXPECT_EQ(router.registry.memory_mb, 512u);
  EXPECT_EQ(router.registry.max_memory_mb, 3008u);
  EXPECT_EQ(router.registry.update_delay, absl::Seconds(2));
  EXPECT_EQ(router.control_throttle->rate_per_s, 15);
  EXPECT_EQ(router.functions.concurrency, 9u);
}

TEST_F(GatewayOptionsTest, ReadsQueueCorrelationAndSlowerVersions) {
  const FunctionOptions none = Parse({}).options->router.functions;
  EXPECT_EQ(none.concurrency, std::nullopt);
  EXPECT_EQ(none.queue, 0u);
  EXPECT_EQ(none.latency_correlation, 0);
  EXPECT_TRUE(none.slowdowns.empty());
  ParsedGatewayOptions parsed =
      Parse({"--queue", "100", "--concurrency", "9", "--slower",
             "green=3%,f:blue=-1%", "--slower", "7=10%",
             "--latency-correlation", "0.9", "--latency", "exponential:20ms"});
  ASSERT_TRUE(parsed.options);
  const FunctionOptions& functions = parsed.options->router.functions;
  EXPECT_EQ(functions.queue, 100u);
  EXPECT_EQ(functions.latency_correlation, 0.9);
  ASSERT_EQ(functions.slowdowns.size(), 3u);
  EXPECT_EQ(functions.slowdowns[1].function, "f");
  EXPECT_EQ(functions.slowdowns[2].version, "7");
  EXPECT_TRUE(Parse({"--latency-correlation", "0"}).options);
}

TEST_F(GatewayOptionsTest, ReadsWhatStsNeeds) {
  const StsOptions none = Parse({}).options->router.sts;
  EXPECT_TRUE(none.roles.empty());
  EXPECT_TRUE(none.takes_web_identities);
  // Beyond loopback, who may have which role is to be said.
  EXPECT_FALSE(Parse({"--listen", "0.0.0.0:9000"})
                   .options->router.sts.takes_web_identities);
  EXPECT_TRUE(Parse({"--listen", "0.0.0.0:9000", "--roles", "a"})
                  .options->router.sts.takes_web_identities);
  EXPECT_EQ(none.session_life, std::nullopt);
  ParsedGatewayOptions parsed =
      Parse({"--roles", "a,b", "--roles", "c", "--session-life", "2s"});
  ASSERT_TRUE(parsed.options);
  const StsOptions& sts = parsed.options->router.sts;
  EXPECT_EQ(sts.roles, (std::vector<std::string>{"a", "b", "c"}));
  EXPECT_EQ(sts.session_life, absl::Seconds(2));
}

TEST_F(GatewayOptionsTest, AcceptsTheKeysOfAFileToo) {
  const TempDir dir;
  const std::string good = dir.Write(
      "good",
      "[one]\naws_access_key_id = AKIDONE\naws_secret_access_key = s\n"
      "aws_session_token = t\nexpiration = 2033-05-18T03:33:20Z\n"
      "[two]\naws_access_key_id = AKIDTWO\naws_secret_access_key = s\n");
  const auto parsed = Parse({"--credentials-file", good.c_str()});
  ASSERT_TRUE(parsed.options);
  EXPECT_EQ(parsed.options->router.credentials, DemoCredentials());
  const auto& more = parsed.options->router.more_credentials;
  ASSERT_EQ(more.size(), 2u);
  EXPECT_EQ(more[0].credentials, (Credentials{"AKIDONE", "s", "t"}));
  EXPECT_EQ(absl::ToUnixSeconds(more[0].expires_at), 2'000'000'000);
  EXPECT_EQ(more[1].expires_at, absl::InfiniteFuture());

  for (const char* text :
       {"nonsense", "[one]\naws_access_key_id = AKID\n",
        "[one]\naws_access_key_id = AKID\naws_secret_access_key = s\n"
        "expiration = soon\n"}) {
    const std::string bad = dir.Write("bad", text);
    EXPECT_EQ(Parse({"--credentials-file", bad.c_str()}).exit_code, 2) << text;
  }
  EXPECT_EQ(Parse({"--credentials-file", "/nowhere"}).exit_code, 2);
  EXPECT_EQ(Parse({"--credentials-file", good.c_str(), "--no-auth"}).exit_code,
            2);
}

TEST_F(GatewayOptionsTest, BadUsageIsExitCodeTwo) {
  const std::vector<std::vector<const char*>> cases = {
      {"--listen", "9000"},
      {"--listen", "127.0.0.1:65536"},
      {"--listen", "127.0.0.1:"},
      {"--listen", "example.org:80"},
      {"--latency", "fast"},
      {"--cold-start", "-1s"},
      {"--keep-warm", "60"},
      {"--throttle", "100"},
      {"--fail", "1.5"},
      {"--fail", "nan"},
      {"--response-bytes", "-1"},
      {"--concurrency", "0"},
      {"--queue", "10"},
      {"--queue", "0", "--concurrency", "1"},
      {"--queue", "100001", "--concurrency", "1"},
      {"--queue", "-1", "--concurrency", "1"},
      {"--latency-correlation", "1", "--latency", "exponential:20ms"},
      {"--latency-correlation", "-0.1", "--latency", "exponential:20ms"},
      {"--latency-correlation", "nan", "--latency", "exponential:20ms"},
      {"--latency-correlation", "0.9"},
      {"--latency-correlation", "0.9", "--latency", "20ms"},
      {"--slower", "green"},
      {"--slower", "green=3%,green=4%"},
      {"--slower", "green=3%", "--slower", "green=3%"},
      {"--memory-size", "127"},
      {"--max-memory-size", "10241"},
      {"--update-delay", "2"},
      {"--control-throttle", "15"},
      {"--session-life", "2"},
      {"--tls-cert", "c.pem"},
      {"--tls-key", "k.pem"},
      {"--max-connections", "0"},
      {"--seed", "x"},
      {"--unknown"},
      {"positional"},
  };
  for (const auto& arguments : cases) {
    ParsedGatewayOptions parsed = Parse(arguments);
    EXPECT_FALSE(parsed.options) << arguments[0];
    EXPECT_EQ(parsed.exit_code, 2) << arguments[0];
  }
}

TEST_F(GatewayOptionsTest, HelpAndVersionAreExitCodeZero) {
  for (const char* argument : {"--help", "--version"}) {
    ParsedGatewayOptions parsed = Parse({argument});
    EXPECT_FALSE(parsed.options);
    EXPECT_EQ(parsed.exit_code, 0);
  }
}

}  // namespace
}  // namespace invocator
