#include "common/http/target_options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <string>

#include "tests/support/self_signed.h"
#include "tests/support/temp_dir.h"

namespace invocator {
namespace {

using testing::HasSubstr;

class TargetOptionsTest : public testing::Test {
 protected:
  std::string Refusal() const {
    return std::string(CheckTargetOptions(options_).message());
  }

  const SelfSigned ours_;
  const TempDir folder_;
  TargetOptions options_;
};

TEST_F(TargetOptionsTest, NothingHasToBeGiven) {
  EXPECT_TRUE(CheckTargetOptions(options_).ok());
}

TEST_F(TargetOptionsTest, EveryFileIsLookedAt) {
  options_.ca_file = ours_.cert_file();
  options_.client_cert = ours_.cert_file();
  options_.client_key = ours_.key_file();
  EXPECT_TRUE(CheckTargetOptions(options_).ok());
  options_.ca_file = ours_.key_file();
  EXPECT_THAT(Refusal(), HasSubstr("--ca-file " + ours_.key_file()));
  options_.ca_file = "";
  options_.client_key = "";
  EXPECT_THAT(Refusal(), HasSubstr("--client-cert " + ours_.cert_file() +
                                   ": holds no private key"));
  const SelfSigned other;
  options_.client_key = other.key_file();
  EXPECT_THAT(Refusal(), HasSubstr("--client-key " + other.key_file()));
}

TEST_F(TargetOptionsTest, ASocketIsOneAndHasAPathThatFits) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string path = folder_.path() + "/socket";
  path.copy(address.sun_path, sizeof(address.sun_path) - 1);
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  ASSERT_EQ(
      bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)),
      0);
  options_.unix_socket = path;
  EXPECT_TRUE(CheckTargetOptions(options_).ok());
  close(fd);
  options_.unix_socket = folder_.Write("file", "no socket");
  EXPECT_THAT(Refusal(), HasSubstr("is not a socket"));
  options_.unix_socket = folder_.path() + "/none";
  EXPECT_THAT(Refusal(), HasSubstr("No such file"));
  options_.unix_socket = std::string(sizeof(address.sun_path), 'x');
  EXPECT_THAT(Refusal(), HasSubstr("107 bytes"));
}

}  // namespace
}  // namespace invocator
