#include "worker/transport/connection_pool.h"

#include <algorithm>
#include <utility>

namespace invocator {

void LinkList::Remove(Link& link) {
  if (!std::exchange(link.*flag_, false)) return;
  // Visit may be under way: leaves a hole.
  for (std::vector<Link*>* list : {&links_, &visited_}) {
    std::replace(list->begin(), list->end(), &link,
                 static_cast<Link*>(nullptr));
  }
}

void LinkList::Visit(absl::FunctionRef<void(Link&)> visit) {
  if (links_.empty()) return;
  visited_.swap(links_);
  for (size_t i = 0; i < visited_.size(); ++i) {
    Link* const link = std::exchange(visited_[i], nullptr);
    if (link == nullptr) continue;
    link->*flag_ = false;
    visit(*link);
  }
  visited_.clear();
}

void ConnectionPool::TakePlace(OriginPool& pool) {
  if (open_ >= max_open_ && longest_idle_ != nullptr) {
    CloseLongestIdle();
  }
  ++open_;
  ++pool.links;
}

Link& ConnectionPool::Add(std::unique_ptr<Socket> socket, Call& call) {
  const auto index = static_cast<size_t>(socket->fd());
  if (by_fd_.size() <= index) by_fd_.resize(index + 1);
  OriginPool& pool = *call.pool;
  ProxyTunnel* tunnel = nullptr;
  if (pool.origin.has_tls_proxy()) {
    auto made = std::make_unique<ProxyTunnel>(std::move(socket), pool.origin);
    tunnel = made.get();
    socket = std::move(made);
  }
  by_fd_[index] = std::make_unique<Link>(std::move(socket), pool);
  Link& link = *by_fd_[index];
  link.tunnel = tunnel;
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
  Retire(link);
  if (link.state == Link::State::kStreams) --link.pool->streaming;
  resumed_.Remove(link);
  unwritten_.Remove(link);
  by_fd_[static_cast<size_t>(link.stream.fd())].reset();
}

void ConnectionPool::CloseLongestIdle() {
  Link& link = *longest_idle_;
  RemoveIdle(link);
  Close(link);
}

void ConnectionPool::CloseAll() {
  while (longest_idle_ != nullptr) CloseLongestIdle();
  for (const auto& link : by_fd_) {
    if (link != nullptr) Close(*link);
  }
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

Link* ConnectionPool::NextWithRoom(OriginPool& pool) {
  if (pool.with_room.empty()) return nullptr;
  if (pool.next_with_room >= pool.with_room.size()) pool.next_with_room = 0;
  return pool.with_room[pool.next_with_room++];
}

void ConnectionPool::SetHasRoom(Link& link, bool has_room) {
  if (link.has_room == has_room) return;
  link.has_room = has_room;
  std::vector<Link*>& all = link.pool->with_room;
  if (has_room) {
    link.room_index = all.size();
    all.push_back(&link);
  } else {
    all.back()->room_index = link.room_index;
    all[link.room_index] = all.back();
    all.pop_back();
  }
}

void ConnectionPool::Retire(Link& link) {
  SetHasRoom(link, false);
  if (std::exchange(link.takes_more, false)) --link.pool->links;
}

}  // namespace invocator
