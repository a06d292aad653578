#include "common/process/log.h"

#include <cstdio>
#include <ctime>
#include <memory>
#include <mutex>
#include <string>

#include "common/process/output.h"
#include "common/words/foreign_text.h"
#include "spdlog/pattern_formatter.h"
#include "spdlog/sinks/sink.h"

namespace invocator {
namespace {

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

// Locks only to format: the output may block.
class MessageSink final : public spdlog::sinks::sink {
 public:
  MessageSink() {
    formatter_.add_flag<CleanPayload>('*').set_pattern("%H:%M:%S %l: %*");
  }
  void log(const spdlog::details::log_msg& message) override {
    spdlog::memory_buf_t line;
    {
      const std::lock_guard lock(mutex_);
      formatter_.format(message, line);
    }
    CurrentOutput().OnMessage(absl::string_view(line.data(), line.size()));
  }
  void flush() override {}
  // The format is fixed.
  void set_pattern(const std::string&) override {}
  void set_formatter(std::unique_ptr<spdlog::formatter>) override {}

 private:
  std::mutex mutex_;
  spdlog::pattern_formatter formatter_;
};

}  // namespace

spdlog::logger& Log() {
  static spdlog::logger& log =
      *new spdlog::logger("invocator", std::make_shared<MessageSink>());
  return log;
}

}  // namespace invocator
