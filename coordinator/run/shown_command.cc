#include "coordinator/run/shown_command.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/words/foreign_text.h"
#include "coordinator/web/shown_workload.h"

namespace invocator {
namespace {

bool IsPlain(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
         absl::string_view("-_./:=,@%+").find(c) != absl::string_view::npos;
}

class CommandText {
 public:
  void Flag(absl::string_view name, bool is_set) {
    if (is_set) absl::StrAppend(&text_, " ", name);
  }
  void Value(absl::string_view name, absl::string_view value) {
    absl::StrAppend(&text_, " ", name, " ", ShellWord(value));
  }
  void Text(absl::string_view name, const std::string& value) {
    if (!value.empty()) Value(name, value);
  }
  void Url(absl::string_view name, const std::string& url) {
    if (!url.empty()) Value(name, ShownUrl(url));
  }
  void File(absl::string_view name, const std::string& path) {
    if (!path.empty()) Value(name, "FILE");
  }
  void Number(absl::string_view name, uint32_t value) {
    if (value != 0) Value(name, absl::StrCat(value));
  }
  void Duration(absl::string_view name, absl::Duration value,
                absl::Duration standard) {
    if (value != standard) Value(name, absl::FormatDuration(value));
  }
  std::string text() const { return text_; }

 private:
  std::string text_ = "invocator run workload.json";
};

void AddTarget(const RunOptions& options, CommandText& command) {
  command.Url("--endpoint-url", options.endpoint_url);
  command.Url("--control-endpoint-url", options.control_endpoint_url);
  command.Flag("--http2", options.http2);
  command.File("--ca-file", options.target.ca_file);
  command.File("--client-cert", options.target.client_cert);
  command.File("--client-key", options.target.client_key);
  command.File("--unix-socket", options.target.unix_socket);
  command.Text("--profile", options.profile);
  if (!options.stop_on_auth_error) command.Value("--stop-on", "none");
  if (options.memory.is_given) {
    command.Value("--memory-size",
                  options.memory.sizes_mb.empty()
                      ? "keep"
                      : absl::StrJoin(options.memory.sizes_mb, ","));
  }
  command.Flag("--no-restore-memory", !options.restore_memory);
  command.File("--prices", options.prices);
}

void AddLoad(const RunOptions& options, CommandText& command) {
  const RunOptions standard;
  command.Number("--threads", options.threads);
  command.Flag("--pin", options.pin);
  if (options.spin == absl::ZeroDuration()) {
    command.Flag("--no-spin", true);
  } else {
    command.Duration("--spin", options.spin, standard.spin);
  }
  command.Number("--warm-connections", options.warm_connections);
  if (options.io != IoMode::kAuto) {
    command.Value("--io", IoModeWord(options.io));
  }
  command.Number("--connections", options.connections);
  command.Number("--max-in-flight", options.max_in_flight);
  if (options.drop_on_overload) command.Value("--overload", "drop");
  if (options.drain) {
    command.Value("--drain", absl::FormatDuration(*options.drain));
  }
}

void AddJudgement(const RunOptions& options, CommandText& command) {
  const VerdictLimits standard;
  command.Duration("--kept-within", options.verdict_limits.kept, standard.kept);
  command.Duration("--marginal-within", options.verdict_limits.marginal,
                   std::max(standard.marginal, options.verdict_limits.kept));
  command.Flag("--require-kept", options.require_kept);
  for (const std::string& goal : options.until) {
    command.Text("--until", goal);
  }
  for (const std::string& limit : options.fail_if) {
    command.Text("--fail-if", limit);
  }
}

void AddFleet(const RunOptions& options, CommandText& command) {
  if (options.workers == 0) return;
  command.Number("--workers", options.workers);
  command.Text("--listen", options.listen);
  command.File("--tls-cert", options.security.tls.cert);
  command.File("--tls-key", options.security.tls.key);
  command.File("--tls-ca", options.security.tls.ca);
  command.File("--token-file", options.security.token_file);
  command.Flag("--insecure", options.security.insecure);
  if (options.on_worker_loss != OnWorkerLoss::kFinish) {
    command.Value(
        "--on-worker-loss",
        options.on_worker_loss == OnWorkerLoss::kAbort ? "abort" : "replan");
  }
}

}  // namespace

std::string ShellWord(absl::string_view text) {
  std::string clean = CleanLine(text);
  if (!clean.empty() && std::all_of(clean.begin(), clean.end(), IsPlain)) {
    return clean;
  }
  return absl::StrCat("'", absl::StrReplaceAll(clean, {{"'", "'\\''"}}), "'");
}

std::string ShownCommand(const RunOptions& options) {
  CommandText command;
  AddTarget(options, command);
  AddLoad(options, command);
  AddJudgement(options, command);
  AddFleet(options, command);
  return command.text();
}

}  // namespace invocator
