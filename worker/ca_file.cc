#include "worker/ca_file.h"

#include <openssl/err.h>
#include <openssl/x509_vfy.h>

#include <memory>

#include "absl/strings/str_cat.h"

namespace invocator {

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

}  // namespace invocator
