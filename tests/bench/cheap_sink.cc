// A server that costs little, for measuring how a client scales: it answers
// every request of HTTP/1.1, or of HTTP/2 in the clear, with the same bytes and
// looks at nothing else.
//
//   cheap_sink MAX_SECONDS
//
// Prints "listening on http://127.0.0.1:PORT"; after SIGTERM, or MAX_SECONDS,
// one line of JSON: how many requests it has seen, and its CPU time.
//
// One thread, which sleeps when nothing is to be read.
#include <sys/resource.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "tests/bench/sink_server.h"

namespace {

double Seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) +
         static_cast<double>(time.tv_usec) / 1e6;
}

}  // namespace

int main(int argc, char** argv) {
  const double max_seconds = argc == 2 ? std::atof(argv[1]) : 0;
  if (!(max_seconds > 0 && max_seconds <= 3600)) {
    std::fprintf(stderr, "usage: cheap_sink MAX_SECONDS\n");
    return 2;
  }
  const int listener = invocator::ListenOnLoopback();
  if (listener < 0) {
    std::perror("cheap_sink: cannot listen on 127.0.0.1");
    return 1;
  }
  int64_t calls = 0;
  invocator::ServeSink(
      listener,
      invocator::SteadyNowNs() + static_cast<int64_t>(max_seconds * 1e9),
      invocator::Waiting::kSleep, [&calls](int begun, int64_t) {
        calls += begun;
        return true;
      });
  rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  std::printf("{\"calls\": %lld, \"cpu_s\": %.6f}\n",
              static_cast<long long>(calls),
              Seconds(usage.ru_utime) + Seconds(usage.ru_stime));
  return 0;
}
