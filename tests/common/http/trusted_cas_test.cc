#include "common/http/trusted_cas.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace invocator {
namespace {

constexpr char kDebian[] = "/etc/ssl/certs/ca-certificates.crt";
constexpr char kFedora[] = "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem";
constexpr char kSuse[] = "/etc/ssl/ca-bundle.pem";

std::string FileOn(const std::set<std::string>& files,
                   const std::string& variable = "") {
  return TrustedCaFile(variable, kDebian, [&](const std::string& path) {
    return files.count(path) > 0;
  });
}

TEST(TrustedCaFileTest, LeavesLibcurlsDefaultAloneWhereItIs) {
  EXPECT_EQ(FileOn({kDebian, kFedora}), "");
}

TEST(TrustedCaFileTest, FindsTheFilesOfOtherSystems) {
  EXPECT_EQ(FileOn({kFedora}), kFedora);
  EXPECT_EQ(FileOn({kSuse, "/etc/ssl/cert.pem"}), kSuse);
  EXPECT_EQ(FileOn({"/etc/ssl/cert.pem"}), "/etc/ssl/cert.pem");
  EXPECT_EQ(FileOn({}), "");
}

TEST(TrustedCaFileTest, TheVariableWins) {
  EXPECT_EQ(FileOn({kDebian}, "/mine.pem"), "/mine.pem");
  // The reader of a missing file reports it.
  EXPECT_EQ(FileOn({}, "/mine.pem"), "/mine.pem");
}

TEST(TrustedCaFileTest, WithoutADefaultTheListIsAsked) {
  EXPECT_EQ(
      TrustedCaFile("", "",
                    [](const std::string& path) { return path == kDebian; }),
      kDebian);
}

}  // namespace
}  // namespace invocator
