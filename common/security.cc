#include "common/security.h"

#include <CLI/CLI.hpp>
#include <utility>

#include "common/token.h"

namespace invocator {
namespace {

// A variable of a script that is not set must not switch protection off.
std::string CheckNotEmpty(const std::string& path) {
  return path.empty() ? "the name of a file is empty" : "";
}

}  // namespace

void AddSecurityOptions(CLI::App& app, SecurityOptions& options,
                        const std::string& insecure_about) {
  CLI::Option* cert =
      app.add_option("--tls-cert", options.tls.cert,
                     "Our certificate (PEM), for TLS with certificates of both "
                     "sides; scripts/make_certs.sh makes some")
          ->type_name("FILE")
          ->check(CheckNotEmpty);
  CLI::Option* key =
      app.add_option("--tls-key", options.tls.key, "Its private key (PEM)")
          ->type_name("FILE")
          ->check(CheckNotEmpty);
  CLI::Option* ca = app.add_option("--tls-ca", options.tls.ca,
                                   "Who signs the other side's certificate "
                                   "(PEM)")
                        ->type_name("FILE")
                        ->check(CheckNotEmpty);
  cert->needs(key)->needs(ca);
  key->needs(cert)->needs(ca);
  ca->needs(cert)->needs(key);
  app.add_option("--token-file", options.token_file,
                 "Holds the join token [INVOCATOR_TOKEN of the environment]")
      ->type_name("FILE")
      ->check(CheckNotEmpty);
  app.add_flag("--insecure", options.insecure, insecure_about);
}

absl::StatusOr<Security> LoadSecurity(const SecurityOptions& options) {
  Security security;
  if (!options.tls.cert.empty()) {
    absl::StatusOr<TlsIdentity> tls = ReadTlsFiles(options.tls);
    if (!tls.ok()) return tls.status();
    security.tls = *std::move(tls);
  }
  absl::StatusOr<std::string> token = ReadToken(options.token_file);
  if (!token.ok()) return token.status();
  security.token = *std::move(token);
  return security;
}

}  // namespace invocator
