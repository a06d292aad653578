#include "coordinator/fleet/roster.h"

#include <algorithm>
#include <random>
#include <utility>

#include "absl/strings/str_cat.h"
#include "proto/fleet.pb.h"

namespace invocator {
namespace {

// 128 bits of the system's randomness.
std::string NewKey() {
  std::random_device random;
  std::string key;
  for (int i = 0; i < 4; ++i) {
    absl::StrAppend(&key, absl::Hex(random(), absl::kZeroPad8));
  }
  return key;
}

}  // namespace

std::string Roster::UniqueName(const std::string& name) {
  std::string unique = name;
  // Numbers are not tried again: a thousand workers may have one name.
  for (uint64_t& n = last_number_[name]; !names_.insert(unique).second;) {
    n = std::max<uint64_t>(n + 1, 2);
    unique = absl::StrCat(name, "-", n);
  }
  return unique;
}

RunWorker& Roster::Add(size_t session, const wire::Hello& hello) {
  RunWorker worker;
  worker.session = session;
  worker.name = UniqueName(hello.name());
  worker.member_key = NewKey();
  worker.threads = hello.threads();
  if (hello.connections() != 0) {
    worker.limits.connections = hello.connections();
  }
  if (hello.ephemeral_ports() != 0) {
    worker.limits.ephemeral_ports = hello.ephemeral_ports();
  }
  by_session_[session] = workers_.size();
  return workers_.emplace_back(std::move(worker));
}

void Roster::Remove(size_t index) {
  names_.erase(workers_[index].name);
  last_number_.clear();
  workers_.erase(workers_.begin() + static_cast<ptrdiff_t>(index));
  by_session_.clear();
  for (size_t i = 0; i < workers_.size(); ++i) {
    if (workers_[i].session) by_session_[*workers_[i].session] = i;
  }
}

std::optional<size_t> Roster::BySession(size_t session) const {
  const auto found = by_session_.find(session);
  if (found == by_session_.end()) return std::nullopt;
  return found->second;
}

std::optional<size_t> Roster::ByKey(absl::string_view member_key) const {
  const auto found = std::find_if(
      workers_.begin(), workers_.end(),
      [&](const RunWorker& worker) { return worker.member_key == member_key; });
  if (found == workers_.end()) return std::nullopt;
  return static_cast<size_t>(found - workers_.begin());
}

void Roster::Move(size_t index, std::optional<size_t> session) {
  RunWorker& worker = workers_[index];
  if (worker.session) by_session_.erase(*worker.session);
  worker.session = session;
  if (session) by_session_[*session] = index;
}

}  // namespace invocator
