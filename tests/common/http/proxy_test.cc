#include "common/http/proxy.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

namespace invocator {
namespace {

class ProxyTest : public testing::Test {
 protected:
  ProxyTest() { Clear(); }
  ~ProxyTest() override { Clear(); }

  static void Clear() {
    for (const char* name :
         {"http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY",
          "no_proxy", "NO_PROXY"}) {
      unsetenv(name);
    }
  }
  // The words for the proxy of https://a.example.test:8443.
  static std::string Words() {
    const auto proxy = ProxyFor(true, {"a.example.test", 8443});
    return proxy ? ProxyWords(*proxy) : "none";
  }
};

TEST_F(ProxyTest, NoneUnlessTheEnvironmentNamesOne) {
  EXPECT_EQ(Words(), "none");
  setenv("http_proxy", "http://p.test:1", 1);
  EXPECT_EQ(Words(), "none");
  EXPECT_TRUE(ProxyFor(false, {"a.example.test", 80}).has_value());
  setenv("all_proxy", "http://all.test:2", 1);
  EXPECT_EQ(Words(), "the proxy all.test:2");
  setenv("https_proxy", "http://p.test:3", 1);
  EXPECT_EQ(Words(), "the proxy p.test:3");
}

TEST_F(ProxyTest, ItsAddressIsReadAsLibcurlReadsIt) {
  const struct {
    const char* value;
    const char* words;
  } cases[] = {
      {"http://user:password@127.0.0.1:3128", "the proxy 127.0.0.1:3128"},
      {"user:password@p.test:3128", "the proxy p.test:3128"},
      {"p.test:3128", "the proxy p.test:3128"},
      {"p.test", "the proxy p.test:1080"},
      {"https://p.test", "the proxy p.test:443"},
      {"socks5h://p.test:9050", "the proxy p.test:9050"},
      {"http://[::1]:3128/", "the proxy [::1]:3128"},
      {"http://[fe80::1%25lo]:3128", "the proxy [fe80::1%lo]:3128"},
      {"http://a b:x", "the proxy of the environment"},
      // A control character in the credentials.
      {"https://user:a%0d%0aX:1@p.test:3128", "the proxy of the environment"},
      {"https://us%00er@p.test:3128", "the proxy of the environment"},
  };
  for (const auto& c : cases) {
    setenv("https_proxy", c.value, 1);
    EXPECT_EQ(Words(), c.words) << c.value;
  }
}

// libcurl decides, as it will when it connects.
TEST_F(ProxyTest, HostsMayBeExempt) {
  setenv("https_proxy", "http://p.test:1", 1);
  for (const char* exempt :
       {"*", "a.example.test", "example.test", ".example.test",
        "x,example.test", "A.EXAMPLE.test"}) {
    setenv("no_proxy", exempt, 1);
    EXPECT_EQ(Words(), "none") << exempt;
  }
  for (const char* other :
       {"", "other.test", "ample.test", "b.a.example.test"}) {
    setenv("no_proxy", other, 1);
    EXPECT_EQ(Words(), "the proxy p.test:1") << other;
  }
  setenv("no_proxy", "10.1.2.3", 1);
  EXPECT_FALSE(ProxyFor(true, {"10.1.2.3", 443}).has_value());
  EXPECT_TRUE(ProxyFor(true, {"10.1.2.4", 443}).has_value());
  unsetenv("no_proxy");
  setenv("NO_PROXY", "example.test", 1);
  EXPECT_EQ(Words(), "none");
}

TEST_F(ProxyTest, NoMessageQuotesItsUrl) {
  EXPECT_EQ(WithoutProxyUrl("Unsupported proxy syntax in 'http://u:pw#@h:1'"),
            "the proxy's URL cannot be used");
  EXPECT_EQ(WithoutProxyUrl("Unsupported proxy scheme for 'a://u:pw@h:1'"),
            "the proxy's URL cannot be used");
  EXPECT_EQ(WithoutProxyUrl("Recv failure"), "Recv failure");
}

TEST_F(ProxyTest, NoneForThisMachine) {
  setenv("https_proxy", "http://p.test:1", 1);
  for (const char* host : {"localhost", "127.0.0.1", "::1"}) {
    EXPECT_FALSE(ProxyFor(true, {host, 443}).has_value()) << host;
  }
}

}  // namespace
}  // namespace invocator
