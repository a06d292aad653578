#include "worker/net/address_turns.h"

#include <algorithm>
#include <memory>

namespace invocator {
namespace {

// Each costs time whenever a connection is opened.
constexpr size_t kMostAtOnce = 8;

}  // namespace

std::vector<std::string> AddressTurns::Next(const std::string& host) {
  const std::shared_ptr<const HostAddresses::List> known = addresses_.Of(host);
  std::vector<std::string> addresses;
  if (known->empty()) return addresses;
  const size_t turn = turns_.try_emplace(host, first_).first->second++;
  for (size_t i = 0; i < std::min(known->size(), kMostAtOnce); ++i) {
    addresses.push_back((*known)[(turn + i) % known->size()]);
  }
  return addresses;
}

}  // namespace invocator
