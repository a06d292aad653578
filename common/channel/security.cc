#include "common/channel/security.h"

#include <CLI/CLI.hpp>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "common/base/exposed_file.h"
#include "common/channel/token.h"

namespace invocator {
namespace {

// A variable of a script that is not set must not switch protection off.
std::string CheckNotEmpty(const std::string& path) {
  return path.empty() ? "the name of a file is empty" : "";
}

}  // namespace

void AddSecurityOptions(CLI::App& app, SecurityOptions& options,
                        const std::string& insecure_about) {
  app.add_option("--tls-cert", options.tls.cert,
                 "Certificate of this side (PEM), for mutual TLS; "
                 "scripts/make_certs.sh makes some")
      ->type_name("FILE")
      ->check(CheckNotEmpty);
  app.add_option("--tls-key", options.tls.key, "Its private key (PEM)")
      ->type_name("FILE")
      ->check(CheckNotEmpty);
  app.add_option("--tls-ca", options.tls.ca,
                 "CA that signed the peer's certificate (PEM)")
      ->type_name("FILE")
      ->check(CheckNotEmpty);
  app.add_option(
         "--token-file", options.token_file,
         "File with the join token [environment variable INVOCATOR_TOKEN]")
      ->type_name("FILE")
      ->check(CheckNotEmpty);
  app.add_flag("--insecure", options.insecure, insecure_about);
}

absl::StatusOr<Security> LoadSecurity(const SecurityOptions& options) {
  Security security;
  const TlsFiles& files = options.tls;
  std::vector<absl::string_view> missing;
  if (files.cert.empty()) missing.push_back("--tls-cert");
  if (files.key.empty()) missing.push_back("--tls-key");
  if (files.ca.empty()) missing.push_back("--tls-ca");
  if (missing.size() == 1 || missing.size() == 2) {
    return absl::InvalidArgumentError(absl::StrCat(
        "TLS takes --tls-cert, --tls-key and --tls-ca together: give ",
        absl::StrJoin(missing, " and "), " too"));
  }
  if (missing.empty()) {
    absl::StatusOr<TlsIdentity> tls = ReadTlsFiles(options.tls);
    if (!tls.ok()) return tls.status();
    security.tls = *std::move(tls);
    WarnIfExposed("--tls-key", files.key, security.warnings);
  }
  absl::StatusOr<std::string> token = ReadToken(options.token_file);
  if (!token.ok()) return token.status();
  security.token = *std::move(token);
  WarnIfExposed("--token-file", options.token_file, security.warnings);
  return security;
}

}  // namespace invocator
