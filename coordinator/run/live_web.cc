#include "coordinator/run/live_web.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <random>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/base/exposed_file.h"
#include "common/channel/token.h"
#include "common/http/address.h"
#include "common/process/say.h"
#include "coordinator/report/notices.h"
#include "coordinator/web/html_report.h"

namespace invocator {
namespace {

constexpr absl::Duration kWatchersPatience = absl::Milliseconds(700);
constexpr absl::Duration kLingerStep = absl::Milliseconds(50);

// Far below the largest number, since ids only grow.
uint64_t RandomEventId() {
  std::random_device random;
  return (uint64_t{random()} << 30) + 1;
}

}  // namespace

absl::StatusOr<WebOptions> CheckLive(const RunOptions& options) {
  const LiveOptions& live = options.live;
  WebOptions web;
  web.has_page = !live.dashboard.empty();
  const std::string& text = web.has_page ? live.dashboard : live.metrics;
  const char* option = web.has_page ? "--dashboard" : "--metrics";
  absl::StatusOr<Address> listen = ParseWebAddress(text);
  if (!listen.ok()) return listen.status();
  web.listen = *std::move(listen);
  web.tls_cert_file = live.tls_cert;
  web.tls_key_file = live.tls_key;
  std::vector<std::string> warnings;
  if (!live.metrics_token_file.empty()) {
    absl::StatusOr<std::string> token = ReadToken(live.metrics_token_file);
    if (!token.ok()) return token.status();
    web.bearer = *std::move(token);
    WarnIfExposed("--metrics-token-file", live.metrics_token_file, warnings);
  }
  if (!live.tls_key.empty()) {
    WarnIfExposed("--dashboard-tls-key", live.tls_key, warnings);
  }
  Warn(warnings);
  if (!IsLoopbackHost(web.listen.host)) {
    if (web.tls_cert_file.empty()) {
      return absl::InvalidArgumentError(absl::StrCat(
          option, " ", text,
          " is open to other machines without TLS: give "
          "--dashboard-tls-cert and --dashboard-tls-key, or an address of the "
          "loopback and reach it by ssh -L"));
    }
    web.has_metrics = !web.bearer.empty();
    if (!web.has_page && !web.has_metrics) {
      return absl::InvalidArgumentError(
          absl::StrCat(option, " ", text,
                       " is open to other machines without a token: give "
                       "--metrics-token-file"));
    }
  }
  if (web.has_page) {
    web.page = LivePage("Invocator");
    web.policy = LivePagePolicy();
  }
  return web;
}

LiveWeb::LiveWeb() : feed_(LiveFeed::kMostHeldBytes, RandomEventId()) {}

absl::StatusOr<std::unique_ptr<LiveWeb>> LiveWeb::Start(WebOptions options) {
  std::unique_ptr<LiveWeb> web(new LiveWeb());
  const bool has_page = options.has_page;
  auto server =
      WebServer::Create(std::move(options), web->feed_, web->metrics_);
  if (!server.ok()) return server.status();
  web->server_ = *std::move(server);
  // Not to the log, which others may keep: the URL holds the token.
  Say(absl::StrCat(has_page ? "live page: " : "metrics: ",
                   web->server_->url()));
  return web;
}

void LiveWeb::End(absl::Duration linger,
                  const std::function<int()>& interrupts) {
  view_.End();
  // The interrupt that ended the run must not end the linger, too.
  const std::optional<int> noted = view_.noted_interrupts();
  const int interrupts_before = noted ? *noted : interrupts();
  const absl::Time until = absl::Now() + linger;
  server_->AwaitWatchers(kWatchersPatience);
  while (absl::Now() < until && interrupts() == interrupts_before) {
    absl::SleepFor(std::min(kLingerStep, until - absl::Now()));
  }
  server_.reset();
}

}  // namespace invocator
