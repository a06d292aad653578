// Keeps the text of /metrics, which is made on request: the server asks, and
// the run's next tick publishes.
//
// Thread-safe.
#ifndef INVOCATOR_COORDINATOR_WEB_METRICS_BOARD_H_
#define INVOCATOR_COORDINATOR_WEB_METRICS_BOARD_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

namespace invocator {

class MetricsBoard {
 public:
  using Text = std::shared_ptr<const std::string>;

  // ---- the publisher's side. Cheap, for every tick.
  bool IsWanted() const { return is_wanted_; }
  // Whether the publisher polls IsWanted. Otherwise requests get the latest
  // text without waiting.
  void SetTended(bool is_tended) { is_tended_ = is_tended; }
  void Publish(std::string text) { Set(std::move(text), /*is_last=*/false); }
  // Publishes the text for good.
  void PublishLast(std::string text) { Set(std::move(text), /*is_last=*/true); }

  // ---- the server's side
  // Called after Publish, on the publisher's thread; must be quick. Set once,
  // before anything is published.
  void SetWake(std::function<void()> wake) { wake_ = std::move(wake); }
  // Asks for a fresh text. Returns its version: it is there once version() has
  // reached that, which is at once if no publisher would make one.
  uint64_t Ask() {
    const std::lock_guard lock(mutex_);
    if (is_last_ || !is_tended_) return version_;
    is_wanted_ = true;
    return version_ + 1;
  }
  uint64_t version() const {
    const std::lock_guard lock(mutex_);
    return version_;
  }
  // Never null.
  Text latest() const {
    const std::lock_guard lock(mutex_);
    return text_;
  }

 private:
  void Set(std::string text, bool is_last) {
    {
      const std::lock_guard lock(mutex_);
      text_ = std::make_shared<const std::string>(std::move(text));
      ++version_;
      is_last_ = is_last;
      is_wanted_ = false;
    }
    if (wake_) wake_();
  }

  std::function<void()> wake_;
  std::atomic<bool> is_wanted_ = false;
  std::atomic<bool> is_tended_ = false;

  mutable std::mutex mutex_;
  Text text_ = std::make_shared<const std::string>();
  uint64_t version_ = 0;
  bool is_last_ = false;
};

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_WEB_METRICS_BOARD_H_
