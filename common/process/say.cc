#include "common/process/say.h"

#include <cstdio>
#include <ctime>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/process/live_lines.h"
#include "common/process/standard_output.h"
#include "common/words/foreign_text.h"
#include "spdlog/pattern_formatter.h"
#include "spdlog/sinks/base_sink.h"
#include "spdlog/spdlog.h"

namespace invocator {
namespace {

void WriteMessage(absl::string_view text) {
  if (LiveLines::PrintAbove(text)) return;
  std::fwrite(text.data(), 1, text.size(), stderr);
}

class MessageSink final : public spdlog::sinks::base_sink<std::mutex> {
 private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    spdlog::memory_buf_t line;
    formatter_->format(message, line);
    WriteMessage(absl::string_view(line.data(), line.size()));
  }
  void flush_() override { std::fflush(stderr); }
};

// A message's text, as one clean line.
class CleanPayload final : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& message, const std::tm& /*time*/,
              spdlog::memory_buf_t& out) override {
    const std::string line = CleanLine(
        absl::string_view(message.payload.data(), message.payload.size()));
    out.append(line.data(), line.data() + line.size());
  }

  std::unique_ptr<spdlog::custom_flag_formatter> clone() const override {
    return std::make_unique<CleanPayload>();
  }
};

}  // namespace

void Say(absl::string_view text) {
  WriteMessage(absl::StrCat(CleanText(text), "\n"));
}

absl::Status Print(absl::string_view text) {
  LiveLines::AwaitMessages();
  return WriteToStandardOutput(CleanText(text));
}

void LogToStderr(const char* program) {
  auto formatter = std::make_unique<spdlog::pattern_formatter>();
  formatter->add_flag<CleanPayload>('*').set_pattern("%H:%M:%S %l: %*");
  // Before it has a name, so that it can be set again.
  auto logger = std::make_shared<spdlog::logger>(
      program, std::make_shared<MessageSink>());
  logger->set_formatter(std::move(formatter));
  spdlog::set_default_logger(std::move(logger));
}

}  // namespace invocator
