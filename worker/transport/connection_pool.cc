#include "worker/transport/connection_pool.h"

#include <algorithm>
#include <utility>

namespace invocator {

void ConnectionPool::TakePlace() {
  if (open_ >= max_open_ && longest_idle_ != nullptr) {
    CloseLongestIdle();
  }
  ++open_;
}

Link& ConnectionPool::Add(std::unique_ptr<Socket> socket, Call& call) {
  const auto index = static_cast<size_t>(socket->fd());
  if (by_fd_.size() <= index) by_fd_.resize(index + 1);
  by_fd_[index] = std::make_unique<Link>(std::move(socket), *call.pool);
  Link& link = *by_fd_[index];
  link.call = &call;
  call.link = &link;
  return link;
}

Link* ConnectionPool::Find(int fd) const {
  const auto index = static_cast<size_t>(fd);
  return index < by_fd_.size() ? by_fd_[index].get() : nullptr;
}

void ConnectionPool::Close(Link& link) {
  --open_;
  if (link.call != nullptr && link.call->link == &link) {
    link.call->link = nullptr;
  }
  if (link.resumes) {
    for (std::vector<Link*>* list : {&resumed_, &resuming_}) {
      std::replace(list->begin(), list->end(), &link,
                   static_cast<Link*>(nullptr));
    }
  }
  by_fd_[static_cast<size_t>(link.connection.stream().fd())].reset();
}

void ConnectionPool::CloseLongestIdle() {
  Link& link = *longest_idle_;
  RemoveIdle(link);
  Close(link);
}

void ConnectionPool::CloseIdle() {
  while (longest_idle_ != nullptr) CloseLongestIdle();
}

Link* ConnectionPool::TakeIdle(OriginPool& pool) {
  if (pool.idle.empty()) return nullptr;
  Link& link = *pool.idle.back();
  RemoveIdle(link);
  return &link;
}

void ConnectionPool::SetIdle(Link& link) {
  link.state = Link::State::kIdle;
  link.call = nullptr;
  link.idle_index = link.pool->idle.size();
  link.pool->idle.push_back(&link);
  link.idle_before = latest_idle_;
  link.idle_after = nullptr;
  (latest_idle_ == nullptr ? longest_idle_ : latest_idle_->idle_after) = &link;
  latest_idle_ = &link;
}

void ConnectionPool::RemoveIdle(Link& link) {
  std::vector<Link*>& idle = link.pool->idle;
  idle.back()->idle_index = link.idle_index;
  idle[link.idle_index] = idle.back();
  idle.pop_back();
  (link.idle_before == nullptr ? longest_idle_ : link.idle_before->idle_after) =
      link.idle_after;
  (link.idle_after == nullptr ? latest_idle_ : link.idle_after->idle_before) =
      link.idle_before;
}

void ConnectionPool::Resume(Link& link) {
  if (!std::exchange(link.resumes, true)) resumed_.push_back(&link);
}

void ConnectionPool::ForEachResumed(absl::FunctionRef<void(Link&)> go_on) {
  if (resumed_.empty()) return;
  resuming_.swap(resumed_);
  // Close takes a link out by putting null in its place.
  for (size_t i = 0; i < resuming_.size(); ++i) {
    Link* const link = resuming_[i];
    if (link == nullptr) continue;
    resuming_[i] = nullptr;
    link->resumes = false;
    go_on(*link);
  }
  resuming_.clear();
}

}  // namespace invocator
