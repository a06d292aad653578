// Queue of outgoing messages of a gRPC callback stream, which allows one write
// at a time.
//
// Thread-safe. A reactor owns one, and must outlive the writes it started.
#ifndef INVOCATOR_COMMON_CHANNEL_WRITE_QUEUE_H_
#define INVOCATOR_COMMON_CHANNEL_WRITE_QUEUE_H_

#include <deque>
#include <functional>
#include <mutex>
#include <utility>

namespace invocator {

template <typename Message>
class WriteQueue {
 public:
  // `start_write`: the reactor's StartWrite. Never called under our lock: gRPC
  // may run OnWriteDone on the same thread before StartWrite returns.
  explicit WriteQueue(std::function<void(const Message*)> start_write)
      : start_write_(std::move(start_write)) {}

  // Sends the message after those before it; drops it once closed.
  void Push(Message message) {
    const Message* first = nullptr;
    {
      const std::lock_guard lock(mutex_);
      if (closed_ || close_) return;
      messages_.push_back(std::move(message));
      if (messages_.size() == 1) first = &messages_.front();
    }
    if (first != nullptr) start_write_(first);
  }

  // For the reactor's OnWriteDone.
  void OnWriteDone(bool ok) {
    const Message* next = nullptr;
    std::function<void()> close;
    {
      const std::lock_guard lock(mutex_);
      messages_.pop_front();
      if (!ok) {
        closed_ = true;
        messages_.clear();
      }
      if (!messages_.empty()) {
        next = &messages_.front();
      } else {
        close = std::exchange(close_, nullptr);
        if (close) closed_ = true;
      }
    }
    if (next != nullptr) start_write_(next);
    if (close) close();
  }

  // Calls `then` once everything pushed before has been written or has failed.
  // Only the first call counts.
  void CloseAfterWrites(std::function<void()> then) {
    {
      const std::lock_guard lock(mutex_);
      if (close_ || finished_) return;
      finished_ = true;
      if (!messages_.empty()) {
        close_ = std::move(then);
        return;
      }
      closed_ = true;
    }
    then();
  }

  size_t size() const {
    const std::lock_guard lock(mutex_);
    return messages_.size();
  }

 private:
  const std::function<void(const Message*)> start_write_;
  mutable std::mutex mutex_;      // guards the members below
  std::deque<Message> messages_;  // the first is being written
  std::function<void()> close_;
  bool finished_ = false;  // CloseAfterWrites was called
  bool closed_ = false;    // no more writes
};

}  // namespace invocator

#endif  // INVOCATOR_COMMON_CHANNEL_WRITE_QUEUE_H_
