#include "gateway/options.h"

#include <arpa/inet.h>

#include <CLI/CLI.hpp>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/base/environment.h"
#include "common/base/exit_code.h"
#include "common/base/exposed_file.h"
#include "common/http/address.h"
#include "common/http/http_syntax.h"
#include "common/plan/plan.h"
#include "common/process/say.h"
#include "common/process/usage_error.h"
#include "gateway/credentials_file.h"
#include "gateway/function_cli.h"
#include "gateway/parsed_option.h"
#include "gateway/token_bucket.h"

namespace invocator {
namespace {

constexpr char kDescription[] =
    "A local stand-in for API Gateway and the Lambda functions behind it: "
    "verifies every signature (SigV4) and answers POST /<stage>/<resource> "
    "like a function.";

constexpr char kFooter[] = R"(
Accepts signatures made with the keys in its environment: AWS_ACCESS_KEY_ID,
AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN. Without them it accepts a demo
pair, the one from the examples in AWS's documentation:
  AWS_ACCESS_KEY_ID=AKIDEXAMPLE
  AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY

Also serves the Lambda API of those functions: GetFunction,
GetFunctionConfiguration, UpdateFunctionConfiguration (MemorySize) and Invoke.
The last word of the path /<stage>/<resource> names the function: when its
memory changes, its calls start cold. Each version of a function, by the
qualifier in the Lambda API, has its own environments and latencies; calls
without one, and all through API Gateway, are of $LATEST.

Also serves STS, at "/": AssumeRole, AssumeRoleWithWebIdentity (with any JWT
that has not expired; its signature is not verified) and GetCallerIdentity.
Accepts the temporary keys that it hands out until they expire or it ends.

Unsigned requests beside the functions:
  GET /ping    "healthy"
  GET /_stats  counters so far, as JSON

Examples:
  invocator-gateway
  invocator-gateway --listen 127.0.0.1:0 --latency 20ms
  invocator-gateway --latency lognormal:20ms:0.5 --cold-start 300ms \
                    --keep-warm 60s --throttle 100/s --fail 0.01
  invocator-gateway --latency exponential:20ms --concurrency 50 --queue 100
  invocator-gateway --latency lognormal:20ms:0.5 --latency-correlation 0.9 \
                    --slower green=3%
  invocator-gateway --memory-size 512 --update-delay 2s --functions chameleon
  aws lambda get-function-configuration --function-name chameleon \
      --endpoint-url http://127.0.0.1:9000
  aws sts assume-role --role-arn arn:aws:iam::123456789012:role/demo \
      --role-session-name me --endpoint-url http://127.0.0.1:9000
  invocator-gateway --tls-cert cert.pem --tls-key key.pem
  invocator run workload.json --endpoint-url http://127.0.0.1:9000

The only line on stdout is "listening on <url>", printed when it is ready.

Exit codes: 0 ended by SIGINT or SIGTERM, 2 bad usage, 3 could not listen.)";

absl::StatusOr<Credentials> AcceptedCredentials() {
  if (ProcessVariable("AWS_ACCESS_KEY_ID").empty() &&
      ProcessVariable("AWS_SECRET_ACCESS_KEY").empty()) {
    return DemoCredentials();
  }
  return CredentialsFromEnvironment();
}

}  // namespace

Credentials DemoCredentials() {
  return {"AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", ""};
}

absl::Status ParseListen(absl::string_view text, ServerOptions& options) {
  size_t colon = text.rfind(':');
  absl::string_view host = text.substr(0, colon);
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
  }
  if (host == "localhost") host = "127.0.0.1";
  std::string address(host);
  unsigned char parsed[sizeof(in6_addr)];
  uint32_t port = 0;
  if (colon == text.npos || !absl::SimpleAtoi(text.substr(colon + 1), &port) ||
      port > 65535 ||
      (inet_pton(AF_INET, address.c_str(), parsed) != 1 &&
       inet_pton(AF_INET6, address.c_str(), parsed) != 1)) {
    return absl::InvalidArgumentError(
        absl::StrCat("'", text,
                     "': expected address:port, such as 127.0.0.1:9000 or "
                     "[::1]:9000; port 0 takes any free one"));
  }
  options.address = address;
  options.port = static_cast<uint16_t>(port);
  return absl::OkStatus();
}

