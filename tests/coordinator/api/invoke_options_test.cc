#include "coordinator/api/invoke_options.h"

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <string>

namespace invocator {
namespace {

using std::chrono::seconds;

std::string FaultOf(const std::function<void(InvokeOptions&)>& change) {
  InvokeOptions options;
  change(options);
  return std::string(RunOptionsOf(options).status().message());
}

TEST(RunOptionsOfTest, DefaultsAreTheCommands) {
  const RunOptions run = *RunOptionsOf({});
  const RunOptions standard;
  EXPECT_EQ(run.memory.sizes_mb, standard.memory.sizes_mb);
  EXPECT_FALSE(run.memory.is_given);
  EXPECT_EQ(run.spin, standard.spin);
  EXPECT_EQ(run.drain, standard.drain);
  EXPECT_EQ(run.gather_timeout, standard.gather_timeout);
  EXPECT_EQ(run.verdict_limits.kept, standard.verdict_limits.kept);
  EXPECT_EQ(run.verdict_limits.marginal, standard.verdict_limits.marginal);
  EXPECT_EQ(run.live.metrics_linger, standard.live.metrics_linger);
  EXPECT_TRUE(run.write_records);
  EXPECT_TRUE(run.write_report);
  EXPECT_TRUE(run.restore_memory);
  EXPECT_TRUE(run.stop_on_auth_error);
  EXPECT_EQ(run.record_ratio, 1);
  EXPECT_EQ(run.workers, 0u);
}

TEST(RunOptionsOfTest, TakesEachOption) {
  const RunOptions run = *RunOptionsOf({.memory_size_mb = 256,
                                        .endpoint_url = "http://127.0.0.1:1",
                                        .profile = "p",
                                        .http2 = true,
                                        .stop_on_auth_error = false,
                                        .spin = seconds(0),
                                        .max_in_flight = 7,
                                        .overload = Overload::kDrop,
                                        .drain = seconds(3),
                                        .records = Records::kNone,
                                        .write_report_html = false,
                                        .kept_within = seconds(2),
                                        .thresholds = {"ok > 1"},
                                        .dashboard = "127.0.0.1:0",
                                        .workers = 2,
                                        .listen = "127.0.0.1:7000",
                                        .on_worker_loss = WorkerLoss::kReplan,
                                        .token_file = "t"});
  EXPECT_EQ(run.memory.sizes_mb, std::vector<uint32_t>({256}));
  EXPECT_TRUE(run.memory.is_given);
  EXPECT_EQ(run.endpoint_url, "http://127.0.0.1:1");
  EXPECT_EQ(run.profile, "p");
  EXPECT_TRUE(run.http2);
  EXPECT_FALSE(run.stop_on_auth_error);
  EXPECT_EQ(run.spin, absl::ZeroDuration());
  EXPECT_EQ(run.max_in_flight, 7u);
  EXPECT_TRUE(run.drop_on_overload);
  EXPECT_EQ(run.drain, absl::Seconds(3));
  EXPECT_FALSE(run.write_records);
  EXPECT_FALSE(run.write_report);
  EXPECT_EQ(run.verdict_limits.kept, absl::Seconds(2));
  // Raised to the limit of "kept".
  EXPECT_EQ(run.verdict_limits.marginal, absl::Seconds(2));
  EXPECT_EQ(run.thresholds.at(0), "ok > 1");
  EXPECT_EQ(run.live.dashboard, "127.0.0.1:0");
  EXPECT_EQ(run.workers, 2u);
  EXPECT_EQ(run.on_worker_loss, OnWorkerLoss::kReplan);
  EXPECT_EQ(run.security.token_file, "t");
}

TEST(RunOptionsOfTest, KeepIsNoSize) {
  const RunOptions run = *RunOptionsOf({.keep_memory_size = true});
  EXPECT_TRUE(run.memory.is_given);
  EXPECT_TRUE(run.memory.sizes_mb.empty());
  EXPECT_EQ(FaultOf([](InvokeOptions& o) {
              o.keep_memory_size = true;
              o.memory_size_mb = 128;
            }),
            "--memory-size: cannot be both a size and keep");
}

TEST(RunOptionsOfTest, FaultsNameOptionAndValue) {
  EXPECT_EQ(FaultOf([](InvokeOptions& o) { o.threads = 1025; }),
            "--threads: Value 1025 not in range 1 to 1024");
  EXPECT_EQ(FaultOf([](InvokeOptions& o) { o.workers = 2; }),
            "--workers requires --listen");
  EXPECT_EQ(FaultOf([](InvokeOptions& o) { o.metrics_linger = seconds(1); }),
            "--metrics-linger: needs --dashboard or --metrics");
  EXPECT_EQ(FaultOf([](InvokeOptions& o) {
              o.drain = std::chrono::nanoseconds(-1'000'000'000);
            }),
            "--drain: '-1s' is not a duration such as 20ms, 1.5s or 2m");
}

}  // namespace
}  // namespace invocator
