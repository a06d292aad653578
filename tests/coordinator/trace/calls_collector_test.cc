#include "coordinator/trace/calls_collector.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "coordinator/trace/function_census.h"

namespace invocator {
namespace {

using ::testing::ElementsAre;

// Fills a sink with three functions in a window of two bins.
void Fill(TraceSink& sink) {
  const uint32_t a = *sink.NumberOf(absl::string_view("app\0a", 5));
  const uint32_t b = *sink.NumberOf(absl::string_view("app\0b", 5));
  const uint32_t c = *sink.NumberOf(absl::string_view("app\0c", 5));
  sink.Calls(a, 0, 5);
  sink.Calls(a, -1, 100);
  sink.Calls(b, 1, 7);
  sink.Calls(c, 0, 1);
  sink.Calls(c, 1, 2);
  sink.Calls(c, 1, 3);
  sink.Calls(b, 2, 1'000);
}

TEST(FunctionCensus, SumsCallsInTheWindow) {
  FunctionCensus census(2);
  Fill(census);
  ASSERT_EQ(census.functions().size(), 3);
  EXPECT_EQ(census.functions()[0].calls, 5);
  EXPECT_EQ(census.functions()[1].calls, 7);
  EXPECT_EQ(census.functions()[2].calls, 6);
  EXPECT_EQ(census.calls_outside(), 1'100);
  EXPECT_EQ(census.bins_with_calls(), std::make_pair(int64_t{-1}, int64_t{2}));
  EXPECT_EQ(FunctionCensus(2).bins_with_calls(), std::nullopt);
}

TEST(FunctionCensus, KnowsOnlyWhatHasAppeared) {
  FunctionCensus census(1);
  EXPECT_EQ(*census.NumberOf("a"), 0u);
  EXPECT_EQ(*census.NumberOf("b"), 1u);
  EXPECT_EQ(*census.NumberOf("a"), 0u);
  EXPECT_EQ(census.KnownNumberOf("b"), 1u);
  EXPECT_EQ(census.KnownNumberOf("c"), std::nullopt);
  EXPECT_EQ(census.functions().size(), 2);
}

TEST(FunctionCensus, DurationIsTheMeanAndZeroCountsAsAMillisecond) {
  FunctionCensus census(1);
  const uint32_t a = *census.NumberOf("a");
  const uint32_t zero = *census.NumberOf("zero");
  const uint32_t none = *census.NumberOf("none");
  census.Duration(a, 100, 3);
  census.Duration(a, 20, 1);
  census.Duration(zero, 0, 10);
  EXPECT_EQ(census.functions()[a].duration_ms(), 80);
  EXPECT_EQ(census.functions()[zero].duration_ms(), 1);
  EXPECT_EQ(census.functions()[none].duration_ms(), std::nullopt);
}

TEST(FunctionCensus, CountsWhatWasLeftOut) {
  FunctionCensus census(1);
  census.LeftOut("rows");
  census.LeftOut("rows");
  census.LeftOut("cells");
  EXPECT_THAT(census.left_out(),
              ElementsAre(testing::Pair("cells", 1), testing::Pair("rows", 2)));
}

TEST(CallsCollector, KeepsCountsAndNamesOfTheChosen) {
  FunctionCensus census(2);
  Fill(census);
  auto collector = CallsCollector::Create(census, {2, 0}, 2);
  ASSERT_TRUE(collector.ok()) << collector.status();
  Fill(*collector);
  EXPECT_TRUE(collector->status().ok());
  EXPECT_THAT(collector->counts(0), ElementsAre(1, 5));
  EXPECT_THAT(collector->counts(1), ElementsAre(5, 0));
  EXPECT_EQ(collector->name(0), "app/c");
  EXPECT_EQ(collector->name(1), "app/a");
  // Bins have 6 and 5 calls of both.
  EXPECT_EQ(collector->PeakCalls(), 6);
}

TEST(CallsCollector, RefusesFunctionsThatTheCensusHasNotSeen) {
  FunctionCensus census(1);
  ASSERT_TRUE(census.NumberOf("a").ok());
  auto collector = CallsCollector::Create(census, {0}, 1);
  ASSERT_TRUE(collector.ok());
  EXPECT_TRUE(absl::IsAborted(collector->NumberOf("b").status()));
}

TEST(CallsCollector, CallsOfABinAreBounded) {
  FunctionCensus census(1);
  ASSERT_TRUE(census.NumberOf("a").ok());
  auto collector = CallsCollector::Create(census, {0}, 1);
  ASSERT_TRUE(collector.ok());
  collector->Calls(0, 0, 1'000'000'000);
  EXPECT_TRUE(collector->status().ok());
  collector->Calls(0, 0, 1);
  EXPECT_EQ(collector->status().message(),
            "function has more than 1000000000 calls in bin 0 of the window");
}

TEST(CallsCollector, MemoryIsBounded) {
  FunctionCensus census(1);
  const std::vector<uint32_t> many(1'000);
  EXPECT_EQ(CallsCollector::Create(census, many, 50'001).status().code(),
            absl::StatusCode::kResourceExhausted);
}

}  // namespace
}  // namespace invocator
