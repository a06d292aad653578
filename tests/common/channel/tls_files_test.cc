#include "common/channel/tls_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/support/self_signed.h"
#include "tests/support/temp_dir.h"

namespace invocator {
namespace {

using testing::HasSubstr;

class TlsFilesTest : public testing::Test {
 protected:
  std::string Refusal() const {
    const auto identity = ReadTlsFiles(files_);
    EXPECT_FALSE(identity.ok());
    return std::string(identity.status().message());
  }

  const SelfSigned ours_;
  const TempDir folder_;
  TlsFiles files_{ours_.cert_file(), ours_.key_file(), ours_.cert_file()};
};

TEST_F(TlsFilesTest, ContentsAreTakenAsTheyAre) {
  const auto identity = ReadTlsFiles(files_);
  ASSERT_TRUE(identity.ok()) << identity.status();
  EXPECT_THAT(identity->cert, HasSubstr("BEGIN CERTIFICATE"));
  EXPECT_THAT(identity->key, HasSubstr("PRIVATE KEY"));
  EXPECT_EQ(identity->ca, identity->cert);
}

TEST_F(TlsFilesTest, AMissingFileIsNamed) {
  files_.key = "/nonexistent/key.pem";
  EXPECT_THAT(Refusal(), HasSubstr("/nonexistent/key.pem"));
}

TEST_F(TlsFilesTest, AKeyForACertificateIsNamedAsSuch) {
  files_.cert = ours_.key_file();
  EXPECT_THAT(Refusal(), HasSubstr("--tls-cert " + ours_.key_file()));
}

TEST_F(TlsFilesTest, ACertificateForAKeyIsNamedAsSuch) {
  files_.key = ours_.cert_file();
  EXPECT_THAT(Refusal(), HasSubstr("--tls-key " + ours_.cert_file()));
}

TEST_F(TlsFilesTest, AnothersKeyIsRefused) {
  const SelfSigned other;
  files_.key = other.key_file();
  EXPECT_THAT(Refusal(), HasSubstr("is not the key of " + files_.cert));
}

TEST_F(TlsFilesTest, AnAuthorityThatIsNoneIsRefused) {
  files_.ca = folder_.Write("ca.pem", "-----BEGIN CERTIFICATE-----\nnot one\n");
  EXPECT_THAT(Refusal(), HasSubstr("--tls-ca " + files_.ca));
}

}  // namespace
}  // namespace invocator
