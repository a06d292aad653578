#include "worker/net/transport_failure.h"

#include <gtest/gtest.h>

#include <cerrno>

namespace invocator {
namespace {

TEST(TransportFailureTest, ErrorNumbersOfConnectHaveReasons) {
  const struct {
    int error;
    Reason reason;
  } cases[] = {
      {ECONNREFUSED, Reason::kConnectionRefused},
      {EAGAIN, Reason::kConnectionRefused},
      {EHOSTUNREACH, Reason::kUnreachable},
      {ENETUNREACH, Reason::kUnreachable},
      {EHOSTDOWN, Reason::kUnreachable},
      {ENETDOWN, Reason::kUnreachable},
      {ETIMEDOUT, Reason::kConnectTimedOut},
      {ECONNRESET, Reason::kConnectReset},
      {ECONNABORTED, Reason::kConnectReset},
      {EPIPE, Reason::kConnectReset},
      {EMFILE, Reason::kNoLocalResources},
      {ENFILE, Reason::kNoLocalResources},
      {EADDRINUSE, Reason::kNoLocalResources},
      {EADDRNOTAVAIL, Reason::kNoLocalResources},
      {ENOBUFS, Reason::kNoLocalResources},
      {ENOMEM, Reason::kNoLocalResources},
      {ENOENT, Reason::kConnectFailed},
      {EACCES, Reason::kConnectFailed},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(ReasonOfConnectErrno(c.error), c.reason) << ErrnoWords(c.error);
  }
}

TEST(TransportFailureTest, ErrorNumbersHaveTheSystemsWords) {
  EXPECT_EQ(ErrnoWords(ECONNREFUSED), "Connection refused");
  EXPECT_EQ(ErrnoWords(123'456), "unknown error");
}

}  // namespace
}  // namespace invocator
