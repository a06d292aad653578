#include "common/http/target_options.h"

#include <openssl/err.h>
#include <openssl/x509_vfy.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstring>
#include <memory>

#include "absl/strings/str_cat.h"
#include "common/base/exposed_file.h"
#include "common/http/client_certificate.h"

namespace invocator {
namespace {

// Refuses pipes: every engine reads the file, and a pipe's bytes are gone after
// the first.
absl::Status CheckRegular(absl::string_view option, const std::string& path) {
  struct stat found {};
  if (stat(path.c_str(), &found) == 0 && S_ISREG(found.st_mode)) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      absl::StrCat(option, " ", path, ": is not a regular file"));
}

absl::Status CheckClientCertificate(const TargetOptions& options) {
  if (options.client_cert.empty()) return absl::OkStatus();
  const std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> context(
      SSL_CTX_new(TLS_client_method()), SSL_CTX_free);
  if (!context) return absl::ResourceExhaustedError("SSL_CTX_new failed");
  return UseClientCertificate(context.get(), options.client_cert,
                              options.key_file());
}

absl::Status CheckCaFile(const std::string& path) {
  const std::unique_ptr<X509_STORE, void (*)(X509_STORE*)> store(
      X509_STORE_new(), X509_STORE_free);
  if (store && X509_STORE_load_file(store.get(), path.c_str()) == 1) {
    return absl::OkStatus();
  }
  ERR_clear_error();
  return absl::InvalidArgumentError(
      absl::StrCat("--ca-file ", path,
                   ": holds no certificate that can be read, expected PEM"));
}

absl::Status CheckUnixSocket(const std::string& path) {
  const auto invalid = [&](absl::string_view problem) {
    return absl::InvalidArgumentError(
        absl::StrCat("--unix-socket ", path, ": ", problem));
  };
  constexpr size_t kLongest = sizeof(sockaddr_un::sun_path) - 1;
  if (path.size() > kLongest) {
    return invalid(absl::StrCat("is longer than the ", kLongest,
                                " bytes a socket's path may have (unix(7))"));
  }
  struct stat found {};
  if (stat(path.c_str(), &found) != 0) return invalid(strerrordesc_np(errno));
  if (!S_ISSOCK(found.st_mode)) return invalid("is not a socket");
  // Connecting needs write permission.
  if (access(path.c_str(), W_OK) != 0) return invalid(strerrordesc_np(errno));
  return absl::OkStatus();
}

}  // namespace

void AddTargetOptions(CLI::App& app, TargetOptions& options) {
  app.add_option("--ca-file", options.ca_file,
                 "Certificates to trust instead of the system's (PEM)")
      ->type_name("FILE")
      ->check(CLI::ExistingFile);
  CLI::Option* const cert =
      app.add_option("--client-cert", options.client_cert,
                     "Client certificate for targets that ask for one (PEM; "
                     "mutual TLS)")
          ->type_name("FILE")
          ->check(CLI::ExistingFile);
  app.add_option("--client-key", options.client_key,
                 "Its private key (PEM) [in the certificate's file]")
      ->type_name("FILE")
      ->check(CLI::ExistingFile)
      ->needs(cert);
  app.add_option(
         "--unix-socket", options.unix_socket,
         "Unix socket to connect to instead of the hosts; Host headers, "
         "TLS and signatures still name the hosts. While its backlog is "
         "full, calls are connect_errors")
      ->type_name("PATH")
      ->check([](const std::string& path) {
        return path.empty() ? "the path of a socket is empty" : "";
      });
}

std::vector<std::string> ExposedKeyWarnings(const TargetOptions& options) {
  std::vector<std::string> warnings;
  if (!options.client_key.empty()) {
    WarnIfExposed("--client-key", options.client_key, warnings);
  } else {
    WarnIfExposed("--client-cert", options.client_cert, warnings);
  }
  return warnings;
}

absl::Status CheckTargetOptions(const TargetOptions& options) {
  absl::Status status;
  if (!options.ca_file.empty()) {
    status.Update(CheckRegular("--ca-file", options.ca_file));
    if (status.ok()) status = CheckCaFile(options.ca_file);
  }
  if (!options.client_cert.empty()) {
    status.Update(CheckRegular("--client-cert", options.client_cert));
  }
  if (!options.client_key.empty()) {
    status.Update(CheckRegular("--client-key", options.client_key));
  }
  if (status.ok()) status = CheckClientCertificate(options);
  if (!options.unix_socket.empty()) {
    status.Update(CheckUnixSocket(options.unix_socket));
  }
  return status;
}

}  // namespace invocator
