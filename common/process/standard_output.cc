#include "common/process/standard_output.h"

#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <memory>

namespace invocator {

StandardOutput::Buffer::Buffer(int fd) : fd_(fd) {
  setp(bytes_.data(), bytes_.data() + bytes_.size());
}

bool StandardOutput::Buffer::Flush() {
  const char* next = pbase();
  while (error_ == 0 && next < pptr()) {
    const ssize_t put = write(fd_, next, static_cast<size_t>(pptr() - next));
    if (put >= 0) {
      next += put;
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      pollfd writable{fd_, POLLOUT, 0};
      poll(&writable, 1, /*timeout=*/-1);
    } else if (errno != EINTR) {
      error_ = errno;
    }
  }
  setp(bytes_.data(), bytes_.data() + bytes_.size());
  return error_ == 0;
}

int StandardOutput::Buffer::overflow(int c) {
  if (!Flush()) return traits_type::eof();
  if (c != traits_type::eof()) sputc(traits_type::to_char_type(c));
  return traits_type::not_eof(c);
}

absl::Status StandardOutput::Flush() {
  stream_.flush();
  if (buffer_.error() == 0) return absl::OkStatus();
  return absl::ErrnoToStatus(buffer_.error(), "stdout: cannot be written");
}

absl::Status WriteToStandardOutput(absl::string_view text) {
  const auto output = std::make_unique<StandardOutput>();
  output->stream().write(text.data(),
                         static_cast<std::streamsize>(text.size()));
  return output->Flush();
}

}  // namespace invocator
