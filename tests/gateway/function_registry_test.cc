#include "gateway/function_registry.h"

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"

namespace invocator {
namespace {

constexpr int64_t kSecond = 1'000'000'000;

RegistryOptions Slow() {
  RegistryOptions options;
  options.update_delay = absl::Seconds(5);
  return options;
}

TEST(FunctionRegistryTest, AnyFunctionExistsUnlessTheyAreNamed) {
  EXPECT_TRUE(FunctionRegistry({}).Exists("anything"));
  RegistryOptions options;
  options.names = {"a", "b"};
  const FunctionRegistry registry(options);
  EXPECT_TRUE(registry.Exists("b"));
  EXPECT_FALSE(registry.Exists("c"));
}

TEST(FunctionRegistryTest, CallsGetTheOldMemoryUntilTheUpdateIsThrough) {
  FunctionRegistry registry(Slow());
  ASSERT_TRUE(registry.SetMemory("f", 256, 10 * kSecond, 1000).ok());
  FunctionRegistry::State state = registry.At("f", 15 * kSecond - 1);
  EXPECT_TRUE(state.updating);
  EXPECT_EQ(state.memory_mb, 256u);
  EXPECT_EQ(state.effective_memory_mb, 128u);
  EXPECT_EQ(state.generation, 0u);
  state = registry.At("f", 15 * kSecond);
  EXPECT_FALSE(state.updating);
  EXPECT_EQ(state.effective_memory_mb, 256u);
  EXPECT_EQ(state.generation, 1u);
  EXPECT_EQ(registry.At("g", 15 * kSecond).memory_mb, 128u);
}

TEST(FunctionRegistryTest, NothingIsChangedWhileAnUpdateIsInProgress) {
  FunctionRegistry registry(Slow());
  ASSERT_TRUE(registry.SetMemory("f", 256, 0, 1000).ok());
  EXPECT_TRUE(
      absl::IsAborted(registry.SetMemory("f", 512, 5 * kSecond - 1, 1000)));
  EXPECT_EQ(registry.At("f", 5 * kSecond).memory_mb, 256u);
  EXPECT_TRUE(registry.SetMemory("f", 512, 5 * kSecond, 1000).ok());
}

TEST(FunctionRegistryTest, SizesOutOfRangeAreRefusedInLambdasWords) {
  RegistryOptions options;
  options.max_memory_mb = 3008;
  FunctionRegistry registry(options);
  for (int64_t size : {int64_t{-1}, int64_t{0}, int64_t{127}}) {
    EXPECT_TRUE(absl::IsOutOfRange(registry.SetMemory("f", size, 0, 0)));
  }
  EXPECT_EQ(registry.SetMemory("f", 3009, 0, 0).message(),
            "'MemorySize' value failed to satisfy constraint: Member must "
            "have value less than or equal to 3008");
  EXPECT_TRUE(registry.SetMemory("f", 128, 0, 0).ok());
  EXPECT_TRUE(registry.SetMemory("f", 3008, 0, 0).ok());
}

TEST(FunctionRegistryTest, MadeUpNamesDoNotFillTheMemory) {
  FunctionRegistry registry({});
  for (size_t i = 0; i < kMaxChangedFunctions; ++i) {
    ASSERT_TRUE(registry.SetMemory(absl::StrCat("f", i), 256, 0, 0).ok());
  }
  EXPECT_TRUE(
      absl::IsResourceExhausted(registry.SetMemory("one-more", 256, 0, 0)));
  EXPECT_TRUE(registry.SetMemory("f0", 512, 0, 0).ok());
  EXPECT_EQ(registry.ChangedMemoryMb().size(), kMaxChangedFunctions);
}

}  // namespace
}  // namespace invocator
