#include "coordinator/web/live_feed.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

namespace invocator {
namespace {

// Source: WHATWG HTML, 9.2 Server-sent events.
FeedEvent Format(absl::string_view kind, uint64_t id, absl::string_view json) {
  return std::make_shared<const std::string>(
      absl::StrCat("event: ", kind, "\nid: ", id, "\ndata: ", json, "\n\n"));
}

}  // namespace

void LiveFeed::PublishSnapshot(absl::string_view json) {
  {
    const std::lock_guard lock(mutex_);
    if (done_ != nullptr) return;
    snapshot_id_ = next_id_ - 1;
    snapshot_ = Format("snapshot", snapshot_id_, json);
    UpdateWishes();
  }
  if (wake_) wake_();
}

void LiveFeed::PublishBins(absl::string_view json) {
  {
    const std::lock_guard lock(mutex_);
    if (done_ != nullptr) return;
    held_.push_back(Format("bins", next_id_++, json));
    held_bytes_ += held_.back()->size();
    while (held_bytes_ > most_held_bytes_) {
      held_bytes_ -= held_.front()->size();
      held_.pop_front();
      ++first_id_;
    }
    UpdateWishes();
  }
  if (wake_) wake_();
}

void LiveFeed::PublishDone(absl::string_view json) {
  {
    const std::lock_guard lock(mutex_);
    if (done_ != nullptr) return;
    Forget();
    done_ = Format("done", next_id_++, json);
    UpdateWishes();
  }
  if (wake_) wake_();
}

void LiveFeed::Restart() {
  const std::lock_guard lock(mutex_);
  Forget();
  UpdateWishes();
}

std::optional<uint64_t> LiveFeed::Join(uint64_t last_seen) {
  const std::lock_guard lock(mutex_);
  if (watchers_.size() >= kMostWatchers) return std::nullopt;
  const uint64_t watcher = next_watcher_++;
  // The id comes from the network: it may be anything.
  const bool goes_on =
      last_seen > 0 && last_seen < next_id_ && Holds(last_seen + 1);
  watchers_[watcher] = {goes_on ? last_seen + 1 : 0};
  watchers_now_ = watchers_.size();
  UpdateWishes();
  return watcher;
}

void LiveFeed::Leave(uint64_t watcher) {
  const std::lock_guard lock(mutex_);
  watchers_.erase(watcher);
  watchers_now_ = watchers_.size();
  // Nothing is published without watchers: the held events become outdated.
  if (watchers_.empty()) Forget();
  UpdateWishes();
}

FeedEvent LiveFeed::Next(uint64_t id) {
  const std::lock_guard lock(mutex_);
  const auto it = watchers_.find(id);
  if (it == watchers_.end() || it->second.done) return nullptr;
  Watcher& watcher = it->second;
  if (done_ != nullptr) {
    watcher.done = true;
    return done_;
  }
  if (!Holds(watcher.next)) {
    if (!HasSnapshot()) return nullptr;
    watcher.next = snapshot_id_ + 1;
    return snapshot_;
  }
  if (watcher.next == next_id_) return nullptr;
  return held_[watcher.next++ - first_id_];
}

bool LiveFeed::IsDone(uint64_t watcher) const {
  const std::lock_guard lock(mutex_);
  const auto it = watchers_.find(watcher);
  return it == watchers_.end() || it->second.done;
}

void LiveFeed::UpdateWishes() {
  size_t lagging = 0;
  for (const auto& [id, watcher] : watchers_) {
    if (!Holds(watcher.next)) ++lagging;
  }
  const bool goes_on = done_ == nullptr;
  wants_snapshot_ = goes_on && lagging > 0 && !HasSnapshot();
  wants_bins_ = goes_on && !watchers_.empty() &&
                (lagging < watchers_.size() || HasSnapshot());
}

void LiveFeed::Forget() {
  held_.clear();
  held_bytes_ = 0;
  snapshot_ = nullptr;
  // Skips one id: a watcher that comes back with the last id has missed events.
  first_id_ = ++next_id_;
}

}  // namespace invocator
