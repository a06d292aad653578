#include "common/machine_limits.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace invocator {
namespace {

using testing::AllOf;
using testing::HasSubstr;

TEST(CheckOpenFilesTest, AWorkerTakesSomeForItselfAndSomeForEachEngine) {
  EXPECT_TRUE(CheckOpenFiles(20, 1).ok());
  EXPECT_FALSE(CheckOpenFiles(19, 1).ok());
  EXPECT_TRUE(CheckOpenFiles(80, 16).ok());
  EXPECT_FALSE(CheckOpenFiles(79, 16).ok());
}

TEST(CheckOpenFilesTest, TheErrorSaysHowManyItTakesAndHowManyThereAre) {
  const absl::Status status = CheckOpenFiles(5, 2);
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(std::string(status.message()),
              AllOf(HasSubstr("out of file descriptors"),
                    HasSubstr("2 engines needs at least 24"),
                    HasSubstr("may open 5 (ulimit -n)")));
  EXPECT_THAT(std::string(CheckOpenFiles(5, 1).message()),
              HasSubstr("1 engine needs"));
}

}  // namespace
}  // namespace invocator
