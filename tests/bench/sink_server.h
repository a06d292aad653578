#ifndef INVOCATOR_TESTS_BENCH_SINK_SERVER_H_
#define INVOCATOR_TESTS_BENCH_SINK_SERVER_H_

#include <cstdint>
#include <functional>

namespace invocator {

enum class Waiting {
  kSpin,   // waking up would be measured too
  kSleep,  // costs no more than it must
};

// Steady time, as the servers below see it.
int64_t SteadyNowNs();

// Opens a socket on a free loopback port and prints "listening on
// http://127.0.0.1:PORT"; or returns -1, with errno.
int ListenOnLoopback();

// Serves HTTP/1.1, and HTTP/2 to clients that begin with its preface, in the
// calling thread until SIGTERM or the deadline. Answers every request at once;
// a connection is closed when a client does not read its answers, sends
// something else, or `on_requests` returns false.
//
// on_requests: called with the number of requests that bytes read at now_ns
// begin, if any.
void ServeSink(
    int listener, int64_t deadline_ns, Waiting waiting,
    const std::function<bool(int begun, int64_t now_ns)>& on_requests);

}  // namespace invocator

#endif  // INVOCATOR_TESTS_BENCH_SINK_SERVER_H_
