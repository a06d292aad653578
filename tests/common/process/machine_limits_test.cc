#include "common/process/machine_limits.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include "tests/support/sanitizers.h"

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

TEST(CheckThreadsTest, ThreadsThereAreAreGivenBack) {
  for (int i = 0; i < 3; ++i) {
    const absl::Status status = CheckThreads(16);
    EXPECT_TRUE(status.ok()) << status;
  }
}

TEST(CheckThreadsTest, GrpcTakesMoreOnMoreCoresWithinItsBounds) {
  EXPECT_EQ(GrpcThreads(1), 9u);
  EXPECT_EQ(GrpcThreads(2), 9u);
  EXPECT_EQ(GrpcThreads(3), 11u);
  EXPECT_EQ(GrpcThreads(16), 37u);
  EXPECT_EQ(GrpcThreads(128), 37u);
}

#ifndef INVOCATOR_SANITIZED
// In a process of its own, which takes all the memory it may have.
TEST(CheckThreadsDeathTest, ThreadsThereAreNotAreRefusedInWords) {
  EXPECT_EXIT(
      {
        // A stack takes address space, which is limited to what there is.
        struct rlimit limit = {};
        getrlimit(RLIMIT_AS, &limit);
        limit.rlim_cur = rlim_t{1} << 20;
        setrlimit(RLIMIT_AS, &limit);
        const absl::Status status = CheckThreads(16);
        std::fprintf(stderr, "%s\n", std::string(status.message()).c_str());
        std::_Exit(absl::IsResourceExhausted(status) ? 3 : 0);
      },
      testing::ExitedWithCode(3), "cannot start a thread \\(ulimit -u or -v");
}
#endif

}  // namespace
}  // namespace invocator
