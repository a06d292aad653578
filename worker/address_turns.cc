#include "worker/address_turns.h"

#include <algorithm>
#include <memory>

namespace invocator {

std::optional<std::vector<std::string>> AddressTurns::Next(
    const std::string& host) {
  const std::shared_ptr<const HostAddresses::List> known = addresses_.Of(host);
  if (known == nullptr) return std::nullopt;
  std::vector<std::string> addresses = *known;
  if (!addresses.empty()) {
    size_t& turn = turns_.try_emplace(host, first_).first->second;
    std::rotate(
        addresses.begin(),
        addresses.begin() + static_cast<ptrdiff_t>(turn++ % addresses.size()),
        addresses.end());
  }
  return addresses;
}

}  // namespace invocator
