// Hands a run's events to the browsers that watch it: snapshots, bins, and the
// end. The publisher never waits for a watcher.
//
// All watchers share one history, in which each has a position. A watcher that
// is new, or whose position is no longer held because it is slow, gets a
// snapshot.
//
// Thread-safe.
#ifndef INVOCATOR_COORDINATOR_WEB_LIVE_FEED_H_
#define INVOCATOR_COORDINATOR_WEB_LIVE_FEED_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace invocator {

// The formatted event, ready to be sent.
using FeedEvent = std::shared_ptr<const std::string>;

class LiveFeed {
 public:
  static constexpr size_t kMostWatchers = 16;
  // Events held for slow watchers, the snapshot not counted.
  static constexpr size_t kMostHeldBytes = size_t{2} * 1024 * 1024;

  // `most_held_bytes`: less for tests. `first_id`: of the first event; drawn
  // at random so that a browser that knows the ids of another process, on the
  // same port, does not take ours for their continuation. Above 0.
  explicit LiveFeed(size_t most_held_bytes = kMostHeldBytes,
                    uint64_t first_id = 1)
      : most_held_bytes_(most_held_bytes),
        first_id_(first_id),
        next_id_(first_id) {}

  // ---- the publisher's side
  // Cheap, for every tick. Without watchers nothing needs to be published.
  bool HasWatchers() const { return watchers_now_ > 0; }
  bool WantsSnapshot() const { return wants_snapshot_; }
  // True if a watcher has, or can get, the state that the bins continue.
  bool WantsBins() const { return wants_bins_; }
  // Each takes one line of JSON. A snapshot holds all bins published before
  // it; after the end nothing more is taken.
  void PublishSnapshot(absl::string_view json);
  void PublishBins(absl::string_view json);
  void PublishDone(absl::string_view json);
  // Every watcher needs a snapshot: another run begins, or the next snapshot
  // holds changes that were not published as bins.
  void Restart();

  // ---- the server's side
  // `wake` is called after each Publish..., on the publisher's thread; must be
  // quick. Set once, before anything is published.
  void SetWake(std::function<void()> wake) { wake_ = std::move(wake); }
  // True if Join would refuse.
  bool IsFull() const { return watchers_now_ >= kMostWatchers; }
  // A new watcher, which has seen events up to `last_seen` (0: none); nullopt
  // if there are too many.
  std::optional<uint64_t> Join(uint64_t last_seen = 0);
  void Leave(uint64_t watcher);
  // The watcher's next event; null if it has to wait.
  FeedEvent Next(uint64_t watcher);
  // True if the watcher has got the end of the run: Next stays null.
  bool IsDone(uint64_t watcher) const;

 private:
  struct Watcher {
    uint64_t next = 0;  // id of the next event; 0: needs a snapshot
    bool done = false;
  };

  // All of these: REQUIRES: mutex_ is held.
  bool Holds(uint64_t id) const { return id >= first_id_ && id <= next_id_; }
  bool HasSnapshot() const {
    return snapshot_ != nullptr && Holds(snapshot_id_ + 1);
  }
  void UpdateWishes();
  void Forget();

  const size_t most_held_bytes_;
  std::function<void()> wake_;
  std::atomic<size_t> watchers_now_ = 0;
  std::atomic<bool> wants_snapshot_ = false;
  std::atomic<bool> wants_bins_ = false;

  mutable std::mutex mutex_;
  std::map<uint64_t, Watcher> watchers_;
  uint64_t next_watcher_ = 1;
  // Events first_id_ .. next_id_ - 1, and their bytes.
  std::deque<FeedEvent> held_;
  size_t held_bytes_ = 0;
  uint64_t first_id_;
  uint64_t next_id_;
  // The state after the event with that id.
  FeedEvent snapshot_;
  uint64_t snapshot_id_ = 0;
  FeedEvent done_;  // null: the run goes on
};

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_WEB_LIVE_FEED_H_
