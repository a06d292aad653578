// Event loop of a worker's engines, as --io names it. Plain value.
#ifndef INVOCATOR_COMMON_BASE_IO_MODE_H_
#define INVOCATOR_COMMON_BASE_IO_MODE_H_

#include <array>
#include <cstdint>
#include <utility>

namespace invocator {

enum class IoMode : uint8_t {
  kAuto = 0,  // io_uring where the kernel allows it, else epoll
  kUring = 1,
  kEpoll = 2,
};

// Values of --io, and of the reports' `io`.
inline constexpr std::array<std::pair<const char*, IoMode>, 3> kIoModes = {{
    {"auto", IoMode::kAuto},
    {"uring", IoMode::kUring},
    {"epoll", IoMode::kEpoll},
}};

constexpr const char* IoModeWord(IoMode mode) {
  return kIoModes[static_cast<size_t>(mode)].first;
}

}  // namespace invocator

#endif  // INVOCATOR_COMMON_BASE_IO_MODE_H_
