#include "common/no_thread.h"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <exception>

namespace invocator {
namespace {

constexpr int kExitNotCarriedOut = 3;

const char* program_name = "";

[[noreturn]] void OnTerminate() {
  try {
    if (const std::exception_ptr error = std::current_exception()) {
      std::rethrow_exception(error);
    }
  } catch (const std::system_error& error) {
    // Others are, too: those of files, for one.
    if (error.code() == std::errc::resource_unavailable_try_again) {
      std::fprintf(stderr, "%s: %s\n", program_name, NoThread(error).c_str());
      _exit(kExitNotCarriedOut);
    }
    std::fprintf(stderr, "%s: %s\n", program_name, error.what());
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s: %s\n", program_name, error.what());
  }
  std::abort();
}

}  // namespace

std::string NoThread(const std::system_error& error) {
  return "no thread to be had (ulimit -u, or a container's limit of pids): " +
         error.code().message();
}

void EndWhereNoThreadIs(const char* program) {
  program_name = program;
  std::set_terminate(OnTerminate);
}

}  // namespace invocator
