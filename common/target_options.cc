#include "common/target_options.h"

#include <openssl/err.h>
#include <openssl/x509_vfy.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "absl/strings/str_cat.h"
#include "common/tls_files.h"

namespace invocator {
namespace {

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
  if (stat(path.c_str(), &found) != 0) return invalid("is not there");
  if (!S_ISSOCK(found.st_mode)) return invalid("is not a socket");
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
                     "Our certificate for targets that ask for one (PEM; "
                     "mutual TLS)")
          ->type_name("FILE")
          ->check(CLI::ExistingFile);
  app.add_option("--client-key", options.client_key,
                 "Its private key (PEM) [in the certificate's file]")
      ->type_name("FILE")
      ->check(CLI::ExistingFile)
      ->needs(cert);
  app.add_option("--unix-socket", options.unix_socket,
                 "Connect there instead of to the hosts; Host headers, TLS and "
                 "signatures still name them")
      ->type_name("PATH")
      ->check([](const std::string& path) {
        return path.empty() ? "the path of a socket is empty" : "";
      });
}

absl::Status CheckTargetOptions(const TargetOptions& options) {
  absl::Status status;
  if (!options.ca_file.empty()) status.Update(CheckCaFile(options.ca_file));
  if (!options.client_cert.empty()) {
    status.Update(ReadKeyPair({"--client-cert", options.client_cert},
                              {options.client_key.empty() ? "--client-cert"
                                                          : "--client-key",
                               options.key_file()})
                      .status());
  }
  if (!options.unix_socket.empty()) {
    status.Update(CheckUnixSocket(options.unix_socket));
  }
  return status;
}

}  // namespace invocator
