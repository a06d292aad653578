#include "coordinator/run/shown_command.h"

#include <gtest/gtest.h>

namespace invocator {
namespace {

TEST(ShownCommand, WithoutOptionsIsShort) {
  EXPECT_EQ(ShownCommand({}), "invocator run workload.json");
}

TEST(ShownCommand, HasTheOptionsThatWereGiven) {
  RunOptions options;
  options.workload = "/home/me/secret-project.json";
  options.endpoint_url = "http://127.0.0.1:9000";
  options.http2 = true;
  options.profile = "load test";
  options.stop_on_auth_error = false;
  options.memory = {{256}, true};
  options.threads = 2;
  options.spin = absl::ZeroDuration();
  options.max_in_flight = 200;
  options.drop_on_overload = true;
  options.drain = absl::Seconds(90);
  options.verdict_limits.kept = absl::Microseconds(1500);
  options.require_kept = true;
  options.until = {"response p99 within 5%", "service mean within 1%"};
  EXPECT_EQ(ShownCommand(options),
            "invocator run workload.json --endpoint-url http://127.0.0.1:9000 "
            "--http2 --profile 'load test' --stop-on none --memory-size 256 "
            "--threads 2 --no-spin --max-in-flight 200 --overload drop "
            "--drain 1m30s --kept-within 1.5ms --require-kept "
            "--until 'response p99 within 5%' --until 'service mean within "
            "1%'");
}

TEST(ShownCommand, HasNoSecretsAndNoFiles) {
  RunOptions options;
  options.endpoint_url = "http://me:SECRET@host/?key=SECRET";
  options.control_endpoint_url = "http://host/?SECRET";
  options.target = {"/SECRET/ca", "/SECRET/cert", "/SECRET/key",
                    "/SECRET/socket"};
  options.prices = "SECRET";
  options.workers = 2;
  options.listen = "0.0.0.0:7000";
  options.security.tls = {"/SECRET/c", "/SECRET/k", "/SECRET/ca"};
  options.security.token_file = "/SECRET/token";
  options.on_worker_loss = OnWorkerLoss::kReplan;
  EXPECT_EQ(
      ShownCommand(options),
      "invocator run workload.json --endpoint-url "
      "'http://(hidden)@host/?key=(hidden)' --control-endpoint-url "
      "'http://host/?(hidden)' --ca-file FILE --client-cert FILE "
      "--client-key FILE --unix-socket FILE --prices FILE --workers 2 "
      "--listen 0.0.0.0:7000 --tls-cert FILE --tls-key FILE --tls-ca FILE "
      "--token-file FILE --on-worker-loss replan");
}

TEST(ShownCommand, QuotesForAShell) {
  RunOptions options;
  options.profile = "it's\n$(rm)";
  EXPECT_EQ(ShownCommand(options),
            "invocator run workload.json --profile 'it'\\''s $(rm)'");
}

}  // namespace
}  // namespace invocator
