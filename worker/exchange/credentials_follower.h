// Keeps an engine's signer on the credentials in use: checks for new ones once
// a second, at the cost of a comparison.
//
// Thread-compatible: one for each engine. Borrows the cell and the signer,
// which must outlive it.
#ifndef INVOCATOR_WORKER_EXCHANGE_CREDENTIALS_FOLLOWER_H_
#define INVOCATOR_WORKER_EXCHANGE_CREDENTIALS_FOLLOWER_H_

#include <cstdint>
#include <optional>

#include "common/aws/sigv4.h"
#include "common/credentials/credentials_cell.h"

namespace invocator {

class CredentialsFollower {
 public:
  CredentialsFollower(const CredentialsCell& cell, Signer& signer)
      : cell_(cell), signer_(signer) {
    signer_.set_credentials(cell_.Get(generation_));
  }

  // Call before signing a request sent at `unix_s` (seconds since 1970). Never
  // waits: if another thread holds the cell, checks again at the next call.
  void Follow(int64_t unix_s) {
    if (unix_s == looked_unix_s_) return;
    if (auto credentials = cell_.TakeNew(generation_)) {
      signer_.set_credentials(*std::move(credentials));
    }
    if (cell_.IsCurrent(generation_)) looked_unix_s_ = unix_s;
  }

 private:
  const CredentialsCell& cell_;
  Signer& signer_;
  uint64_t generation_ = 0;
  std::optional<int64_t> looked_unix_s_;
};

}  // namespace invocator

#endif  // INVOCATOR_WORKER_EXCHANGE_CREDENTIALS_FOLLOWER_H_
