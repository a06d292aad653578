#include "coordinator/fleet/listen_security.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace invocator {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

const Security kNone;
const Security kToken{.tls = {}, .token = "0123456789abcdef"};
const Security kTls{.tls = TlsIdentity{}, .token = ""};
const Security kBoth{.tls = TlsIdentity{}, .token = "0123456789abcdef"};

std::string Missing(const char* listen, const Security& security) {
  return MissingProtection(*ParseAddress(listen), security);
}

TEST(ListenSecurityTest, TheLoopbackNeedsNone) {
  for (const char* listen :
       {"127.0.0.1:7000", "localhost:7000", "[::1]:7000", "127.8.8.8:7000"}) {
    EXPECT_EQ(Missing(listen, kNone), "") << listen;
  }
}

TEST(ListenSecurityTest, EverywhereElseBothAreNeeded) {
  for (const char* listen :
       {"0.0.0.0:7000", "[::]:7000", "10.0.0.1:7000", "load.example.com:7000",
        "coordinator:7000", "[::ffff:127.0.0.1]:7000"}) {
    EXPECT_THAT(Missing(listen, kNone),
                AllOf(HasSubstr("--tls-cert"), HasSubstr("--token-file")))
        << listen;
    EXPECT_THAT(Missing(listen, kToken),
                AllOf(HasSubstr("--tls-cert"), Not(HasSubstr("token"))));
    EXPECT_THAT(Missing(listen, kTls),
                AllOf(HasSubstr("--token-file"), Not(HasSubstr("--tls"))));
    EXPECT_EQ(Missing(listen, kBoth), "");
  }
}

}  // namespace
}  // namespace invocator
