// When the kernel hands what a socket sends to the network device, by its own
// stamps (SO_TIMESTAMPING, in software): a witness for our stamps of sending.
//
// Units: nanoseconds since the run's start, by the run's clock.
// Thread-compatible. Shares the socket with whoever sends on it; owns its own
// descriptor, so that stamps can be read after the sender has closed.
#ifndef INVOCATOR_TESTS_SUPPORT_TRANSMIT_STAMPS_H_
#define INVOCATOR_TESTS_SUPPORT_TRANSMIT_STAMPS_H_

#include <cstdint>
#include <optional>

#include "absl/strings/string_view.h"
#include "worker/engine/run_clock.h"

namespace invocator {

class TransmitStamps {
 public:
  // An instant by a clock that was compared with another one: it lies between
  // the two, ends included.
  struct Between {
    int64_t from_ns;
    int64_t to_ns;
  };

  // Watches the socket of this process that is connected to `url`
  // ("http://127.0.0.1:<port>"); nullopt if there is none, or if the kernel
  // has no such stamps.
  static std::optional<TransmitStamps> Watch(absl::string_view url);
  TransmitStamps(TransmitStamps&& other) noexcept;
  TransmitStamps& operator=(TransmitStamps&&) = delete;
  ~TransmitStamps();

  // When the next packet of what was sent left, oldest first; nullopt when the
  // kernel has told of all.
  std::optional<Between> Take(const RunClock& clock);

 private:
  explicit TransmitStamps(int fd) : fd_(fd) {}

  int fd_;
};

}  // namespace invocator

#endif  // INVOCATOR_TESTS_SUPPORT_TRANSMIT_STAMPS_H_
