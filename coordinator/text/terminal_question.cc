#include "coordinator/text/terminal_question.h"

#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "common/words/foreign_text.h"

namespace invocator {
namespace {

constexpr int kLookEveryMs = 100;
constexpr size_t kMaxAnswerBytes = 100;

}  // namespace

bool CanAsk() {
  return ::isatty(STDIN_FILENO) != 0 && ::isatty(STDERR_FILENO) != 0;
}

absl::StatusOr<bool> AskYesOrNo(absl::string_view question, int input,
                                const std::function<bool()>& give_up) {
  // No line end: the answer is typed beside the question.
  std::fputs(CleanText(question).c_str(), stderr);
  std::fflush(stderr);
  std::string answer;
  while (answer.size() < kMaxAnswerBytes) {
    if (give_up()) return absl::CancelledError("interrupted");
    pollfd ready = {input, POLLIN, 0};
    const int count = ::poll(&ready, 1, kLookEveryMs);
    if (count == 0 || (count < 0 && errno == EINTR)) continue;
    char byte = '\n';
    const ssize_t bytes = count < 0 ? -1 : ::read(input, &byte, 1);
    if (bytes < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (bytes <= 0) return false;  // its end, or nothing that can be read
    if (byte == '\n') break;
    answer += byte;
  }
  const std::string word =
      absl::AsciiStrToLower(absl::StripAsciiWhitespace(answer));
  return word == "y" || word == "yes";
}

}  // namespace invocator
