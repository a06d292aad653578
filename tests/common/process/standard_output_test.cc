#include "common/process/standard_output.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <string>
#include <thread>

#include "coordinator/text/text_file.h"
#include "tests/support/temp_dir.h"

namespace invocator {
namespace {

using testing::HasSubstr;

class OpenedFile {
 public:
  OpenedFile(const std::string& path, int flags)
      : fd_(open(path.c_str(), flags, 0666)) {}
  ~OpenedFile() { close(fd_); }
  int fd() const { return fd_; }

 private:
  const int fd_;
};

TEST(StandardOutputTest, EverythingArrivesInOrder) {
  const TempDir temp;
  const std::string path = temp.Path("out");
  std::string expected;
  {
    const OpenedFile file(path, O_WRONLY | O_CREAT);
    StandardOutput output(file.fd());
    for (int i = 0; i < 30'000; ++i) {
      output.stream() << i << "\n";
      expected += std::to_string(i) + "\n";
    }
    output.stream().write(expected.data(),
                          static_cast<std::streamsize>(expected.size()));
    EXPECT_TRUE(output.Flush().ok());
  }
  EXPECT_EQ(ReadTextFile(path, 1 << 20).value_or(""), expected + expected);
}

TEST(StandardOutputTest, AFullDeviceIsNamedWithItsReason) {
  const OpenedFile full("/dev/full", O_WRONLY);
  StandardOutput output(full.fd());
  output.stream() << "result";
  const absl::Status status = output.Flush();
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(std::string(status.message()),
              AllOf(HasSubstr("stdout"), HasSubstr("No space left on device")));
}

TEST(StandardOutputTest, TheFirstErrorStaysAndTheStreamIsBad) {
  const OpenedFile full("/dev/full", O_WRONLY);
  StandardOutput output(full.fd());
  output.stream() << std::string(1 << 20, 'x');
  EXPECT_FALSE(output.stream().good());
  output.stream() << "more";
  EXPECT_FALSE(output.Flush().ok());
  EXPECT_FALSE(output.Flush().ok());
}

TEST(StandardOutputTest, AClosedOneIsAnError) {
  const OpenedFile read_only("/dev/null", O_RDONLY);
  StandardOutput output(read_only.fd());
  output.stream() << "x";
  EXPECT_THAT(std::string(output.Flush().message()),
              HasSubstr("Bad file descriptor"));
}

TEST(StandardOutputTest, NothingToWriteIsNoError) {
  const OpenedFile full("/dev/full", O_WRONLY);
  StandardOutput output(full.fd());
  EXPECT_TRUE(output.Flush().ok());
}

TEST(StandardOutputTest, AFullPipeThatDoesNotBlockIsWaitedFor) {
  std::array<int, 2> ends;
  ASSERT_EQ(pipe2(ends.data(), O_NONBLOCK), 0);
  std::string got;
  std::thread reader([&] {
    std::array<char, 4096> bytes;
    while (true) {
      const ssize_t n = read(ends[0], bytes.data(), bytes.size());
      if (n == 0) break;
      if (n > 0) {
        got.append(bytes.data(), static_cast<size_t>(n));
      } else {
        std::this_thread::yield();
      }
    }
  });
  const std::string text(1 << 20, 'x');
  StandardOutput output(ends[1]);
  output.stream() << text;
  EXPECT_TRUE(output.Flush().ok());
  close(ends[1]);
  reader.join();
  close(ends[0]);
  EXPECT_EQ(got, text);
}

TEST(StandardOutputTest, AReaderThatWentAwayIsAnError) {
  const auto before = std::signal(SIGPIPE, SIG_IGN);
  std::array<int, 2> ends;
  ASSERT_EQ(pipe(ends.data()), 0);
  close(ends[0]);
  StandardOutput output(ends[1]);
  output.stream() << "x";
  EXPECT_THAT(std::string(output.Flush().message()), HasSubstr("Broken pipe"));
  close(ends[1]);
  std::signal(SIGPIPE, before);
}

}  // namespace
}  // namespace invocator