namespace {

template <typename Names>
CLI::Option* AddNames(CLI::App& app, const std::string& name, Names& names,
                      const std::string& help) {
  return app.add_option(name, names, help)
      ->delimiter(',')
      ->type_name("NAME,...");
}

void SayIfExposed(absl::string_view option, const std::string& path) {
  const std::string warning = ExposedFileWarning(option, path);
  if (!warning.empty()) Say(absl::StrCat("invocator-gateway: ", warning));
}

void AddServerOptions(CLI::App& app, ServerOptions& server) {
  app.add_option_function<std::string>(
      "--listen",
      [&server](const std::string& text) {
        const absl::Status status = ParseListen(text, server);
        if (!status.ok()) {
          throw CLI::ValidationError("--listen", std::string(status.message()));
        }
      },
      "Address to listen on; port 0 takes any free one [127.0.0.1:9000]");
  CLI::Option* cert =
      app.add_option("--tls-cert", server.tls_cert_file,
                     "Serve HTTPS with this certificate chain (PEM)");
  CLI::Option* key = app.add_option("--tls-key", server.tls_key_file,
                                    "The certificate's private key (PEM)");
  cert->needs(key);
  key->needs(cert);
  app.add_option("--max-connections", server.max_connections,
                 "Limit of open connections; further ones are closed at once "
                 "[10000]")
      ->check(CLI::Range(size_t{1}, size_t{1'000'000}));
  AddDuration(app, "--idle-timeout", server.idle_timeout,
              "Close a connection after this time of silence [60s]");
  app.add_option("--clock-offset-s", server.clock_offset_s,
                 "Seconds by which this clock is ahead, or behind if negative "
                 "[0]")
      ->check(CLI::Range(-1'000'000, 1'000'000));
}

// Accepted keys.
void AddKeyOptions(CLI::App& app, RouterOptions& router, bool& no_auth) {
  CLI::Option* no_auth_option =
      app.add_flag("--no-auth", no_auth, "Accept unsigned requests");
  AddParsed<std::vector<FoundCredentials>>(
      app, "--credentials-file", router.more_credentials,
      [](absl::string_view path) {
        SayIfExposed("--credentials-file", std::string(path));
        return ReadCredentialsFile(std::string(path));
      },
      "File of profiles, in the format of ~/.aws/credentials, whose keys are "
      "accepted, too, each until its \"expiration\"")
      ->excludes(no_auth_option);
}

// API Gateway's handling of the functions' answers.
void AddFrontOptions(CLI::App& app, RouterOptions& router) {
  FrontOptions& front = router.front;
  app.add_flag("--http-api", front.http_api,
               "Answer as an HTTP API, not as a REST API: failures give no "
               "reasons");
  AddDuration(app, "--integration-timeout", front.integration_timeout,
              "Answer 504 if a function takes longer, as API Gateway does "
              "after 29s [off]");
  AddNames(app, "--deny", front.denied,
           "Functions that answer 403 through the API");
  app.add_option(
         "--cold-start-header", front.cold_start_header,
         "Header of functions' answers: true for a cold start, else false")
      ->check([](const std::string& name) {
        return IsHttpToken(name) ? "" : "expected a header's name";
      });
  app.add_option("--response-bytes", router.response_bytes,
                 "Size of a function's JSON answer [a small object]")
      ->check(CLI::Range(size_t{0}, kMaxBodyBytes));
}

// The Lambda API's functions and their configurations.
void AddLambdaOptions(CLI::App& app, RouterOptions& router) {
  RegistryOptions& registry = router.registry;
  AddNames(app, "--functions", registry.names,
           "Names of the functions in the Lambda API [any]");
  app.add_option("--memory-size", registry.memory_mb,
                 "Memory of a function until it is changed, in MB [128]")
      ->check(CLI::Range(kMinMemoryMb, kMaxFunctionMemoryMb));
  app.add_option("--max-memory-size", registry.max_memory_mb,
                 "The most memory the account may give a function, in MB "
                 "[10240]")
      ->check(CLI::Range(kMinMemoryMb, kMaxFunctionMemoryMb));
  AddDuration(app, "--update-delay", registry.update_delay,
              "Time until a change of a function's configuration takes effect; "
              "other changes get 409 until then [0ms]");
  AddParsed<RateLimit>(
      app, "--control-throttle", router.control_throttle, ParseRateLimit,
      "Answer 429 beyond this rate of Lambda control calls, written as for "
      "--throttle [off]");
}

void AddStsOptions(CLI::App& app, StsOptions& sts) {
  AddNames(app, "--roles", sts.roles,
           "Names of the roles in STS; others get AccessDenied. "
           "Required for web identities beyond loopback, since their "
           "signatures are not verified [any]");
  AddDuration(app, "--session-life", sts.session_life,
              "Lifetime of STS's temporary keys, in whole seconds, in place of "
              "the caller's choice [as the caller asks]");
}

}  // namespace

ParsedGatewayOptions ParseGatewayOptions(int argc, const char* const* argv) {
  GatewayOptions options;
  ServerOptions& server = options.server;
  RouterOptions& router = options.router;
  bool no_auth = false;
  CLI::App app(kDescription, "invocator-gateway");
  app.set_version_flag("--version", "invocator-gateway " INVOCATOR_VERSION);
  app.footer(kFooter);
  AddServerOptions(app, server);
  app.add_flag("--stop-at-eof", options.stop_at_eof,
               "Stop when standard input ends, so that the gateway does not "
               "outlive the program at the other end of the pipe");
  AddKeyOptions(app, router, no_auth);
  AddFunctionOptions(app, router.functions);
  AddFrontOptions(app, router);
  AddLambdaOptions(app, router);
  AddStsOptions(app, router.sts);
  app.callback([&router] { CheckFunctionOptions(router.functions); });
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return {std::nullopt, TellParseEnd(app, error)};
  }
  SayIfExposed("--tls-key", server.tls_key_file);
  router.sts.takes_web_identities =
      IsLoopbackHost(server.address) || !router.sts.roles.empty();
  if (!no_auth) {
    absl::StatusOr<Credentials> credentials = AcceptedCredentials();
    if (!credentials.ok()) {
      Say(credentials.status().message());
      return {std::nullopt, kExitBadUsage};
    }
    router.credentials = *std::move(credentials);
  }
  return {std::move(options), 0};
}

}  // namespace invocator
