// The input of a fuzz target whose peer sends several messages: each is two
// bytes of length, the low one first, and so many bytes (or those that are
// left). What does not parse is left out, as gRPC would end the stream.
#ifndef INVOCATOR_TESTS_FUZZ_MESSAGE_LIST_H_
#define INVOCATOR_TESTS_FUZZ_MESSAGE_LIST_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace invocator {

template <typename Message>
std::vector<Message> ReadMessages(const uint8_t* data, size_t size) {
  constexpr size_t kMostMessages = 64;
  std::vector<Message> messages;
  while (size >= 2 && messages.size() < kMostMessages) {
    const size_t length =
        std::min(size_t{data[0]} + size_t{data[1]} * 256, size - 2);
    Message message;
    if (message.ParseFromArray(data + 2, static_cast<int>(length))) {
      messages.push_back(std::move(message));
    }
    data += 2 + length;
    size -= 2 + length;
  }
  return messages;
}

}  // namespace invocator

#endif  // INVOCATOR_TESTS_FUZZ_MESSAGE_LIST_H_
