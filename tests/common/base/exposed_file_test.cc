#include "common/base/exposed_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <string>
#include <vector>

#include "tests/support/temp_dir.h"

namespace invocator {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::SizeIs;

class ExposedFileTest : public testing::Test {
 protected:
  std::string WarningAt(mode_t mode) {
    chmod(path_.c_str(), mode);
    return ExposedFileWarning("--token-file", path_);
  }

  const TempDir temp_;
  const std::string path_ = temp_.Write("join.token", "secret");
};

TEST_F(ExposedFileTest, WhatGroupOrOthersMayReadIsNamedWithTheRemedy) {
  for (const mode_t mode : {0644U, 0640U, 0604U, 0444U}) {
    EXPECT_THAT(WarningAt(mode),
                AllOf(HasSubstr("--token-file"), HasSubstr("others may read"),
                      HasSubstr("chmod 600 " + path_)))
        << mode;
  }
}

TEST_F(ExposedFileTest, WhatOnlyItsOwnerMayReadIsFine) {
  for (const mode_t mode : {0600U, 0400U, 0700U, 0622U}) {
    EXPECT_EQ(WarningAt(mode), "") << mode;
  }
}

TEST_F(ExposedFileTest, WhatIsNoFileIsNotNamed) {
  EXPECT_EQ(ExposedFileWarning("--tls-key", ""), "");
  EXPECT_EQ(ExposedFileWarning("--tls-key", temp_.Path("none")), "");
  EXPECT_EQ(ExposedFileWarning("--tls-key", temp_.path()), "");
}

TEST_F(ExposedFileTest, OnlyWarningsAreAdded) {
  std::vector<std::string> warnings;
  chmod(path_.c_str(), 0600);
  WarnIfExposed("--tls-key", path_, warnings);
  EXPECT_THAT(warnings, SizeIs(0));
  chmod(path_.c_str(), 0644);
  WarnIfExposed("--tls-key", path_, warnings);
  EXPECT_THAT(warnings, SizeIs(1));
}

}  // namespace
}  // namespace invocator
