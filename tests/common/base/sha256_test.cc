#include "common/base/sha256.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

#include "absl/strings/escaping.h"

namespace invocator {
namespace {

TEST(Sha256Test, MatchesFips180Examples) {
  EXPECT_EQ(Sha256Hex(""),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(Sha256Hex("abc"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(Sha256Hex(std::string(1'000'000, 'a')),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

// RFC 4231, test cases 1, 2 and 6 (a key longer than a block).
TEST(Sha256StreamTest, PartsHashAsTheWhole) {
  Sha256Stream stream;
  for (const char* part : {"a", "", "bc"}) stream.Add(part);
  EXPECT_EQ(stream.Finish(), Sha256("abc"));
  EXPECT_EQ(Sha256Stream().Finish(), Sha256(""));
}

TEST(HmacSha256Test, MatchesRfc4231) {
  const auto hmac = [](absl::string_view key, absl::string_view data) {
    return absl::BytesToHexString(HmacSha256(key, data));
  };
  EXPECT_EQ(hmac(std::string(20, '\x0b'), "Hi There"),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  EXPECT_EQ(hmac("Jefe", "what do ya want for nothing?"),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(hmac(std::string(131, '\xaa'),
                 "Test Using Larger Than Block-Size Key - Hash Key First"),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST(Sha256Test, ThreadsDoNotDisturbEachOther) {
  const std::string data(1000, 'x');
  const std::string expected = Sha256Hex(data);
  std::vector<std::string> wrong(4);
  std::vector<std::thread> threads;
  for (std::string& result : wrong) {
    threads.emplace_back([&result, &data, &expected] {
      for (int i = 0; i < 2000; ++i) {
        if (std::string hex = Sha256Hex(data); hex != expected) result = hex;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const std::string& result : wrong) EXPECT_EQ(result, "");
}

}  // namespace
}  // namespace invocator
