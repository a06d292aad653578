#include "common/process/machine_limits.h"

#include <sys/resource.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <future>
#include <memory>
#include <new>
#include <system_error>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/process/last_words.h"
#include "common/words/listing.h"

namespace invocator {

uint64_t FilesLeft() {
  rlimit limit{};
  const uint64_t most =
      getrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_cur : 1024;
  std::error_code ignored;
  uint64_t open = 0;
  for (std::filesystem::directory_iterator at("/proc/self/fd", ignored), end;
       !ignored && at != end; at.increment(ignored)) {
    ++open;
  }
  return most - std::min(most, open);
}

uint64_t ReservedFiles(uint32_t engines) {
  constexpr uint64_t kOfProcess = 128;
  constexpr uint64_t kOfEngine = 4;
  return kOfProcess + engines * kOfEngine;
}

uint64_t ConnectionsOf(uint64_t open_files, uint32_t engines) {
  const uint64_t reserved = ReservedFiles(engines);
  return open_files > reserved + 1 ? open_files - reserved : 1;
}

absl::Status CheckOpenFiles(uint64_t open_files, uint32_t engines) {
  constexpr uint64_t kFewestOfProcess = 16;
  constexpr uint64_t kFewestOfEngine = 4;
  const uint64_t fewest = kFewestOfProcess + engines * kFewestOfEngine;
  if (open_files >= fewest) return absl::OkStatus();
  return absl::ResourceExhaustedError(
      absl::StrCat("out of file descriptors: a worker of ",
                   Counted(engines, "engine"), " needs at least ", fewest,
                   ", this process may open ", open_files, " (ulimit -n)"));
}

uint32_t GrpcThreads(uint32_t cores) {
  // Its two executors, its timers' two, and a watcher; then two pools (gRPC
  // 1.51: CallbackAlternativeCQ and EventEngine).
  return 5 + 2 * std::clamp(cores, uint32_t{2}, uint32_t{16});
}

absl::Status CheckThreads(uint32_t threads) {
  std::promise<void> all_started;
  const std::shared_future<void> end = all_started.get_future().share();
  std::vector<std::thread> started;
  absl::Status status;
  try {
    started.reserve(threads);
    while (started.size() < threads) {
      started.emplace_back([end] {
        // Allocates memory, as each of gRPC's threads will.
        const std::vector<char> own(1);
        end.wait();
      });
    }
  } catch (const std::system_error& error) {
    status = absl::ResourceExhaustedError(NoThread(error));
  } catch (const std::bad_alloc&) {
    status = absl::ResourceExhaustedError("out of memory for threads");
  }
  all_started.set_value();
  for (std::thread& thread : started) thread.join();
  return status;
}

MachineLimits ReadMachineLimits(uint32_t engines) {
  MachineLimits limits;
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) == 0 &&
      files.rlim_max != RLIM_INFINITY) {
    limits.connections = ConnectionsOf(files.rlim_max, engines);
  }
  const std::unique_ptr<FILE, int (*)(FILE*)> file(
      std::fopen("/proc/sys/net/ipv4/ip_local_port_range", "re"), &std::fclose);
  unsigned first = 0;
  unsigned last = 0;
  if (file && std::fscanf(file.get(), "%u %u", &first, &last) == 2 &&
      first <= last) {
    limits.ephemeral_ports = last - first + 1;
  }
  return limits;
}

}  // namespace invocator
