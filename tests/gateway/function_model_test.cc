#include "gateway/function_model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"

namespace invocator {
namespace {

constexpr int64_t kMs = 1'000'000;
constexpr int64_t kS = 1'000 * kMs;

FunctionOptions Options(absl::Duration latency,
                        absl::Duration cold_start = absl::ZeroDuration(),
                        absl::Duration keep_warm = absl::Seconds(60)) {
  FunctionOptions options;
  options.latency.scale = latency;
  options.cold_start = cold_start;
  options.keep_warm = keep_warm;
  return options;
}

TEST(FunctionModelTest, ColdStartsEqualTheConcurrency) {
  FunctionModel model(Options(absl::Milliseconds(20), absl::Milliseconds(300)));
  for (int i = 0; i < 7; ++i) {
    FunctionCall call = model.Begin("/a/b", /*now_ns=*/i);
    EXPECT_TRUE(call.cold);
    EXPECT_EQ(call.duration, absl::Milliseconds(320));
  }
  for (int i = 0; i < 7; ++i) {
    FunctionCall call = model.Begin("/a/b", kS + i);
    EXPECT_FALSE(call.cold);
    EXPECT_EQ(call.duration, absl::Milliseconds(20));
  }
  EXPECT_TRUE(model.Begin("/a/b", kS + 7).cold) << "the eighth at a time";
  EXPECT_EQ(model.cold_starts(), 8u);
  EXPECT_EQ(model.EnvironmentsAt(kS + 7), 8u);
}

TEST(FunctionModelTest, EnvironmentIsFreeWhenItsCallEndsAndNotBefore) {
  FunctionModel model(Options(absl::Milliseconds(20)));
  EXPECT_TRUE(model.Begin("/a/b", 0).cold);
  EXPECT_TRUE(model.Begin("/a/b", 20 * kMs - 1).cold);
  EXPECT_FALSE(model.Begin("/a/b", 20 * kMs).cold);
}

TEST(FunctionModelTest, FunctionsDoNotShareEnvironments) {
  FunctionModel model(Options(absl::Milliseconds(20)));
  EXPECT_TRUE(model.Begin("/a/b", 0).cold);
  EXPECT_TRUE(model.Begin("/a/c", kS).cold);
}

TEST(FunctionModelTest, IdleEnvironmentGoesColdAfterKeepWarm) {
  FunctionModel model(Options(absl::Milliseconds(20), absl::Milliseconds(100),
                              absl::Seconds(1)));
  EXPECT_TRUE(model.Begin("/a/b", 0).cold);  // done at 120 ms
  EXPECT_FALSE(model.Begin("/a/b", 120 * kMs + kS - 1).cold);
  // Now done 20 ms later.
  EXPECT_EQ(model.EnvironmentsAt(140 * kMs + 2 * kS - 2), 1u);
  EXPECT_EQ(model.EnvironmentsAt(140 * kMs + 2 * kS - 1), 0u);
  EXPECT_TRUE(model.Begin("/a/b", 140 * kMs + 2 * kS - 1).cold);
}

TEST(FunctionModelTest, SurplusEnvironmentsGoColdUnderSteadyLoad) {
  FunctionModel model(
      Options(absl::Milliseconds(20), absl::ZeroDuration(), absl::Seconds(1)));
  for (int i = 0; i < 10; ++i) model.Begin("/a/b", 0);
  for (int64_t now = 100 * kMs; now <= 2 * kS; now += 100 * kMs) {
    EXPECT_FALSE(model.Begin("/a/b", now).cold);
  }
  EXPECT_EQ(model.EnvironmentsAt(2 * kS), 1u);
}

TEST(FunctionModelTest, WithoutKeepWarmEveryCallIsCold) {
  FunctionModel model(Options(absl::Milliseconds(1), absl::ZeroDuration(),
                              absl::ZeroDuration()));
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(model.Begin("/a/b", i * kS).cold);
}

TEST(FunctionModelTest, MadeUpPathsShareAPool) {
  FunctionModel model(Options(absl::Milliseconds(20)));
  for (size_t i = 0; i < kMaxFunctions; ++i) {
    EXPECT_TRUE(model.Begin(absl::StrCat("/f/", i), 0).cold);
  }
  EXPECT_TRUE(model.Begin("/f/one-more", 0).cold);
  EXPECT_FALSE(model.Begin("/f/another", kS).cold);
}

TEST(FunctionModelTest, ThrottledCallsTakeNoEnvironmentAndNoTime) {
  FunctionOptions options = Options(absl::Milliseconds(20));
  options.throttle = RateLimit{/*rate_per_s=*/1, /*burst=*/1};
  FunctionModel model(options);
  EXPECT_EQ(model.Begin("/a/b", 0).result, FunctionCall::Result::kOk);
  FunctionCall throttled = model.Begin("/a/b", 1);
  EXPECT_EQ(throttled.result, FunctionCall::Result::kThrottled);
  EXPECT_EQ(throttled.duration, absl::ZeroDuration());
  EXPECT_EQ(model.EnvironmentsAt(1), 1u);
}

TEST(FunctionModelTest, FailuresComeAtTheirRatioAndRepeatWithTheSeed) {
  FunctionOptions options = Options(absl::Milliseconds(1));
  options.failure_ratio = 0.1;
  FunctionModel model(options), again(options);
  constexpr int kCalls = 100'000;
  int failed = 0;
  for (int i = 0; i < kCalls; ++i) {
    FunctionCall call = model.Begin("/a/b", i * kS);
    ASSERT_EQ(call.result, again.Begin("/a/b", i * kS).result);
    if (call.result == FunctionCall::Result::kFailed) ++failed;
  }
  EXPECT_NEAR(failed, 10'000, 400);  // four standard deviations and more
}

TEST(FunctionModelTest, CallBeyondTheConcurrencyWaitsForAPlaceOrIsRefused) {
  FunctionOptions options = Options(absl::Milliseconds(20));
  options.concurrency = 1;
  options.queue = 1;
  FunctionModel model(options);
  EXPECT_EQ(model.Begin("/a/b", 0).wait, absl::ZeroDuration());
  const FunctionCall waiting = model.Begin("/a/c", 5 * kMs);
  EXPECT_EQ(waiting.wait, absl::Milliseconds(15)) << "places are everybody's";
  EXPECT_EQ(waiting.duration, absl::Milliseconds(20));
  const FunctionCall refused = model.Begin("/a/b", 6 * kMs);
  EXPECT_EQ(refused.result, FunctionCall::Result::kTooMany);
  EXPECT_EQ(refused.wait, absl::ZeroDuration());
  EXPECT_EQ(refused.duration, absl::ZeroDuration());
  EXPECT_EQ(model.Begin("/a/b", 20 * kMs).wait, absl::Milliseconds(20));
  EXPECT_EQ(model.Begin("/a/b", 60 * kMs).wait, absl::ZeroDuration());
}

TEST(FunctionModelTest, WaitingCallTakesTheEnvironmentThatIsFreeByThen) {
  FunctionOptions options =
      Options(absl::Milliseconds(20), absl::Milliseconds(100));
  options.concurrency = 1;
  options.queue = 5;
  FunctionModel model(options);
  EXPECT_TRUE(model.Begin("/a/b", 0).cold);  // done at 120 ms
  const FunctionCall second = model.Begin("/a/b", 10 * kMs);
  EXPECT_FALSE(second.cold);
  EXPECT_EQ(second.wait, absl::Milliseconds(110));
  EXPECT_EQ(model.Begin("/a/b", 10 * kMs).wait, absl::Milliseconds(130));
  EXPECT_EQ(model.cold_starts(), 1u);
}

FunctionOptions GreenIsSlower(absl::string_view latency, double correlation) {
  FunctionOptions options;
  options.latency = *ParseLatencyModel(latency);
  options.latency_correlation = correlation;
  options.slowdowns = *ParseSlowdowns({"green=3%"});
  return options;
}

TEST(FunctionModelTest, SlowerVersionsTakeTheSameDrawsTimesTheirFactor) {
  for (double correlation : {0.0, 0.9}) {
    const FunctionOptions options =
        GreenIsSlower("exponential:20ms", correlation);
    FunctionModel blue(options), green(options);
    for (int i = 0; i < 1000; ++i) {
      const double blue_ns = absl::ToDoubleNanoseconds(
          blue.Begin("f", i * kS, /*generation=*/0, "blue").duration);
      const double green_ns = absl::ToDoubleNanoseconds(
          green.Begin("f", i * kS, /*generation=*/0, "green").duration);
      ASSERT_NEAR(green_ns, blue_ns * 1.03, 1) << i;
    }
  }
}

TEST(FunctionModelTest, SlowdownLeavesColdStartsAndTheLongestTimeAlone) {
  FunctionOptions options =
      Options(absl::Milliseconds(20), absl::Milliseconds(300));
  options.slowdowns = *ParseSlowdowns({"f:green=50%"});
  FunctionModel model(options);
  EXPECT_EQ(model.Begin("f", 0, 0, "green").duration, absl::Milliseconds(330));
  EXPECT_EQ(model.Begin("g", 0, 0, "green").duration, absl::Milliseconds(320));
  options.slowdowns = *ParseSlowdowns({"f:$LATEST=50%"});
  options.latency.scale = absl::Minutes(14);
  FunctionModel long_model(options);
  EXPECT_EQ(
      long_model.Begin("/default/f", 0).duration - absl::Milliseconds(300),
      kMaxFunctionTime);
}

TEST(FunctionModelTest, VersionsDoNotShareEnvironments) {
  FunctionModel model(Options(absl::Milliseconds(20)));
  EXPECT_TRUE(model.Begin("f", 0, 0, "blue").cold);
  EXPECT_TRUE(model.Begin("f", kS, 0, "green").cold);
  EXPECT_TRUE(model.Begin("f", kS).cold);
  EXPECT_FALSE(model.Begin("f", 2 * kS, 0, "$LATEST").cold);
  EXPECT_FALSE(model.Begin("f", 2 * kS, 0, "blue").cold);
}

double Correlation(const std::vector<double>& x, const std::vector<double>& y) {
  const double n = static_cast<double>(x.size());
  double sum_x = 0, sum_y = 0, xx = 0, yy = 0, xy = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    sum_x += x[i];
    sum_y += y[i];
    xx += x[i] * x[i];
    yy += y[i] * y[i];
    xy += x[i] * y[i];
  }
  return (xy - sum_x * sum_y / n) /
         std::sqrt((xx - sum_x * sum_x / n) * (yy - sum_y * sum_y / n));
}

// Also that they have a series each: of one for both, neighbours would
// correlate at 0.5.
TEST(FunctionModelTest, VersionsCalledAtTheSameInstantDrawIndependently) {
  FunctionModel model(GreenIsSlower("lognormal:20ms:0.5", 0.5));
  std::vector<double> blue, green, next_blue;
  for (int i = 0; i < 100'000; ++i) {
    for (const char* version : {"blue", "green"}) {
      const double log_ms = std::log(absl::ToDoubleMilliseconds(
          model.Begin("f", i * kS, /*generation=*/0, version).duration));
      (version[0] == 'b' ? blue : green).push_back(log_ms);
    }
  }
  EXPECT_NEAR(Correlation(blue, green), 0, 0.02);
  next_blue.assign(blue.begin() + 1, blue.end());
  blue.pop_back();
  EXPECT_NEAR(Correlation(blue, next_blue), 0.5, 0.02);
}

std::vector<double> SampleMs(absl::string_view model, int count) {
  std::mt19937_64 generator(7);
  std::vector<double> samples;
  for (int i = 0; i < count; ++i) {
    samples.push_back(absl::ToDoubleMilliseconds(
        ParseLatencyModel(model)->Sample(generator)));
  }
  std::sort(samples.begin(), samples.end());
  return samples;
}

double StandardDeviationOfLogs(const std::vector<double>& samples) {
  double sum = 0, squares = 0;
  for (double sample : samples) {
    sum += std::log(sample);
    squares += std::log(sample) * std::log(sample);
  }
  double n = static_cast<double>(samples.size());
  return std::sqrt(squares / n - sum / n * (sum / n));
}

TEST(LatencyModelTest, LognormalHasItsMedianAndSigma) {
  std::vector<double> samples = SampleMs("lognormal:20ms:0.5", 100'001);
  // The median's standard error is 1.2533 * sigma / sqrt(n) = 0.2 %.
  EXPECT_NEAR(samples[50'000], 20, 0.2);
  EXPECT_NEAR(StandardDeviationOfLogs(samples), 0.5, 0.01);
}

TEST(LatencyModelTest, ExponentialHasItsMeanAndMedian) {
  std::vector<double> samples = SampleMs("exponential:20ms", 100'001);
  double sum = 0;
  for (double sample : samples) sum += sample;
  EXPECT_NEAR(sum / 100'001, 20, 0.3);
  EXPECT_NEAR(samples[50'000], 20 * std::log(2), 0.3);
}

TEST(LatencyModelTest, ConstantIsConstant) {
  EXPECT_THAT(SampleMs("1.5ms", 5), ::testing::Each(1.5));
}

TEST(LatencyModelTest, SamplesNeverExceedWhatLambdaAllows) {
  EXPECT_LE(SampleMs("lognormal:10m:10", 1000).back(), 15 * 60 * 1000);
}

TEST(LatencyModelTest, RefusesWhatItCannotRead) {
  for (const char* text :
       {"", "20", "ms", "-1ms", "16m", "inf", "20ms:1", "lognormal",
        "lognormal:20ms", "lognormal:20ms:", "lognormal:20ms:-1",
        "lognormal:20ms:nan", "lognormal:20ms:11", "lognormal:20ms:0.5:1",
        "exponential", "exponential:", "exponential:20ms:1", "normal:20ms"}) {
    absl::StatusOr<LatencyModel> model = ParseLatencyModel(text);
    ASSERT_FALSE(model.ok()) << text;
    EXPECT_THAT(std::string(model.status().message()),
                ::testing::HasSubstr(absl::StrCat("'", text, "'")));
  }
}

TEST(TokenBucketTest, AllowsTheBurstThenTheRate) {
  TokenBucket bucket({/*rate_per_s=*/100, /*burst=*/5});
  const int64_t start = 1000 * kS;
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(bucket.Take(start));
  EXPECT_FALSE(bucket.Take(start));
  EXPECT_FALSE(bucket.Take(start + 9 * kMs));
  EXPECT_TRUE(bucket.Take(start + 11 * kMs));
  EXPECT_FALSE(bucket.Take(start + 12 * kMs));
}

TEST(TokenBucketTest, NeverHoldsMoreThanTheBurst) {
  TokenBucket bucket({/*rate_per_s=*/100, /*burst=*/5});
  int taken = 0;
  while (bucket.Take(3600 * kS)) ++taken;
  EXPECT_EQ(taken, 5);
}

TEST(TokenBucketTest, LetsTheRateThroughUnderAnyExcess) {
  TokenBucket bucket({/*rate_per_s=*/100, /*burst=*/100});
  int taken = 0;
  for (int64_t now = 0; now < 10 * kS; now += kMs) taken += bucket.Take(now);
  EXPECT_NEAR(taken, 100 + 10 * 100, 1);
}

TEST(TokenBucketTest, ReadsRateAndBurst) {
  EXPECT_EQ(ParseRateLimit("100/s")->burst, 100);
  EXPECT_EQ(ParseRateLimit("0.5/s")->burst, 1);
  EXPECT_EQ(ParseRateLimit("100/s:7")->burst, 7);
  EXPECT_EQ(ParseRateLimit("100/s:7")->rate_per_s, 100);
  for (const char* text : {"", "100", "/s", "0/s", "-1/s", "nan/s", "100/m",
                           "100/s:", "100/s:0", "100/s:x", "100/s:1:2"}) {
    EXPECT_FALSE(ParseRateLimit(text).ok()) << text;
  }
}

}  // namespace
}  // namespace invocator
